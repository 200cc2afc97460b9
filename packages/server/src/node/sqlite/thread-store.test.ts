import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openThreadStore } from './thread-store.ts'
import { storeConformance } from './store-conformance.ts'

storeConformance('SQLite in a writer thread, group commit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-store-'))
  const store = await openThreadStore({ path: join(folder, 'halyard.db'), failed: () => undefined })
  return {
    store,
    async close() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
})
