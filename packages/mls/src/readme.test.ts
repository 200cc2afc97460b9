import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

describe('README', () => {
  it('shows the example as it is', () => {
    const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
    const block = /```ts\n([\s\S]*?)```/.exec(file('README.md'))?.[1]
    expect(block).toBe(file('example.ts'))
  })
})
