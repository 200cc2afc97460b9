/**
 * `npm run bench -- client`: the built product, a server and two browsers on this machine. Ends in one JSON line; exits
 * with 1 on a miss. Words: `quick` measures with fewer samples; `sends`, `typing`, `starts`, `catch-up` only that part.
 * HALYARD_SABOTAGE=delay-send (in a copy of the built worker) must make it miss.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { calibrateInPage, quietMs } from '../test/speed/calibration.ts'
import { measureSends, measureTyping } from '../test/speed/interactions.ts'
import { createWorld } from '../test/speed/people.ts'
import type { World } from '../test/speed/people.ts'
import { measureCatchUp, measureServerStart, measureStarts, measureSwitches } from '../test/speed/starts.ts'
import { slowCopy } from '../test/speed/worker-copies.ts'

interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Scaled by the calibration beside it. */
  readonly limit: number
  readonly holds: boolean
  readonly samples: number
}

const asked = new Set(process.argv.slice(2))
const quick = asked.delete('quick')
const wants = (part: string): boolean => asked.size === 0 || asked.has(part)
const interactions = quick ? 60 : 200
const starts = quick ? 3 : 5
const waiting = quick ? 2_000 : 10_000
const slowdownMs = 40

const results: Result[] = []
const calibrations: number[] = []
const round = (value: number): number => Number(value.toPrecision(4))
const quantile = (values: readonly number[], part: number): number =>
  values.some(Number.isNaN)
    ? Number.NaN
    : (values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN)

const report = (name: string, value: number, unit: string, limit: number, samples: number): void => {
  const result = { name, value: round(value), unit, limit: round(limit), holds: value <= limit, samples }
  results.push(result)
  console.log(
    `${result.holds ? 'holds ' : 'MISSES'} ${name}: ${result.value} ${unit} (limit ${result.limit}, ${samples} samples)`,
  )
}

/** Runs a part between two calibrations; its limits scale with their mean, and are never stricter than on a quiet machine. */
const beside = async <T>(
  world: World,
  part: () => Promise<T>,
): Promise<{ readonly times: T; readonly factor: number }> => {
  const before = await calibrateInPage(world.ana.page)
  const times = await part()
  const after = await calibrateInPage(world.ana.page)
  calibrations.push(before, after)
  return { times, factor: Math.max(1, (before + after) / 2 / quietMs) }
}

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const gzipKb = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0) / 1024
/** As the build measures them. */
const reportSizes = (): void => {
  const page = readFileSync(`${dist}chat.html`, 'utf8')
  const assets = readdirSync(`${dist}assets`).map((file) => `assets/${file}`)
  const first = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '')
  report('first JavaScript', gzipKb(first), 'kB gz', 190, 1)
  report('worker', gzipKb(assets.filter((file) => /\/worker-.*\.js$|\.wasm$/.test(file))), 'kB gz', 800, 1)
  report('CSS', gzipKb(assets.filter((file) => file.endsWith('.css'))), 'kB gz', 20, 1)
}

const reportServerStart = async (world: World): Promise<void> => {
  const { times, factor } = await beside(world, async () => {
    const each: number[] = []
    for (let count = 0; count < 5; count++) each.push(await measureServerStart())
    return each
  })
  report('server start', quantile(times, 0.5), 'ms', 3_000 * factor, times.length)
}

const reportStarts = async (world: World): Promise<void> => {
  const { times, factor } = await beside(world, () => measureStarts(world, starts))
  const { chatsMs, lockedMs, openMs } = times
  console.log(`       navigation to the locked screen, p50: ${round(quantile(lockedMs, 0.5))} ms`)
  report('navigation to chat list with unlocking, p50', quantile(chatsMs, 0.5), 'ms', 500 * factor, chatsMs.length)
  report('open 40,000 messages first time, p50', quantile(openMs, 0.5), 'ms', 150 * factor, openMs.length)
  const switches = await beside(world, () => measureSwitches(world, interactions))
  const samples = switches.times.length
  report('switch between conversations, p50', quantile(switches.times, 0.5), 'ms', 50 * switches.factor, samples)
}

const reportSends = async (world: World): Promise<void> => {
  const { ana, ben } = world
  for (const [person, other] of [
    [ana, 'Ben'],
    [ben, 'Ana'],
  ] as const) {
    if (person === ben) await world.open(ben, { pressesUnlock: true, keepsServiceWorker: true })
    await person.page.goto(world.server.url)
    await person.open(other)
  }
  const { times, factor } = await beside(world, () => measureSends(world, interactions))
  const { bubbleMs, otherMs } = times
  report('Enter to own bubble, p50', quantile(bubbleMs, 0.5), 'ms', 50 * factor, bubbleMs.length)
  report('Enter to own bubble, p95', quantile(bubbleMs, 0.95), 'ms', 50 * factor, bubbleMs.length)
  report('Enter to the other screen, p50', quantile(otherMs, 0.5), 'ms', 60 * factor, otherMs.length)
  await ben.closeBrowser()
}

const reportTyping = async (world: World): Promise<void> => {
  const { times, factor } = await beside(world, () => measureTyping(world, interactions + 20))
  const { keysMs, arrivedPerSecond } = times
  console.log(`       ${round(arrivedPerSecond)} messages/s were drawn while typing`)
  // Fewer than were sent would make typing easy.
  report('messages/s not drawn of 50', Math.max(0, 50 - arrivedPerSecond), '/s', 5, 1)
  report('keystroke to paint at 50/s, p95', quantile(keysMs, 0.95), 'ms', 50 * factor, keysMs.length)
}

/** Minutes long: each sample has a calibration of its own, and the middle one counts. */
const reportCatchUp = async (world: World): Promise<void> => {
  await world.ana.closeBrowser()
  const { firstMs, allMs, calibrationsMs } = await measureCatchUp(world, waiting, starts)
  calibrations.push(...calibrationsMs)
  const factor = Math.max(1, quantile(calibrationsMs, 0.5) / quietMs)
  report('first screen with messages waiting, p50', quantile(firstMs, 0.5), 'ms', 1_000 * factor, firstMs.length)
  report(`${waiting} waiting messages caught up, p50`, quantile(allMs, 0.5), 'ms', waiting * factor, allMs.length)
}

const sabotage = process.env['HALYARD_SABOTAGE']
if (sabotage !== undefined && sabotage !== 'delay-send')
  throw new Error(`there is no sabotage ${sabotage} of the client`)
const world = await createWorld(sabotage === undefined ? undefined : slowCopy(slowdownMs))
try {
  reportSizes()
  await world.open(world.ana, { pressesUnlock: true, keepsServiceWorker: true })
  await world.ana.page.goto(world.server.url)
  await world.ana.seesChats()
  if (wants('server-start')) await reportServerStart(world)
  if (wants('starts')) await reportStarts(world)
  if (wants('sends')) await reportSends(world)
  if (wants('typing')) await reportTyping(world)
  if (wants('catch-up')) await reportCatchUp(world)
} finally {
  await world.remove()
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
console.log(JSON.stringify({ bench: 'client', machine, calibrationMs: round(quantile(calibrations, 0.5)), results }))
process.exit(results.every((one) => one.holds) ? 0 : 1)
