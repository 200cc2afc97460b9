import { expect, test } from 'vitest'
import type { Identity } from './account/identity.ts'
import { createContext } from './context.ts'
import type { MemberPorts } from './member.ts'

test.each(['closed', 'stopped'] as const)('what was to happen later does not happen once a member has %s', (end) => {
  const due: (() => void)[] = []
  const clock: MemberPorts['clock'] = {
    nowMs: () => 1,
    setTimer(_afterMs, fire) {
      due.push(fire)
      return () => undefined
    },
  }
  const context = createContext({ clock } as MemberPorts, {} as Identity)
  let fired = 0
  context.ports.clock.setTimer(1, () => void fired++)
  for (const fire of due) fire()
  expect(fired).toBe(1)
  if (end === 'closed') context.close()
  else context.stop('fault')
  for (const fire of due) fire()
  expect(fired).toBe(1)
})
