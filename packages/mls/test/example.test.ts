import { expect, it, vi } from 'vitest'

it('the example of the README runs', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await import('../example.ts')
  expect(log.mock.calls).toEqual([[2, 'members:', 'Just us two.']])
  log.mockRestore()
})
