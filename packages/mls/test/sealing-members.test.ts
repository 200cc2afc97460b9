import { expect, test } from 'vitest'
import { sealingMembers } from './sealing-members.ts'
import { nth } from './test-kit.ts'

test('what each speaker of a group seals, the others open, one after the other', async () => {
  const members = await sealingMembers(4, 3)
  expect(members.length).toBe(3)
  for (const speaker of members) {
    const messages = [await speaker.seal(), await speaker.seal()]
    for (const reader of members.filter((one) => one !== speaker))
      for (const message of messages) expect(await reader.opens(message)).toBe(true)
  }
  await expect(nth(members, 0).opens(new Uint8Array(400))).rejects.toThrow('refused')
})
