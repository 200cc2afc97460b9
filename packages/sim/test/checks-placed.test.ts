import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checks } from '../src/checks.ts'
import type { Check } from '../src/checks.ts'
import { loosely } from '../src/mutants.ts'

const packages = new URL('../../', import.meta.url)
const sourceOf = (path: string): string => {
  const url = new URL(path, packages)
  return existsSync(url) ? readFileSync(url, 'utf8') : ''
}
const places = ({ file, from }: Check): number => sourceOf(file).match(new RegExp(loosely(from), 'g'))?.length ?? 0
const isWritten = ({ attack }: Check): boolean => {
  const source = sourceOf(attack.file)
  return source.includes(attack.name) && (attack.of === undefined || source.includes(`'${attack.of}'`))
}

test('every check stands in the source exactly once, also after that was written anew', () => {
  expect(checks.filter((check) => places(check) !== 1).map((check) => [check.name, places(check)])).toEqual([])
})

test('every check has its own name, an attack that exists, and others that exist beside it', () => {
  const names = new Set(checks.map(({ name }) => name))
  expect(names.size).toBe(checks.length)
  expect(checks.flatMap((check) => (check.with ?? []).filter((one) => !names.has(one)))).toEqual([])
  expect(checks.filter((check) => !isWritten(check)).map(({ name, attack }) => [name, attack.name])).toEqual([])
})
