/** One round: a real server on a real folder under load, one way for it to end, and what is left of what it acknowledged. */
import { randomInt } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backupData, restoreData } from '../../src/node/index.ts'
import { freePort, spawnServer } from '../spawn-server.ts'
import type { ServerProcess } from '../spawn-server.ts'
import { boundaries } from './boundary.ts'
import { acknowledgedOf, incarnationAt, meet, pass, readAll, sendAgain, write } from './load.ts'
import type { Cursor, Pair } from './load.ts'

export interface Outcome {
  readonly acknowledged: number
  readonly lost: number
  /** What is wrong beside lost rows; nothing when the round went as it must. */
  readonly faults: readonly string[]
  /** What happened, in words. */
  readonly words: string
}

interface Stage {
  readonly data: string
  readonly folder: string
  readonly port: number
  readonly faults: string[]
  readonly start: (environment?: Readonly<Record<string, string>>, fileBytesMax?: number) => Promise<ServerProcess>
}
type Way = (stage: Stage) => Promise<{ readonly pair: Pair; readonly words: string }>

/** Begins, writes until `count` are acknowledged, and leaves the server running under load. */
const underLoad = async (
  stage: Stage,
  count: number,
): Promise<{ readonly server: ServerProcess; readonly pair: Pair }> => {
  const server = await stage.start()
  const pair = await meet(stage.port, server.setupToken ?? '')
  await (await write(stage.port, pair)).reached(count)
  return { server, pair }
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const killed: Way = async (stage) => {
  const { server, pair } = await underLoad(stage, randomInt(30, 600))
  await pause(randomInt(30))
  await server.kill()
  return { pair, words: 'killed' }
}

const atBoundary =
  (boundary: (typeof boundaries)[number]): Way =>
  async (stage) => {
    const { server, pair } = await underLoad(stage, 30)
    await server.kill()
    const commits = randomInt(5, 40)
    const dying = await stage.start({ HALYARD_CRASH_AT: boundary, HALYARD_CRASH_COMMITS: String(commits) })
    await write(stage.port, pair)
    await dying.ended
    return { pair, words: `ended ${boundary} number ${commits}` }
  }

const fullDisk: Way = async (stage) => {
  const { server, pair } = await underLoad(stage, 100)
  await server.close()
  const size = statSync(join(stage.data, 'halyard.db')).size
  const full = await stage.start({}, size + randomInt(200, 900) * 1024)
  const found = await (await write(stage.port, pair)).reached(100_000)
  if (found !== 'refused') stage.faults.push('the disk did not fill up')
  await full.kill()
  return { pair, words: 'the disk was full' }
}

/** Something that was never acknowledged stands half at the log's end. */
const tornEnd: Way = async (stage) => {
  const { server, pair } = await underLoad(stage, 200)
  await server.kill()
  const log = join(stage.data, 'halyard.db-wal')
  const bytes = readFileSync(log)
  // The header of a frame of this log, with a page that never came whole.
  const torn = Buffer.concat([bytes.subarray(32, 56), Buffer.alloc(randomInt(1, 4096), 7)])
  if (bytes.length > 4200) appendFileSync(log, torn)
  return { pair, words: 'torn end of the log' }
}

const flippedLog: Way = async (stage) => {
  const { server, pair } = await underLoad(stage, 300)
  await server.kill()
  const log = join(stage.data, 'halyard.db-wal')
  await refusesFlip(stage, log, 32 + randomInt(Math.max(1, Math.floor(statSync(log).size / 2) - 32)))
  return { pair, words: 'flipped bit in the log: refused, and mended again' }
}

/** The server must not start, say so in one sentence, and change nothing. The bit is then turned back. */
const refusesFlip = async (stage: Stage, path: string, at: number): Promise<void> => {
  flip(path, at)
  const before = snapshot(stage.data)
  const said = await stage.start().then(
    (server) => server.kill().then(() => 'it started'),
    (error: unknown) => String(error),
  )
  if (!/is damaged; stop using it and restore a backup\.\n?/.test(said))
    stage.faults.push(`not refused: ${said.slice(0, 300)}`)
  if (snapshot(stage.data) !== before) stage.faults.push('a refused start changed the data')
  flip(path, at)
}

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  writeFileSync(path, bytes)
}
const snapshot = (data: string): string =>
  readdirSync(data)
    .filter((name) => /^halyard\.db(?:-wal)?$/.test(name))
    .map((name) => `${name} ${readFileSync(join(data, name)).toString('base64')}`)
    .join('\n')

