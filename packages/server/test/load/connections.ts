/** Very many devices that are connected and do nothing, and all of them coming back at once. */
import { loadClient } from './load-client.ts'
import type { LoadClient } from './load-client.ts'
import { cpuPerThousand } from './scenario.ts'
import type { Measured, Scenario, Stage } from './scenario.ts'

/** As a server meets them: not each waits for the one before. */
const atOnce = 64
const nothing = (): void => undefined

const connectAll = async (stage: Stage): Promise<readonly LoadClient[]> => {
  const clients: LoadClient[] = []
  const waiting = stage.people.slice(0, stage.amounts.connections)
  const worker = async (): Promise<void> => {
    for (let person = waiting.pop(); person !== undefined; person = waiting.pop())
      clients.push(await loadClient(stage.where, person, { answered: nothing, row: nothing }))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return clients
}
const rest = ({ amounts }: Stage): Promise<void> => new Promise((resolve) => setTimeout(resolve, amounts.restMs))

export const idle: Scenario = {
  name: 'idle',
  says: '5,000 devices signed in and silent',
  peopleFor: ({ connections }) => connections,
  async run(stage) {
    const before = stage.usage()
    const clients = await connectAll(stage)
    await rest(stage)
    const after = stage.usage()
    for (const client of clients) client.close()
    await rest(stage)
    if (before === undefined || after === undefined) return []
    const kilobytes = (after.rssBytes - before.rssBytes) / 1000 / clients.length
    return [{ name: 'memory of an idle device', value: kilobytes, unit: 'kB', samples: clients.length, limit: 50 }]
  },
}

export const storm: Scenario = {
  name: 'storm',
  says: '5,000 devices sign in at once, three times',
  peopleFor: ({ connections }) => connections,
  async run(stage) {
    const measured: Measured[] = []
    for (let count = 1; count <= stage.amounts.storms; count++) {
      let clients: readonly LoadClient[] = []
      const { tookMs } = await cpuPerThousand(stage, 1, async () => (clients = await connectAll(stage)))
      for (const client of clients) client.close()
      await rest(stage)
      measured.push({
        name: `log-ins in storm ${count}`,
        value: (clients.length / tookMs) * 1000,
        unit: '/s',
        samples: clients.length,
        limit: 1000,
        isRate: true,
        by: 'time',
      })
    }
    return measured
  },
}
