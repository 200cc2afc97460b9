/** People who talk in pairs: as fast as the server takes it, at a pace, and for long. */
import { openPair, prepare, runFlat, runPaced } from './one-to-one.ts'
import type { Pair, Side } from './one-to-one.ts'
import { cpuPerThousand, quantile } from './scenario.ts'
import type { Measured, Scenario, Stage } from './scenario.ts'

const openPairs = async (stage: Stage): Promise<readonly Pair[]> => {
  const { people, amounts } = stage
  const pairs: Pair[] = []
  for (let index = 0; index < amounts.pairs; index++) {
    const [a, b] = [people[2 * index], people[2 * index + 1]]
    if (a !== undefined && b !== undefined) pairs.push(await openPair(stage, a, b))
  }
  return pairs
}
const close = (pairs: readonly Pair[]): void => {
  for (const { sides } of pairs) for (const { client } of sides) client.close()
}
const framesFor = async (pairs: readonly Pair[], count: number): Promise<ReadonlyMap<Side, readonly Uint8Array[]>> => {
  const frames = new Map<Side, readonly Uint8Array[]>()
  for (const { sides, conversation } of pairs)
    for (const side of sides) frames.set(side, await prepare(side, conversation, count))
  return frames
}

export const oneToOne: Scenario = {
  name: 'one2one',
  says: '50 pairs, 8 messages under way on each side: durable, acknowledged and received',
  peopleFor: ({ pairs }) => pairs * 2,
  async run(stage) {
    const { perSide, rounds, window, pairs: count } = stage.amounts
    const pairs = await openPairs(stage)
    await runFlat(pairs, await framesFor(pairs, Math.min(50, perSide)), window)
    const rates: number[] = []
    const costs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const frames = await framesFor(pairs, perSide)
      const messages = perSide * count * 2
      const { tookMs, cpuS } = await cpuPerThousand(stage, messages, () => runFlat(pairs, frames, window))
      rates.push((messages / tookMs) * 1000)
      if (cpuS !== undefined) costs.push(cpuS)
    }
    close(pairs)
    return [
      {
        name: '1:1 messages, durable',
        value: quantile(rates, 0.5),
        unit: '/s',
        samples: rounds,
        limit: 10_000,
        isRate: true,
        by: 'time',
      },
      ...cost('CPU of a 1:1 message', costs, 0.1),
    ]
  },
}

export const cost = (name: string, values: readonly number[], limit: number): readonly Measured[] =>
  values.length === 0
    ? []
    : [{ name, value: quantile(values, 0.5), unit: 's/1000', samples: values.length, limit, by: 'cpu' }]

export const latency: Scenario = {
  name: 'latency',
  says: '100 messages a second, whatever the answers do: from sending to the other’s receipt',
  peopleFor: ({ pairs }) => pairs * 2,
  async run(stage) {
    const pairs = await openPairs(stage)
    const times = await runPaced(pairs, await framesFor(pairs, stage.amounts.pacedPerSide), 10)
    close(pairs)
    return [
      { name: '1:1 at 100/s, p50', value: quantile(times, 0.5), unit: 'ms', samples: times.length },
      {
        name: '1:1 at 100/s, p99',
        value: quantile(times, 0.99),
        unit: 'ms',
        samples: times.length,
        limit: 10,
        by: 'time',
      },
    ]
  },
}

/** One look at a long load. */
interface Sample {
  readonly rssBytes: number
  readonly p99Ms: number
  readonly tookMs: number
}
const sampleMs = 5000

export const soak: Scenario = {
  name: 'soak',
  says: 'the same pace for long: memory, backlog and latency must not grow',
  peopleFor: ({ pairs }) => pairs * 2,
  async run(stage) {
    const { soakMs, soakPerSecond, pairs: count } = stage.amounts
    const pairs = await openPairs(stage)
    const sliceMs = Math.min(sampleMs, soakMs / 4)
    const perSide = Math.max(1, Math.round((soakPerSecond * sliceMs) / 1000 / (count * 2)))
    const samples: Sample[] = []
    const untilMs = performance.now() + soakMs
    while (performance.now() < untilMs) {
      const frames = await framesFor(pairs, perSide)
      const startedMs = performance.now()
      const times = await runPaced(pairs, frames, 1000 / soakPerSecond)
      const tookMs = performance.now() - startedMs
      samples.push({ rssBytes: stage.usage()?.rssBytes ?? Number.NaN, p99Ms: quantile(times, 0.99), tookMs })
      if (samples.length % 12 === 0) stage.note(`${samples.length} samples`)
    }
    close(pairs)
    const grown = (of: (sample: Sample) => number): number => growthOf(samples.map(of))
    const rows = [
      ['memory', grown((one) => one.rssBytes), 1.1],
      // A backlog makes the last of a slice late: the slice takes longer than the one before.
      ['backlog', grown((one) => one.tookMs), 1.1],
      ['latency, p99', grown((one) => one.p99Ms), 1.5],
    ] as const
    return rows
      .filter(([, value]) => !Number.isNaN(value))
      .map(([what, value, limit]) => ({
        name: `growth of ${what} over the second half`,
        value,
        unit: 'times',
        samples: samples.length,
        limit,
      }))
  },
}

/** End over beginning of a straight line through the second half of the samples (least squares). */
export const growthOf = (all: readonly number[]): number => {
  const values = all.slice(Math.floor(all.length / 2))
  const [count, middle] = [values.length, (values.length - 1) / 2]
  const mean = values.reduce((sum, one) => sum + one, 0) / count
  const spread = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  if (spread === 0) return 1
  const slope = values.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0) / spread
  return (mean + slope * middle) / (mean - slope * middle)
}
