/** A server of one's own for each test, and the people who come to it; both are gone when the test ends. */
import { test } from '@playwright/test'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

export interface Cast {
  readonly people: readonly Person[]
  server(): TestServer
  /** Somebody new, with a browser and a profile on the disk. */
  person(...parameters: ConstructorParameters<typeof Person>): Promise<Person>
}

export const createCast = (): Cast => {
  const people: Person[] = []
  let server: TestServer | undefined
  test.beforeEach(async () => {
    server = await startServer()
  })
  test.afterEach(async () => {
    for (const one of people.splice(0)) await one.remove()
    await server?.remove()
  })
  return {
    people,
    server() {
      if (server === undefined) throw new Error('no server runs before the test')
      return server
    },
    async person(...parameters) {
      const made = new Person(...parameters)
      people.push(made)
      await made.openBrowser()
      return made
    },
  }
}

/** The first sets the network up, the second comes by an invite; each has the other's chat open. */
export const meet = async (server: TestServer, first: Person, second: Person): Promise<void> => {
  await first.openBrowser()
  await first.setUp(server.setupLink ?? '', 'Northwind Relief')
  await second.openBrowser()
  await second.join(await first.invite())
  await first.open(second.name)
  await second.open(first.name)
}
