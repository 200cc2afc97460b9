/** `halyard url`: another public URL for a network that exists, with the server stopped. */
import { openDataFolder } from './data-folder.ts'
import { isLoopback, readUrl } from './public-url.ts'
import { openLocalStore } from './sqlite/local-store.ts'
import { StartRefusal } from './start-refusal.ts'

/** The URL before and after. Throws StartRefusal. */
export const changeUrl = (
  dataFolder: string,
  url: string,
): { readonly before: string | undefined; readonly after: string } => {
  const wished = readUrl(url)
  if (wished.protocol === 'http:' && !isLoopback(wished.hostname))
    throw new StartRefusal(`The public URL ${wished.origin} must be https.`)
  const folder = openDataFolder(dataFolder)
  try {
    const store = openLocalStore(folder.databasePath)
    try {
      const before = store.publicUrl()
      if (!store.keepPublicUrl({ url: wished.origin }).ok)
        throw new StartRefusal('The disk has no room for the change.')
      return { before, after: wished.origin }
    } finally {
      store.close()
    }
  } finally {
    folder.release()
  }
}
