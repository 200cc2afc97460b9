import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { inWords, tidy } from './tidy.ts'

/** A small house in which everything is in order. */
const clean: Readonly<Record<string, string>> = {
  'package.json': '{"name":"halyard","devDependencies":{"vitest":"5.1.1"}}',
  'package-lock.json':
    '{"packages":{"":{},"node_modules/vitest":{"version":"5.1.1","license":"MIT"},"packages/protocol":{}}}',
  'tools/lint/package.json': '{"name":"@halyard/lint","dependencies":{"knip":"6.44.2"}}',
  'tools/lint/package-lock.json': '{"packages":{"":{},"node_modules/knip":{"version":"6.44.2","license":"ISC"}}}',
  'docs/words.md': '',
  'docs/threat-model.md': '',
  'docs/decisions/dependencies.md': '`vitest` `knip` `cborg`',
  'packages/protocol/package.json': '{"name":"@halyard/protocol","dependencies":{"cborg":"6.1.5"}}',
  'packages/protocol/src/index.ts': "export * from './limits.ts'\n",
  'packages/protocol/src/limits.ts':
    "/** The word `any` and <html> in a comment are nobody's business. */\nexport const limits = { innerHeight: 1 } as const\n",
  'packages/protocol/src/refusals.ts':
    "export const text = (x: string) => `don't ${x} where`\nexport const map = new Map<string, string>().get(`${text('a')}`)\n",
  'packages/protocol/src/version.ts': 'export const version = 1\n',
  'packages/crypto/src/verify/index.ts': "export { limits } from '@halyard/protocol'\n",
  'packages/server/src/core/index.ts':
    "import { limits } from '@halyard/crypto/verify'\nexport const read = (db: { get(sql: string, ...values: readonly number[]): void }) => db.get('SELECT a FROM b WHERE c = ?', limits.innerHeight)\n",
  'packages/server/src/node/index.ts':
    "import { readFileSync } from 'node:fs'\nexport { read } from '../core/index.ts'\nexport { readFileSync }\n",
  'packages/server/src/core/index.test.ts':
    "import { readFileSync } from 'node:fs'\nimport { test } from 'vitest'\ntest('x', () => void readFileSync)\n",
  'packages/client/src/core/index.ts': "import type { Commit } from '@halyard/mls'\nexport type { Commit }\n",
  'packages/mls/src/index.ts': 'export interface Commit { readonly epoch: number }\n',
  'packages/mls/src/providers/node.ts': "export { webcrypto } from 'node:crypto'\n",
  'packages/web/src/words/en.json': '{}',
  'packages/web/src/chat/Composer.tsx':
    "import './Composer.module.css'\nexport const Composer = () => <p title=\"it's\">Don't</p>\n",
  'packages/web/src/chat/Composer.module.css': '.a { color: red }\n',
  'packages/web/vite.config.ts': 'export default {}\n',
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const findingsWith = (changes: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-tidy-'))
  folders.push(folder)
  for (const [path, text] of Object.entries({ ...clean, ...changes })) {
    if (text === undefined) continue
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return tidy(folder).map(inWords)
}

test('a clean house has no finding', () => {
  expect(findingsWith({})).toEqual([])
})

/** Who may import whom that is refused: [importer, imported]. */
const forbidden: readonly (readonly [string, string])[] = [
  ['protocol', 'crypto'],
  ['protocol', 'mls'],
  ['mls', 'protocol'],
  ['mls', 'crypto'],
  ['crypto', 'client'],
  ['crypto', 'keylog'],
  ['keylog', 'crypto'],
  ['keylog', 'mls'],
  ['client', 'server'],
  ['client', 'web'],
  ['server', 'crypto'],
  ['server', 'mls'],
  ['server', 'client'],
  ['server', 'crypto/seal'],
  ['web', 'crypto'],
  ['web', 'mls'],
  ['web', 'server'],
  ['bot', 'crypto'],
  ['cli', 'client'],
  ['cli', 'crypto/verify'],
  ['cli', 'web'],
  ['sim', 'web'],
]

describe('a planted violation is named: who imports whom', () => {
  test.each(forbidden)('%s imports %s', (own, wanted) => {
    const path = `packages/${own}/src/planted.ts`
    expect(findingsWith({ [path]: `import { x } from '@halyard/${wanted}'\nexport { x }\n` })).toEqual([
      `${path}:1  direction: ${own} may not import @halyard/${wanted}`,
    ])
  })

  test.each([
    ['import type', "import type { X } from '@halyard/mls'\n"],
    ['re-export', "export * from '@halyard/mls'\n"],
    ['dynamic import', "export const x = import('@halyard/mls')\n"],
    ['type import', "export type X = import('@halyard/mls').X\n"],
    ['require', "export const x = require('@halyard/mls')\n"],
  ])('by %s', (_, text) => {
    expect(findingsWith({ 'packages/server/src/core/planted.ts': text })).toEqual([
      'packages/server/src/core/planted.ts:1  direction: server may not import @halyard/mls',
    ])
  })

  test('what the server has of crypto reaches nothing that opens', () => {
    const path = 'packages/crypto/src/verify/planted.ts'
    expect(findingsWith({ [path]: "export * from '../seal/open.ts'\nexport * from '@halyard/mls'\n" })).toEqual([
      `${path}:1  direction: the server has this folder: it may not reach packages/crypto/src/seal/open.ts`,
      `${path}:2  direction: the server has this folder: it may not import @halyard/mls`,
    ])
  })
})

/** [what, path, text, rule] */
const planted: readonly (readonly [string, string, string, string])[] = [
  [
    'core imports node:',
    'packages/client/src/core/planted.ts',
    "export { readFileSync } from 'node:fs'\n",
    'environment',
  ],
  ['core imports web/', 'packages/client/src/core/planted.ts', "export { x } from '../web/socket.ts'\n", 'environment'],
  [
    'core imports node/',
    'packages/client/src/core/planted.ts',
    "export { x } from '../node/files.ts'\n",
    'environment',
  ],
  [
    'core imports a part for Node',
    'packages/client/src/core/planted.ts',
    "export { x } from '@halyard/mls/node'\n",
    'environment',
  ],
  ['sqlite is core', 'packages/client/src/sqlite/planted.ts', "export { x } from 'node:fs'\n", 'environment'],
  ['host is core', 'packages/client/src/host/planted.ts', "export { x } from '../web/worker.ts'\n", 'environment'],
  ['protocol is core', 'packages/protocol/src/planted.ts', "export { x } from 'node:fs'\n", 'environment'],
  ['mls is core', 'packages/mls/src/planted.ts', "export { webcrypto } from './providers/node.ts'\n", 'environment'],
  ['web imports node:', 'packages/web/src/planted.ts', "export { x } from 'node:fs'\n", 'environment'],
  ['web/ imports node/', 'packages/client/src/web/planted.ts', "export { x } from '../node/files.ts'\n", 'environment'],
  [
    'node/ imports web/',
    'packages/client/src/node/planted.ts',
    "export { x } from '../web/socket.ts'\n",
    'environment',
  ],
  ['no extension', 'packages/protocol/src/planted.ts', "export * from './limits'\n", 'import-extension'],
  ['extension .js', 'packages/protocol/src/planted.ts', "export * from './limits.js'\n", 'import-extension'],
  [
    'a path into another package',
    'packages/client/src/core/planted.ts',
    "export * from '../../../server/src/core/index.ts'\n",
    'import-across',
  ],
  [
    'a path from tools into a package',
    'tools/planted.ts',
    "export * from '../packages/protocol/src/limits.ts'\n",
    'import-across',
  ],
  [
    'a computed import',
    'packages/server/src/core/planted.ts',
    'export const x = (name: string) => import(name)\n',
    'computed-import',
  ],
  ['401 lines', 'packages/protocol/src/planted.ts', '// x\n'.repeat(401), 'lines'],
  ['401 lines of CSS', 'packages/web/src/planted.css', '.a {}\n'.repeat(401), 'lines'],
  ['camelCase file', 'packages/protocol/src/plantedFile.ts', 'export const x = 1\n', 'file-name'],
  ['PascalCase that is no component', 'packages/protocol/src/Planted.ts', 'export const x = 1\n', 'file-name'],
  ['a default export', 'packages/protocol/src/planted.ts', 'const x = 1\nexport default x\n', 'default-export'],
  [
    'a renamed default export',
    'packages/protocol/src/planted.ts',
    'const x = 1\nexport { x as default }\n',
    'default-export',
  ],
  ['the type any', 'packages/protocol/src/planted.ts', 'export const x = (y: unknown) => y as any\n', 'any'],
  ['a silenced line', 'packages/protocol/src/planted.ts', `// @ts${'-ignore'}\nexport const x = 1\n`, 'silenced'],
  [
    'a silenced error',
    'packages/protocol/src/planted.ts',
    `// @ts${'-expect-error'}\nexport const x = 1\n`,
    'silenced',
  ],
  [
    'a lint rule switched off',
    'packages/protocol/src/planted.ts',
    `// ${'oxlint'}-disable-next-line\nexport const x = 1\n`,
    'silenced',
  ],
  ['an unfinished place', 'packages/protocol/src/planted.ts', `// ${'TO'}${'DO'}\nexport const x = 1\n`, 'unfinished'],
  ['a place to mend', 'packages/web/src/planted.css', `/* ${'FIX'}${'ME'} */\n`, 'unfinished'],
  [
    'test.only',
    'packages/protocol/src/planted.test.ts',
    "import { test } from 'vitest'\ntest.only('x', () => {})\n",
    'left-out-test',
  ],
  [
    'describe.skip',
    'packages/protocol/src/planted.test.ts',
    "import { describe } from 'vitest'\ndescribe.skip('x', () => {})\n",
    'left-out-test',
  ],
  [
    'it.each.skip',
    'packages/protocol/src/planted.test.ts',
    "import { it } from 'vitest'\nit.concurrent.skip('x', () => {})\n",
    'left-out-test',
  ],
  ['innerHTML', 'packages/web/src/planted.ts', "export const x = (e: Element) => { e.innerHTML = '' }\n", 'html'],
  [
    'dangerouslySetInnerHTML',
    'packages/web/src/chat/Planted.tsx',
    "export const X = () => <p dangerouslySetInnerHTML={{ __html: '' }} />\n",
    'html',
  ],
  [
    'SQL with a hole',
    'packages/server/src/node/planted.ts',
    'export const x = (db: D, a: string) => db.get(`SELECT a FROM b WHERE c = ${a}`)\n',
    'built-sql',
  ],
  [
    'SQL put together',
    'packages/server/src/node/planted.ts',
    "export const x = (db: D, a: string) => db.exec('DELETE FROM b WHERE c = ' + a)\n",
    'built-sql',
  ],
  [
    'a prepared statement with a hole',
    'packages/server/src/node/planted.ts',
    'export const x = (db: D, a: string) => db.prepare(`${a}`)\n',
    'built-sql',
  ],
  ['a file that cannot be parsed', 'packages/protocol/src/planted.ts', 'export const = \n', 'unreadable'],
]

describe('a planted violation is named: files', () => {
  test.each(planted)('%s', (_, path, text, rule) => {
    const found = findingsWith({ [path]: text })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(path)
    expect(found[0]).toContain(`  ${rule}: `)
  })
})

const lock = (entry: string): string => `{"packages":{"":{},"node_modules/planted":{"version":"1.0.0",${entry}}}}`
/** [what, changes, rule] */
const plantedPackages: readonly (readonly [string, Readonly<Record<string, string | undefined>>, string])[] = [
  ['a range', { 'package.json': '{"devDependencies":{"vitest":"^5.1.1"}}' }, 'pinned'],
  ['a tag', { 'packages/protocol/package.json': '{"dependencies":{"cborg":"latest"}}' }, 'pinned'],
  [
    'a dependency nobody explains',
    { 'packages/protocol/package.json': '{"dependencies":{"planted":"1.0.0"}}' },
    'unexplained',
  ],
  ['an install script', { 'package-lock.json': lock('"license":"MIT","hasInstallScript":true') }, 'install-script'],
  [
    'an install script among the lint tools',
    { 'tools/lint/package-lock.json': lock('"license":"MIT","hasInstallScript":true') },
    'install-script',
  ],
  ['a licence with conditions', { 'package-lock.json': lock('"license":"GPL-3.0-only"') }, 'licence'],
  ['both licences asked for', { 'package-lock.json': lock('"license":"(MIT AND GPL-2.0-only)"') }, 'licence'],
  ['no licence', { 'package-lock.json': lock('"dev":true') }, 'licence'],
  [
    'the installed licence counts',
    { 'package-lock.json': lock('"license":"MIT"'), 'node_modules/planted/package.json': '{"license":"AGPL-3.0"}' },
    'licence',
  ],
  [
    'a registry host',
    { 'package-lock.json': lock('"license":"MIT","resolved":"https://registry.example/planted.tgz"') },
    'registry',
  ],
  ['no lockfile', { 'tools/lint/package-lock.json': undefined }, 'lockfile'],
  ['no register of words', { 'docs/words.md': undefined }, 'registry-file'],
  ['no texts', { 'packages/web/src/words/en.json': undefined }, 'registry-file'],
]

describe('a planted violation is named: packages', () => {
  test.each(plantedPackages)('%s', (_, changes, rule) => {
    const found = findingsWith(changes)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`  ${rule}: `)
  })

  test('a choice of licences with one that fits is fine', () => {
    expect(findingsWith({ 'package-lock.json': lock('"license":"(GPL-2.0-only OR MIT)"') })).toEqual([])
  })
})
