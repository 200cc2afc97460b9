/**
 * A copy of the packages with something changed in it, built: with the hook that shows keys, sabotaged, or of a newer
 * version. The repository's own build stays what people run. A copy is made once and again when anything has changed.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder, filesUnder, root } from '../process.ts'

/** Replaces `from`, which must stand in the file, or the whole of the file. */
export interface Change {
  readonly path: string
  readonly from?: string
  readonly to: string
}

const packages = join(root, 'packages')
const leftOut = /^(?:node_modules|dist|\.cache|test|bench|vectors)$|\.test\.tsx?$/
const isKept = (path: string): boolean => !leftOut.test(basename(path))

/** The copy's folder, with its page built. Throws when a change does not fit the code any more. */
export const builtCopy = (name: string, changes: readonly Change[]): string => {
  const folder = join(cacheFolder, 'e2e-copies', name)
  const stamp = join(folder, 'stamp')
  const state = hashOf(changes)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules/@halyard'), { recursive: true })
  cpSync(packages, join(folder, 'packages'), { recursive: true, filter: isKept })
  for (const file of readdirSync(root).filter((one) => /^tsconfig.*\.json$|^package\.json$|\.d\.ts$/.test(one)))
    cpSync(join(root, file), join(folder, file))
  // All other dependencies are found in the repository around it.
  for (const one of readdirSync(join(folder, 'packages')))
    symlinkSync(join(folder, 'packages', one), join(folder, 'node_modules/@halyard', one), 'dir')
  for (const { path, from, to } of changes) {
    const file = join(folder, path)
    const before = from === undefined ? '' : readFileSync(file, 'utf8')
    if (from !== undefined && before.split(from).length !== 2) throw new Error(`${path} does not hold once: ${from}`)
    writeFileSync(file, from === undefined ? to : before.replace(from, () => to))
  }
  execFileSync(process.execPath, [join(folder, 'packages/web/build.ts')], { cwd: folder, stdio: 'pipe' })
  writeFileSync(stamp, state)
  return folder
}

const hashOf = (changes: readonly Change[]): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify(changes))
    .update(readFileSync(join(root, 'package-lock.json')))
  for (const path of filesUnder(packages).filter((one) => one.split('/').every(isKept)))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(packages, path)))
      .update('\0')
  return hash.digest('hex')
}

/** The page with the hook: its workers keep every key they meet in `halyardKeys`, for a test to fetch. */
export const copyThatShowsKeys = (): string =>
  builtCopy('keys', [
    {
      path: 'packages/web/vite.config.ts',
      from: "'globalThis.halyardRegistersKeys': 'false'",
      to: "'globalThis.halyardRegistersKeys': 'true'",
    },
    {
      path: 'packages/web/src/worker.ts',
      to: `import { runWorker } from '@halyard/client/web'
const keys = new Set<string>()
Object.assign(self, { halyardKeys: keys })
const registerKey = (name: string, bytes: Uint8Array): void =>
  void keys.add(name + ' ' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
runWorker(self as unknown as DedicatedWorkerGlobalScope, { registerKey })
`,
    },
  ])

/** Databases without a key, and sealing that seals nothing: what the search must then find. */
export const copyInTheClear = (): string =>
  builtCopy('in-the-clear', [
    {
      path: 'packages/client/src/sqlite/database.ts',
      from: 'sqlite.sqlite3_key_v2(pointer, 0, keyAt, keySize)',
      to: 'resultCode.ok',
    },
    {
      path: 'packages/client/src/web/worker.ts',
      from: '  return webProvider()\n',
      to: `  return {
    ...webProvider(),
    seal: (_name, _key, _nonce, _aad, plaintext) => Uint8Array.from([...plaintext, ...new Uint8Array(16)]),
    open: (_name, _key, _nonce, _aad, ciphertext) => ciphertext.slice(0, -16),
  }
`,
    },
  ])
