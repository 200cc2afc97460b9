/** Runs the steps at every size and puts each beside its floor: the same in Node and in a page. */
import { floorClock, type Candidates, type FloorClock } from './floor.ts'
import { measure, type Clock, type Effort } from './measure.ts'
import { record, type Tally } from './recording.ts'
import { limits, rowsAt, rowsOfAdding, type Bench, type Row, type StepName } from './rows.ts'

export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit: number
  readonly holds: boolean
  readonly samples: number
  /** value by floor: what the limit of a step is a limit of */
  readonly ratio?: number
  readonly floor?: number
  /** asked for / unavoidable, of each primitive */
  readonly counts?: string
  /** the same step on the peer */
  readonly peer?: number
}

export interface RunOptions {
  readonly bench: Bench
  readonly clock: Clock
  readonly candidates: Candidates
  readonly sizes: readonly number[]
  /** one size more, only for the steps whose cost grows with the group */
  readonly growthTo: number | undefined
  /** the beginning of the names of the steps that are run */
  readonly only: string
  readonly report: (result: Result) => void
  /** that a step was measured, with what floor is not yet known */
  readonly progress: (line: string) => void
  /** what the peer takes for a step at a size, ms; `undefined` where it cannot do it or is not there */
  readonly peerMs: (name: StepName, members: number) => Promise<number | undefined>
}

const primitiveEffort: Effort = { windowMs: 8, windowsMin: 8, quietWindows: 8, limitMs: 1000 }
const effortAt = (members: number): Effort =>
  members > 1000
    ? { windowMs: 1, windowsMin: 3, quietWindows: 1, limitMs: 8000 }
    : members > 100
      ? { windowMs: 20, windowsMin: 5, quietWindows: 4, limitMs: 3000 }
      : { windowMs: 30, windowsMin: 6, quietWindows: 5, limitMs: 1500 }

const round = (value: number): number => Number(value.toPrecision(4))

export const suiteName = (hybrid: boolean): string => (hybrid ? 'hybrid' : 'suite 1')

/** A step as measured; its floor may still sink. */
interface Measured {
  readonly row: Row
  readonly tally: Tally
  readonly ms: number
  readonly samples: number
  readonly peer: number | undefined
}

export const runSuite = async (o: RunOptions): Promise<void> => {
  const floors = floorClock(o.clock, o.candidates, primitiveEffort)
  const all: Measured[] = []
  const runAll = async (rows: readonly Row[]): Promise<void> => {
    for (const row of rows.filter(({ name }) => name.startsWith(o.only))) {
      all.push(await measureStep(o, floors, row))
      o.progress(`${row.name}, ${row.members} members: ${round(all.at(-1)?.ms ?? Number.NaN)} ms`)
    }
  }
  // What runs first would otherwise be measured before it is compiled.
  for (const row of await rowsAt(o.bench, 2))
    for (let i = 0; i < 100; i++) await row.run(o.bench.provider, await row.fresh?.())
  for (const members of o.sizes) await runAll(await rowsAt(o.bench, members))
  if (o.growthTo !== undefined) await runAll(await rowsOfAdding(o.bench, o.growthTo))
  for (const one of all) o.report(resultOf(o, floors, one))
  const [from, to] = [o.sizes.at(-1) ?? 1, o.growthTo ?? 1]
  const msOf = (members: number): number | undefined =>
    all.find(({ row }) => row.name === 'add all, create' && row.members === members)?.ms
  const [small, large] = [msOf(from), msOf(to)]
  if (small === undefined || large === undefined || to <= from) return
  const value = round(large / small)
  const limit = (1.1 * to) / from
  const name = `add all, create: growth from ${from} to ${to} members, ${suiteName(o.bench.hybrid)}`
  o.report({ name, value, unit: 'times', limit, holds: value <= limit, samples: 2 })
}

const measureStep = async (o: RunOptions, floors: FloorClock, row: Row): Promise<Measured> => {
  const recorder = record(o.bench.provider)
  // The first run imports what stays imported.
  await row.run(recorder.provider, await row.fresh?.())
  recorder.take()
  await row.run(recorder.provider, await row.fresh?.())
  const tally = recorder.take()
  const floor = await floors.floorOf(tally, row.needs)
  let ms = Infinity
  let samples = 0
  // A minimum comes nearer to the truth with every window: a miss, or nearly one, is looked at again before it is believed.
  for (let attempt = 0; attempt < (row.members > 1000 ? 2 : 3) && ms > 0.93 * limits[row.name] * floor.ms; attempt++) {
    const measured = await measureRow(o, row)
    ms = Math.min(ms, measured.ms)
    samples += measured.windows
  }
  return { row, tally, ms, samples, peer: await o.peerMs(row.name, row.members) }
}

const resultOf = (o: RunOptions, floors: FloorClock, { row, tally, ms, samples, peer }: Measured): Result => {
  const floor = floors.floorNow(tally, row.needs)
  const limit = limits[row.name]
  return {
    name: `${row.name}, ${row.members} members, ${suiteName(o.bench.hybrid)}`,
    value: round(ms),
    unit: 'ms',
    limit: round(limit * floor.ms),
    holds: ms <= limit * floor.ms,
    samples,
    ratio: round(ms / floor.ms),
    floor: round(floor.ms),
    counts: floor.counts,
    ...(peer === undefined ? {} : { peer: round(peer) }),
  }
}

const measureRow = (o: RunOptions, row: Row) => {
  const { fresh } = row
  const effort = effortAt(row.members)
  return fresh === undefined
    ? measure(o.clock, effort, () => row.run(o.bench.provider, undefined), undefined)
    : measure(o.clock, effort, (state: Awaited<ReturnType<typeof fresh>>) => row.run(o.bench.provider, state), fresh)
}

/** As a line for people. */
export const inWords = ({ name, value, unit, limit, holds, samples, ratio, floor, peer, counts }: Result): string =>
  [
    `${holds ? 'holds ' : 'MISSES'} ${name}: ${value} ${unit} (limit ${limit}, ${samples} samples)`,
    ...(ratio === undefined ? [] : [`${ratio} × the floor of ${floor}`]),
    ...(peer === undefined ? [] : [`ts-mls ${peer}`]),
    ...(counts === undefined ? [] : [`asked for/unavoidable: ${counts}`]),
  ].join('; ')
