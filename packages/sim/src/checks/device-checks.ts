/** Checks on devices that come and go, and on the account state that the server keeps for them. */
import type { Check } from '../checks.ts'

const entry = 'client/src/core/messaging/entry.ts'
const states = 'client/src/core/state/state-sync.ts'
const approve = 'client/src/core/devices/approve.ts'
const attack = {
  approvals: 'sim/test/attacks/approvals.test.ts',
  entries: 'sim/test/attacks/entries.test.ts',
  state: 'sim/test/attacks/account-state.test.ts',
} as const

export const deviceChecks: readonly Check[] = [
  {
    name: 'entry request: the key package is the one that was signed for',
    file: entry,
    from: '!equal(sha256(item.keyPackage), read.value.keyPackage)',
    to: 'false',
    attack: { file: attack.entries, name: 'another key package than the one that was signed for' },
  },
  {
    name: 'entry request: its device is valid now',
    file: entry,
    from: `if (validDevice(chain, read.value.device) === undefined) return drop('removed')`,
    to: '',
    attack: { file: attack.entries, name: 'a device that was removed meanwhile asks in vain' },
  },
  {
    name: 'entry request: three a day',
    file: entry,
    from: `if (isTooOften(engine, item.conversation, read.value.device)) return drop('often')`,
    to: '',
    attack: { file: attack.entries, name: 'four in a day' },
  },
  {
    name: 'entry request: of a member',
    file: entry,
    from: `if (!hasMember(group, named.account)) return drop('stranger')`,
    to: '',
    attack: { file: 'sim/test/attacks/entry-bounds.test.ts', name: 'of somebody who is no member' },
  },
  {
    name: 'entry request: of somebody who stands in the network',
    file: entry,
    from: "if (standing.kind !== 'confirmed') return drop(`standing-${standing.kind}`)",
    to: '',
    attack: { file: 'sim/test/attacks/entry-bounds.test.ts', name: 'of somebody who was put out of the network' },
  },
  {
    name: 'entry request: of this conversation',
    file: entry,
    from: '|| !equal(named.conversation, item.conversation)) return drop',
    to: ') return drop',
    attack: { file: 'sim/test/attacks/entry-bounds.test.ts', name: 'for another conversation' },
  },
  {
    name: 'state: by a device of the account',
    file: states,
    from: 'if (!signed.ok) return judgeUnread(decode(sealedState, state.body), hash, chain)',
    to: `if (!signed.ok && decode(sealedState, state.body) === undefined) return true
    const signedAll = signed.ok ? signed : { value: decode(sealedState, state.body)! }`,
    attack: { file: attack.state, name: 'a state that no device of the account signed' },
    with: ['state: taken as signed'],
  },
  {
    name: 'state: taken as signed',
    file: states,
    from: 'const { value } = signed',
    to: 'const { value } = signedAll',
    attack: { file: attack.state, name: 'a state that no device of the account signed' },
    with: ['state: by a device of the account'],
  },
  {
    name: 'state: none, where there was one',
    file: states,
    from: `if (knew !== undefined) context.alarm('state-rolled-back', '')`,
    to: '',
    attack: { file: attack.state, name: 'no account state at all, where there was one' },
  },
  {
    name: 'state: no older one than was known',
    file: states,
    from: 'return knew === undefined || value.number >= knew.number',
    to: 'return true',
    attack: { file: attack.state, name: 'an old account state: said' },
  },
  {
    name: 'state: one at each number',
    file: states,
    from: 'if (there !== undefined && !equal(there, hash)) return false',
    to: '',
    attack: { file: attack.state, name: 'another state at the number that this device stored itself' },
  },
  {
    name: 'state: it follows the one before',
    file: states,
    from: 'if (before !== undefined && !equal(before, value.previous)) return false',
    to: '',
    attack: { file: attack.state, name: 'a state that follows another one than this device stored' },
  },
  {
    name: 'state: what another device heard of is the same',
    file: 'client/src/core/messaging/payload.ts',
    from: "if (!noteHead(database, content)) raiseAlarm(engine, database, 'state-rolled-back', '', touch)",
    to: 'noteHead(database, content)',
    attack: { file: attack.state, name: 'two devices that stored different states at one number' },
  },
  {
    name: 'approval: the number is the one that was shown',
    file: approve,
    from: `if (number.replace(/\\s/g, '') !== approvalNumber(`,
    to: 'if (number === approvalNumber(',
    attack: { file: attack.approvals, name: 'a number that is read out wrong' },
  },
  {
    name: 'approval: the nonce is the one that was committed to',
    file: approve,
    from: 'revealsOffer(asking.offer, answer.value.nonce) ? answer.value.nonce : undefined',
    to: 'answer.value.nonce',
    attack: { file: attack.approvals, name: 'another nonce than the one that was committed to' },
  },
  {
    name: 'approval: the number belongs to the first answer',
    file: 'client/src/core/devices/add-device.ts',
    from: 'if (seen !== undefined && (answer === undefined || !equal(answer, seen))) return undefined',
    to: '',
    attack: { file: attack.approvals, name: 'the asking browser a second answer' },
  },
  {
    name: 'grant: by who has read the code',
    file: 'crypto/src/identity/device-offer.ts',
    from: 'grant.secret === offerSecret(secrets.code)',
    to: 'true',
    attack: { file: attack.approvals, name: 'from an account of its own' },
  },
  {
    name: 'removal of this device: its chain says so',
    file: 'client/src/core/account/removal.ts',
    from: `if (!stopRemoved(context, directory)) context.stop('removal-unproven')`,
    to: `if (!stopRemoved(context, directory)) context.stop('device-removed')`,
    attack: { file: 'sim/test/devices.test.ts', name: 'the server alone says that a device was removed' },
  },
]
