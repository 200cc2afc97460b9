/** Keeps the house as ARCHITECTURE.md says it is: who imports whom, what a file may be, what Halyard stands on. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, root } from './process.ts'
import { dependencyFindings } from './tidy/dependencies.ts'
import { importFindings } from './tidy/imports.ts'
import { parse } from './tidy/source.ts'
import type { Finding } from './tidy/source.ts'
import { nameFindings, textFindings, treeFindings } from './tidy/style.ts'

/** The one place of each kind of word. */
const registries = [
  'docs/words.md',
  'docs/threat-model.md',
  'docs/decisions/dependencies.md',
  'packages/protocol/src/limits.ts',
  'packages/protocol/src/refusals.ts',
  'packages/protocol/src/version.ts',
  'packages/web/src/words/en.json',
]

/** Everything that is not in order in the repository at `folder`; nothing when all is. */
export const tidy = (folder: string): readonly Finding[] => [
  ...registries
    .filter((path) => !existsSync(join(folder, path)))
    .map((path) => ({ rule: 'registry-file', path, line: undefined, words: 'it is missing' })),
  ...filesUnder(folder)
    .filter((path) => /^(?:packages|tools)\/|^[^/]+$/.test(path))
    .flatMap((path) => fileFindings(folder, path)),
  ...dependencyFindings(folder),
]

const fileFindings = (folder: string, path: string): readonly Finding[] => {
  if (!/\.(?:ts|tsx|css|cjs|mjs)$/.test(path)) return []
  const text = readFileSync(join(folder, path), 'utf8')
  const found = [...nameFindings(path), ...textFindings(path, text)]
  if (path.endsWith('.css')) return found
  const source = parse(path, text)
  if (source === undefined)
    return [...found, { rule: 'unreadable', path, line: undefined, words: 'it cannot be parsed' }]
  return [...found, ...importFindings(source), ...treeFindings(source)]
}

/** `path:line  rule: words` */
export const inWords = ({ path, line, rule, words }: Finding): string =>
  `${path}${line === undefined ? '' : `:${line}`}  ${rule}: ${words}`

if (import.meta.main) {
  const findings = tidy(root)
  for (const finding of findings) console.log(inWords(finding))
  console.log(findings.length === 0 ? 'Tidy.' : `${findings.length} findings.`)
  if (findings.length > 0) process.exitCode = 1
}
