/** For tests alone: the engine as a stranger has it, packed by `npm pack` and installed by itself in an empty folder. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const engine = join(import.meta.dirname, '..')
const root = join(engine, '../..')

export interface Installed {
  /** The stranger's project: `node_modules` with the engine and what it depends on, and the README's example. */
  readonly folder: string
  remove(): void
}

/** Packing changes the folder for a moment, so a copy is packed. What it depends on is linked, not fetched again. */
export const installPacked = (): Installed => {
  const place = mkdtempSync(join(tmpdir(), 'halyard-packed-'))
  const copy = join(place, 'repository/packages/mls')
  cpSync(engine, copy, { recursive: true, filter: (path) => !/node_modules|[/\\]dist$/.test(path) })
  for (const file of ['tsconfig.base.json', 'LICENSE']) cpSync(join(root, file), join(place, 'repository', file))
  symlinkSync(join(root, 'node_modules'), join(place, 'repository/node_modules'), 'dir')
  const shell = process.platform === 'win32'
  execFileSync('npm', ['pack', '--silent', '--pack-destination', place], { cwd: copy, stdio: 'pipe', shell })
  const tarball = readdirSync(place).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('nothing was packed')

  const folder = join(place, 'project')
  const target = join(folder, 'node_modules/@halyard/mls')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['xzf', join(place, tarball), '--strip-components=1', '-C', target])
  symlinkSync(join(root, 'node_modules/@noble'), join(folder, 'node_modules/@noble'), 'dir')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  cpSync(join(folder, 'node_modules/@halyard/mls/example.ts'), join(folder, 'example.ts'))
  return { folder, remove: () => rmSync(place, { recursive: true, force: true }) }
}
