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
  /** After a restore from a copy: clients compare what they had with what is left (trust.md §3, Rollback). */
  renewIncarnation({ incarnation, nowMs }: { readonly incarnation: Uint8Array; readonly nowMs: number }) {
    setMeta(sql, 'incarnation', incarnation)
    setMeta(sql, 'restored-ms', new TextEncoder().encode(String(nowMs)))
    return accept(undefined)
  },
  /** Takes room for `bytes`, and gives it back with the same commit: `server-full` if there is none. */
  probeRoom({ bytes }: { readonly bytes: number }) {
    setMeta(sql, 'probe', new Uint8Array(bytes))
    setMeta(sql, 'probe', new Uint8Array(0))
    return accept(undefined)
  },
  keepPublicUrl({ url }: { readonly url: string }) {
    setMeta(sql, 'public-url', new TextEncoder().encode(url))
    return accept(undefined)
  },
})
