/** What lies on a device's disk, in the clear. */
import type { Person } from '../src/person.ts'

/** Every page of the database, those that are free among them. */
export const pagesOf = (person: Person): Buffer =>
  Buffer.concat(
    person
      .database()
      .all('SELECT data FROM sqlite_dbpage ORDER BY pgno')
      .map(({ data }) => data as Uint8Array),
  )
