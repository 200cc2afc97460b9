/** The device has durably taken everything up to the cursor. */
import { accept, equal, refuse } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'

export const pass: MemberHandler<'pass'> =
  (core, member, { conversation, cursor }) =>
  async () => {
    if (!equal(cursor.incarnation, await core.store.incarnation())) return refuse('cursor-unknown')
    const passed = await core.store.passEntries({
      conversation,
      device: member.device,
      seq: cursor.seq,
      chain: cursor.chain,
    })
    return passed.ok ? accept({}) : passed
  }
