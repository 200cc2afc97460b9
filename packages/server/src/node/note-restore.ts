/** `halyard restored`: says to a stopped server that its data came back from a copy. */
import { randomBytes } from 'node:crypto'
import { openDataFolder } from './data-folder.ts'
import { openLocalStore } from './sqlite/local-store.ts'
import { StartRefusal } from './start-refusal.ts'

/**
 * Gives the data another incarnation. Devices notice it at their next log-in, check everything they are told anew, and
 * send again what is their own and was lost. Throws StartRefusal.
 */
export const noteRestore = (dataFolder: string): void => {
  const folder = openDataFolder(dataFolder)
  try {
    const store = openLocalStore(folder.databasePath)
    try {
      const done = store.renewIncarnation({ incarnation: new Uint8Array(randomBytes(16)), nowMs: Date.now() })
      if (!done.ok) throw new StartRefusal('The disk has no room for the change.')
    } finally {
      store.close()
    }
  } finally {
    folder.release()
  }
}
