/** What docs/threat-model.md says of each threat: the tests that cover it, or why there is none yet. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './process.ts'

/** The whole document. */
export const threatModel = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')

const section = (heading: string): string => {
  const from = threatModel.indexOf(`\n## ${heading}\n`)
  const next = threatModel.indexOf('\n## ', from + 1)
  return from === -1 ? '' : threatModel.slice(from, next === -1 ? undefined : next)
}

/** Every id that there is. */
export const threatIds: readonly string[] = section('All threats').match(/\bT-\d+\b/g) ?? []

/** By id: paths of the tests. */
export const covered: ReadonlyMap<string, readonly string[]> = new Map(
  [...section('Covered').matchAll(/^\| (T-\d+) \| (`.*`) \|$/gm)].map(([, id = '', files = '']) => [
    id,
    [...files.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
  ]),
)

/** By id: why it has no test. */
export const notYet: ReadonlyMap<string, string> = new Map(
  [...section('Not yet').matchAll(/^\| (T-\d+) \| (.+) \|$/gm)].map(([, id = '', why = '']) => [id, why]),
)
