/** Devices that connect, sign in and go, many at a time. */
import type { Person } from '../people.ts'
import { loadClient } from './load-client.ts'
import type { Where } from './where.ts'

const atOnce = 32

/** Log-ins per second, each on a connection of its own. */
export const loginLoad = async (where: Where, all: readonly Person[], count: number): Promise<number> => {
  let next = 0
  const nothing = (): void => undefined
  const worker = async (person: Person): Promise<void> => {
    while (next < count) {
      next++
      const client = await loadClient(where, person, { answered: nothing, row: nothing })
      client.close()
    }
  }
  const startedMs = performance.now()
  // One worker per device: a device that signs in twice at once would end its own connection.
  await Promise.all(all.slice(0, atOnce).map(worker))
  return (count / (performance.now() - startedMs)) * 1000
}
