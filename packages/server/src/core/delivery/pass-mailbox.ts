import { accept } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'

export const passMailbox: MemberHandler<'pass-mailbox'> =
  (core, member, { position }) =>
  async () => {
    const passed = await core.store.passMailbox({ device: member.device, position })
    return passed.ok ? accept({}) : passed
  }
