/** A server that goes away and comes back, and everybody who waits for it. */
import { expect, test } from 'vitest'
import { createStage, invite, send, texts } from '../../src/attacks/stage.ts'

test('T-87 when a server comes back not everybody comes at once, and nobody stays away long', async () => {
  const stage = await createStage(88)
  const { world, evil, ava } = stage
  for (const name of ['Cy', 'Dee', 'Eve', 'Fay', 'Gil', 'Hal']) await invite(world, ava, name)
  await world.time.run(10_000)
  // Long enough that everybody waits as long as they ever do.
  world.crashServer()
  await world.time.run(600_000)
  const cameMs = new Map<string, number>()
  world.startServer()
  const backMs = world.time.nowMs()
  evil.onRequest('log-in', (request, who) => {
    if (!cameMs.has(who)) cameMs.set(who, world.time.nowMs() - backMs)
    return { pass: request }
  })
  await world.time.run(70_000)
  expect(cameMs.size).toBe(8)
  const times = [...cameMs.values()].toSorted((one, other) => one - other)
  // Of eight who may come at any moment of a minute, no half comes in the same three seconds.
  for (let first = 0; first + 3 < times.length; first++)
    expect((times[first + 3] ?? 0) - (times[first] ?? 0)).toBeGreaterThan(3_000)
  evil.turnHonest()
  await send(ava, stage.withBen, 'back')
  await world.time.run(5_000)
  expect(texts(stage.ben, stage.withAva)).toEqual(['back'])
  expect(world.faults).toEqual([])
})
