/** What the operator decided, kept with the data: the public URL. */
import { accept } from '@halyard/protocol'
import { hasNetwork, meta, setMeta } from './accounts.ts'
import type { Sql } from './sql.ts'

export const settingReads = (sql: Sql) => ({
  publicUrl: (): string | undefined => {
    const value = meta(sql, 'public-url')
    return value === undefined ? undefined : new TextDecoder().decode(value)
  },
  hasNetwork: (): boolean => hasNetwork(sql),
})
export const settingWrites = (sql: Sql) => ({
  keepPublicUrl({ url }: { readonly url: string }) {
    setMeta(sql, 'public-url', new TextEncoder().encode(url))
    return accept(undefined)
  },
})
