import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'

describe('README', () => {
  it('shows the example as it is, and it runs', async () => {
    const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
    const block = /```ts\n([\s\S]*?)```/.exec(file('README.md'))?.[1]
    expect(block).toBe(file('example.ts'))
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await import('../example.ts')
    expect(log.mock.calls).toEqual([[2, 'members:', 'Just us two.']])
    log.mockRestore()
  })
})
