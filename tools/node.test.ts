import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './process.ts'

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
}
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

test('the tests themselves run on Node 26', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(26)
})

// A shell remembers where it found `node`: what runs after the setup needs a shell of its own to find Node 26.
test('every script runs the setup first, and Node again only in another shell', () => {
  for (const name of Object.keys(scripts).filter((one) => !one.startsWith('pre'))) {
    expect(scripts[`pre${name}`], name).toMatch(/^node tools\/setup\.cjs(?: && npm run |$)/)
  }
  for (const script of Object.values(scripts)) expect(script.match(/\bnode /g)?.length ?? 0).toBeLessThan(2)
})
