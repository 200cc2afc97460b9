import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort, spawnServer } from '../spawn-server.ts'
import { growthOf, oneToOne } from './pairs.ts'
import { people } from './people-on-server.ts'
import { usageOf } from './process-usage.ts'
import { offline, room } from './rooms.ts'
import { amountsOf } from './scenario.ts'
import type { Sealing, Stage } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { sealing } from './sealing.ts'

test('each load runs against a real server, counts what it did, and leaves the server answering', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-load-'))
  const port = await freePort()
  const server = await spawnServer(folder, port)
  try {
    const amounts = amountsOf.least
    const count = Math.max(...scenarios.map(({ peopleFor }) => peopleFor(amounts)))
    const { people: all } = await people(port, server.setupToken ?? '', count)
    const usage = () => (server.child.pid === undefined ? undefined : usageOf(server.child.pid))
    const names: string[] = []
    const stage: Stage = { where: port, people: all, amounts, usage, note: () => undefined }
    for (const scenario of scenarios) {
      const measured = await scenario.run(stage)
      expect(measured.length, scenario.name).toBeGreaterThan(0)
      for (const { name, value, samples } of measured) {
        names.push(name)
        expect(Number.isFinite(value), name).toBe(true)
        expect(samples, name).toBeGreaterThan(0)
      }
    }
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('deliveries in a room of 5')
    for (const scenario of [oneToOne, room, offline]) {
      const { sealing: seal, sealed } = counted()
      expect((await scenario.run({ ...stage, sealing: seal })).length).toBeGreaterThan(0)
      expect(sealed(), scenario.name).toBeGreaterThanOrEqual(20)
    }
    expect((await fetch(`http://localhost:${port}/`)).status).toBeLessThan(500)
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true })
  }
})

/** Seals for real, and counts how often. */
const counted = (): { readonly sealing: Sealing; readonly sealed: () => number } => {
  let count = 0
  return {
    sealing: async (size, speakers) =>
      (await sealing(size, speakers)).map((seal) => () => {
        count++
        return seal()
      }),
    sealed: () => count,
  }
}

test('what grows is seen to grow, noise is not', () => {
  expect(growthOf([9, 9, 10, 10, 10, 10])).toBe(1)
  expect(growthOf([0, 0, 0, 10, 11, 12])).toBeCloseTo(1.2)
  expect(growthOf([0, 0, 0, 0, 10, 12, 10, 12])).toBeLessThan(1.2)
  expect(growthOf([5])).toBe(1)
})
