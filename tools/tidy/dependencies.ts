/** What Halyard stands on: pinned, explained, without scripts of its own, and free to use. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './source.ts'

interface Manifest {
  readonly name?: string
  readonly license?: string | { readonly type?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
interface Locked {
  readonly license?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
}

const reasonsFile = 'docs/decisions/dependencies.md'

export const dependencyFindings = (root: string): readonly Finding[] => {
  const reasons = existsSync(join(root, reasonsFile)) ? readFileSync(join(root, reasonsFile), 'utf8') : ''
  return [
    ...manifests(root).flatMap((path) => manifestFindings(path, read<Manifest>(root, path), reasons)),
    ...['.', 'tools/lint', 'tools/peers']
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .flatMap((folder) => lockFindings(root, folder === '.' ? '' : `${folder}/`)),
  ]
}

const manifests = (root: string): readonly string[] => {
  const packages = existsSync(join(root, 'packages')) ? readdirSync(join(root, 'packages')) : []
  const all = [
    'package.json',
    'tools/lint/package.json',
    'tools/peers/package.json',
    ...packages.map((name) => `packages/${name}/package.json`),
  ]
  return all.filter((path) => existsSync(join(root, path)))
}

const read = <T>(root: string, path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T

const manifestFindings = (path: string, manifest: Manifest, reasons: string): readonly Finding[] => {
  const wanted = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  })
  return wanted.flatMap(([name, range]) => {
    const found: Finding[] = []
    if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(range))
      found.push({ rule: 'pinned', path, line: undefined, words: `pin ${name} to one version, not ${range}` })
    if (!name.startsWith('@halyard/') && !reasons.includes(`\`${name}\``)) {
      found.push({ rule: 'unexplained', path, line: undefined, words: `say in ${reasonsFile} why ${name}` })
    }
    return found
  })
}

const lockFindings = (root: string, folder: string): readonly Finding[] => {
  const path = `${folder}package-lock.json`
  if (!existsSync(join(root, path)))
    return [{ rule: 'lockfile', path, line: undefined, words: 'the lockfile is missing' }]
  const { packages = {} } = read<{ readonly packages?: Readonly<Record<string, Locked>> }>(root, path)
  return Object.entries(packages).flatMap(([place, one]) => {
    const found: Finding[] = []
    const name = place.replace(/^.*node_modules\//, '')
    if (/^[a-z+]+:\/\//i.test(one.resolved ?? ''))
      found.push({ rule: 'registry', path, line: undefined, words: `${name} names the host it came from; see .npmrc` })
    if (one.hasInstallScript === true)
      found.push({ rule: 'install-script', path, line: undefined, words: `${name} runs a script when it is installed` })
    if (!place.includes('node_modules/') || one.link === true) return found
    const licence = licenceOf(root, `${folder}${place}`, one)
    if (!isPermissive(licence))
      found.push({ rule: 'licence', path, line: undefined, words: `${name} has the licence ${licence}` })
    return found
  })
}

/** As installed; as locked for a package that is for another kind of machine. */
const licenceOf = (root: string, place: string, locked: Locked): string => {
  const file = join(root, place, 'package.json')
  const { license } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : locked
  const named = typeof license === 'string' ? license : license?.type
  return named ?? locked.license ?? 'none'
}

const permissive = new Set(
  'MIT MIT-0 ISC Apache-2.0 BSD-2-Clause BSD-3-Clause 0BSD BlueOak-1.0.0 CC0-1.0 Unlicense Zlib MPL-2.0 OFL-1.1 Python-2.0'.split(
    ' ',
  ),
)
/** SPDX expressions of one level: one side of an OR, every side of an AND. */
const isPermissive = (licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, '')
    .split(/ OR /)
    .some((side) => side.split(/ AND /).every((one) => permissive.has(one.trim())))