/** A flipped bit in a page of the database: a plain refusal, rows as they were, or rows that no reader takes. */
const flippedPage: Way = async (stage) => {
  const { server, pair } = await underLoad(stage, 300)
  await server.close()
  const path = join(stage.data, 'halyard.db')
  const whole = readFileSync(path)
  flip(path, randomInt(whole.length))
  const words = await withFlippedPage(stage, pair)
  for (const name of readdirSync(stage.data).filter((one) => one.startsWith('halyard.db')))
    rmSync(join(stage.data, name))
  writeFileSync(path, whole, { mode: 0o600 })
  return { pair, words: `flipped bit in a page: ${words}` }
}

const withFlippedPage = async (stage: Stage, pair: Pair): Promise<string> => {
  let server: ServerProcess | undefined
  try {
    server = await stage.start()
    const read = await readAll(stage.port, pair, server.ended)
    if (!read.isChained) return 'the reader sees that the chain does not hold'
    if (read.lost > 0) stage.faults.push(`${read.lost} rows are gone and nothing shows it`)
    return 'all rows as they were'
  } catch (error) {
    const said = `${String(error)} ${server?.errors() ?? ''}`
    if (/is damaged; stop using it/.test(said)) return 'refused'
    // The pages that hold who may sign in or read are not the log's: then nobody reads anything.
    if (/was refused|was not|log-in/.test(said)) return 'the reader is refused'
    stage.faults.push(`no plain sentence: ${said.slice(0, 300)}`)
    return 'ended'
  } finally {
    await server?.kill()
  }
}

/** Set back to an older copy; what was acknowledged since is sent again by whoever wrote it. */
const setBack =
  (isSaid: boolean): Way =>
  async (stage) => {
    const { server, pair } = await underLoad(stage, 100)
    const copy = join(stage.folder, 'copy')
    backupData(stage.data, copy)
    const atCopy = acknowledgedOf(pair)
    await pause(200)
    await server.kill()
    const old = await cursorOf(stage, pair)
    if (isSaid) restoreData(stage.data, copy)
    else {
      for (const name of readdirSync(stage.data).filter((one) => one.startsWith('halyard.db')))
        rmSync(join(stage.data, name))
      cpSync(join(copy, 'halyard.db'), join(stage.data, 'halyard.db'))
    }
    const restored = await stage.start()
    const answer = await pass(stage.port, pair, old)
    if (answer !== 'cursor-unknown') stage.faults.push(`a cursor from before was ${answer}`)
    await sendAgain(stage.port, pair)
    await restored.kill()
    return { pair, words: `set back to ${atCopy} rows${isSaid ? '' : ', unsaid'}, noticed, sent again` }
  }

/** Where a reader stands who has read all of it. */
const cursorOf = async (stage: Stage, pair: Pair): Promise<Cursor> => {
  const server = await stage.start()
  const { end } = await readAll(stage.port, pair, server.ended)
  const incarnation = await incarnationAt(stage.port, pair)
  await server.kill()
  if (end === undefined) throw new Error('an empty log')
  return { incarnation, seq: end.seq, chain: end.chain }
}

export const ways: Readonly<Record<string, Way>> = {
  killed,
  ...Object.fromEntries(boundaries.map((boundary) => [boundary, atBoundary(boundary)])),
  'full-disk': fullDisk,
  'torn-end': tornEnd,
  'flipped-log': flippedLog,
  'flipped-page': flippedPage,
  'set-back': setBack(true),
  'set-back-unsaid': setBack(false),
}

/** In a folder of its own, which is gone afterwards. */
export const runRound = async (way: Way): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-crash-'))
  const data = join(folder, 'data')
  const [port, faults] = [await freePort(), [] as string[]]
  const execArgv = ['--import', fileURLToPath(new URL('boundary.ts', import.meta.url))]
  const running: ServerProcess[] = []
  const start: Stage['start'] = async (environment = {}, fileBytesMax) => {
    const limit = fileBytesMax === undefined ? {} : { fileBytesMax }
    const server = await spawnServer(data, port, 'quiet', environment, { execArgv, ...limit })
    running.push(server)
    return server
  }
  try {
    const { pair, words } = await way({ data, folder, port, faults, start })
    const server = await start()
    const read = await readAll(port, pair, server.ended)
    if (!read.isChained) faults.push('the chain does not hold')
    const acknowledged = acknowledgedOf(pair)
    if (acknowledged === 0) faults.push('nothing was acknowledged')
    return { acknowledged, lost: read.lost, faults, words }
  } finally {
    for (const one of running) await one.kill()
    rmSync(folder, { recursive: true })
  }
}
