/**
 * `npm run mutants -- mls`: plants each sabotage in a copy of the engine and runs the tests there. Ends in `N killed of N`,
 * and with 1 when one lived, or when the official vectors see too many of them (then the tests would prove little of
 * their own). Words: a part of a name plants only those.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { vectorFolder } from '../../vectors/read.ts'
import { planted } from './planted.ts'
import type { Planted } from './planted.ts'

const engine = join(import.meta.dirname, '../..')
const root = join(engine, '../..')
const unseenMin = 25
const patienceMs = 120_000
/** Not the engine's rules: packing, primitives, and the vectors, which are asked apart. */
const notAsked = ['packed', 'vectors', 'wycheproof', 'providers', 'readme', 'example']
/** Asked when the others have noticed nothing: they take most of the time. */
const slow = ['random-histories', 'mutations', 'killed-group', 'large-group']

interface Copy {
  readonly folder: string
  remove(): void
}

const copyOfEngine = (): Copy => {
  const place = mkdtempSync(join(tmpdir(), 'halyard-mutants-'))
  const folder = join(place, 'packages/mls')
  mkdirSync(folder, { recursive: true })
  cpSync(engine, folder, { recursive: true, filter: (path) => !/node_modules|[/\\]bench|[/\\]dist$/.test(path) })
  for (const name of readdirSync(root)) if (/^tsconfig.*\.json$/.test(name)) cpSync(join(root, name), join(place, name))
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'), 'dir')
  const settings = {
    include: ['packages/mls/src/**/*.test.ts', 'packages/mls/test/**/*.test.ts'],
    exclude: notAsked.map((name) => `**/${name}.test.ts`),
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    bail: 1,
  }
  writeFileSync(join(place, 'vitest.config.ts'), `export default { test: ${JSON.stringify(settings)} }\n`)
  return { folder, remove: () => rmSync(place, { recursive: true, force: true }) }
}

/** The exit code and what was said. A run that does not end is a bug that was noticed. */
const run = (cwd: string, command: string, args: readonly string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, HALYARD_VECTORS: vectorFolder, CI: 'true' }
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs })
    let said = ''
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    child.on('close', (code) => resolve({ code: code ?? 1, said }))
  })

const loosely = (text: string): RegExp =>
  new RegExp(
    (text.match(/\w+|[^\w\s]/g) ?? [])
      .map((token) => token.replace(/[^\w]/g, '\\$&'))
      .join('(?:\\s|,(?=\\s*[)\\]}]))*'),
    'g',
  )

const plant = (folder: string, { file, from, to, name }: Planted): (() => void) => {
  const path = join(folder, 'src', file)
  const before = readFileSync(path, 'utf8')
  const pattern = loosely(from)
  const found = before.match(pattern)?.length ?? 0
  if (found !== 1) throw new Error(`“${name}” fits ${found} places in ${file}`)
  writeFileSync(
    path,
    before.replace(pattern, () => to),
  )
  return () => writeFileSync(path, before)
}

interface Verdict {
  readonly killed: boolean
  readonly seenByVectors: boolean
}

/** Words are options, or parts of the paths of tests. */
const runTests = (folder: string, words: readonly string[] = []): ReturnType<typeof run> =>
  run(join(folder, '../..'), process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...words])

const judge = async ({ folder }: Copy, mutant: Planted): Promise<Verdict> => {
  const undo = plant(folder, mutant)
  try {
    const quick = await runTests(folder, ['--exclude', `**/{${slow.join(',')}}.test.ts`])
    const tests = quick.code === 0 ? await runTests(folder, slow) : quick
    const vectors = await run(folder, process.execPath, ['vectors.ts', 'mls/'])
    const failure = /FAIL\s+(.*)/.exec(stripVTControlCharacters(tests.said))?.[1] ?? 'no test ended'
    const verdict = { killed: tests.code !== 0, seenByVectors: vectors.code !== 0 }
    console.log(
      `${verdict.killed ? 'killed' : 'LIVES '} ${verdict.seenByVectors ? 'seen  ' : 'unseen'} ${mutant.name}${verdict.killed ? ` (${failure.trim()})` : ''}`,
    )
    return verdict
  } finally {
    undo()
  }
}

const main = async (): Promise<boolean> => {
  const wanted = process.argv.slice(2)
  const queue = planted.filter(({ name }) => wanted.every((word) => name.includes(word)))
  const total = queue.length
  const verdicts: Verdict[] = []
  const work = async (): Promise<void> => {
    const copy = copyOfEngine()
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) verdicts.push(await judge(copy, next))
    } finally {
      copy.remove()
    }
  }
  const control = copyOfEngine()
  const healthy = await runTests(control.folder)
  control.remove()
  if (healthy.code !== 0) {
    console.error('The tests fail without any sabotage:\n', healthy.said.slice(-2000))
    return false
  }
  await Promise.all([work(), work()])
  const killed = verdicts.filter((verdict) => verdict.killed).length
  const unseen = verdicts.filter((verdict) => !verdict.seenByVectors).length
  console.log(`${unseen} of ${total} pass all official vectors of MLS (at least ${unseenMin} must)`)
  console.log(`${killed} killed of ${total}`)
  return killed === total && (wanted.length > 0 || unseen >= unseenMin)
}

if (!(await main())) process.exitCode = 1
