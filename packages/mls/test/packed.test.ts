import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from 'vite'
import { installPacked } from './packed.ts'
import type { Installed } from './packed.ts'

let installed: Installed
beforeAll(() => {
  installed = installPacked()
})
afterAll(() => installed.remove())

test('the packed engine runs the example of its README in Node, alone in an empty project', () => {
  const said = execFileSync(process.execPath, ['example.ts'], { cwd: installed.folder, encoding: 'utf8' })
  expect(said).toBe('2 members: Just us two.\n')
})

test('it has types, JavaScript, README, licence and nothing else', () => {
  const folder = join(installed.folder, 'node_modules/@halyard/mls')
  expect(readdirSync(folder).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'example.ts', 'package.json'])
  const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\./.test(name),
  )
  expect(files.filter((name) => !/\.(?:js|d\.ts)$/.test(name) || name.includes('.test.'))).toEqual([])
})

test('the example is checked against the packed types, under the strictest rules', () => {
  const tsc = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  const config = {
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'nodenext',
      target: 'esnext',
      lib: ['esnext', 'dom'],
      types: [],
      noEmit: true,
      skipLibCheck: false,
    },
    files: ['example.ts'],
  }
  writeFileSync(join(installed.folder, 'tsconfig.json'), JSON.stringify(config))
  const run = (): string =>
    execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: installed.folder, encoding: 'utf8' })
  expect(run()).toBe('')
})

test('Vite makes a page of it that asks for nothing of Node', async () => {
  const page = readFileSync(join(installed.folder, 'example.ts'), 'utf8')
    .replaceAll('@halyard/mls/node', '@halyard/mls/web')
    .replaceAll('nodeProvider', 'webProvider')
  writeFileSync(join(installed.folder, 'page.ts'), page)
  writeFileSync(join(installed.folder, 'index.html'), '<script type="module" src="/page.ts"></script>')
  await build({ root: installed.folder, logLevel: 'error', configFile: false })
  const assets = readdirSync(join(installed.folder, 'dist/assets'))
  const code = assets.map((name) => readFileSync(join(installed.folder, 'dist/assets', name), 'utf8')).join('\n')
  // Asked as yes or no: a failure would print the whole engine.
  expect([code.includes('members:'), /["'`]node:/.test(code)]).toEqual([true, false])
})
