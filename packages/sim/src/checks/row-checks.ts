/** Checks on rows of a log: that it is one log, and that each row is its sender's. */
import type { Check } from '../checks.ts'

const intake = 'client/src/core/messaging/intake.ts'
const authors = 'client/src/core/messaging/authors.ts'
const rows = 'sim/test/attacks/rows.test.ts'
const payloads = 'sim/test/attacks/payloads.test.ts'

export const rowChecks: readonly Check[] = [
  {
    name: 'row: it follows in the chain of the log',
    file: intake,
    from: `if (!equal(chain, entry.chain)) return 'chain'`,
    to: '',
    attack: { file: rows, name: 'a row whose chain hash is wrong' },
  },
  {
    name: 'row: whom it names has signed it',
    file: 'crypto/src/verify/signed.ts',
    from: 'return (await verifier.verify(key, statement.signature, labelled(label, statement.body)))',
    to: 'return (await Promise.resolve(true))',
    attack: { file: rows, name: 'a row altered by the server (%s)', of: 'signature' },
  },
  {
    name: 'row: it is of this conversation',
    file: intake,
    from: 'if (!equal(value.conversation, draft.group.conversation)) return undefined',
    to: '',
    attack: { file: 'sim/test/attacks/moved-rows.test.ts', name: 'a row of another conversation' },
  },
  {
    name: 'row: its author is a member',
    file: intake,
    from: 'if (!hasMember(draft.group, value.account)) return undefined',
    to: '',
    attack: { file: 'sim/test/attacks/moved-rows.test.ts', name: 'a row of somebody who is no member' },
  },
  {
    name: 'row: the own ones were written here',
    file: intake,
    from: `[name]) === undefined) return 'copied'`,
    to: '[name]) === undefined) return undefined',
    attack: { file: rows, name: 'a row of the own leaf that this device never wrote' },
  },
  {
    name: 'row: its digest is that of the epoch',
    file: intake,
    from: 'if (!equal(stand.digest, row.digest)) return noteFork',
    to: 'if (false) return noteFork',
    attack: { file: rows, name: 'a digest that is not ours' },
  },
  {
    name: 'row: its epoch was made by a commit that stands in this log',
    file: intake,
    from: 'if (known !== undefined || draft.commits.has(toHex(row.madeBy)) || row.epoch < oldest)',
    to: 'if (true)',
    attack: { file: rows, name: 'different commits to the two' },
  },
  {
    name: 'row: its time is not far ahead of the own clock',
    file: intake,
    from: 'if (entry.timeMs > engine.context.ports.clock.nowMs() + limits.clockSkewMaxMs)',
    to: 'if (false)',
    attack: { file: rows, name: 'the server lies about the time' },
    with: ['sign-in: the clock of the server is near the own one'],
  },
  {
    name: 'sign-in: the clock of the server is near the own one',
    file: 'client/src/core/delivery/sync.ts',
    from: 'if (Math.abs(hello.serverTimeMs - clock.nowMs()) > limits.clockSkewMaxMs)',
    to: 'if (false)',
    attack: { file: rows, name: 'the server lies about the time' },
    with: ['row: its time is not far ahead of the own clock'],
  },
  {
    name: 'row: the sender inside is the one outside',
    file: intake,
    from: 'if (sender === undefined || !equal(sender.account, row.account) || !equal(sender.device, row.device))',
    to: 'if (sender === undefined)',
    attack: { file: 'sim/test/attacks/moved-rows.test.ts', name: 'sealed by one device, signed by another' },
  },
  {
    name: 'payload: its account is that of the row',
    file: 'client/src/core/messaging/payload.ts',
    from: '!equal(value.account, row.account)',
    to: 'false',
    attack: { file: rows, name: 'claims another sender than its content' },
  },
  {
    name: 'sequence: each number counts once',
    file: authors,
    from: `if (gap === undefined) return 'refused'`,
    to: `if (gap === undefined) return 'late'`,
    attack: { file: payloads, name: 'a replayed payload and one sequence number twice' },
  },
  {
    name: 'sequence: what came before is what its author says',
    file: authors,
    from: `!equal(blobOf(known, 'hash'), body.previous)`,
    to: 'false',
    attack: { file: payloads, name: 'a wrong previous hash is not taken' },
  },
  {
    name: 'sequence: a number that is left out is said',
    file: authors,
    from: 'else if (body.seq > last + 1) noteGap(',
    to: 'else if (false) noteGap(',
    attack: { file: rows, name: 'a row is dropped, and let through later' },
  },
  {
    name: 'restored: the server has been set back',
    file: 'client/src/core/delivery/sync.ts',
    from: 'if (before !== undefined && equal(before, now)) return',
    to: 'if (before !== undefined) return',
    attack: { file: rows, name: 'the server is set back to a copy' },
  },
  {
    name: 'restored: this device has read further than it knows',
    file: 'client/src/core/delivery/sync.ts',
    from: 'if (group !== undefined && passed > group.cursor.seq && isStillTheSameLog(conversation))',
    to: 'if (false)',
    attack: { file: rows, name: 'a restored older profile beside newer rows' },
    with: ['row: the own ones were written here'],
  },
  {
    name: 'row: an unknown conversation has none',
    file: 'client/src/core/messaging/runner.ts',
    from: `if (group === undefined) return context.count('row-unasked')`,
    to: 'if (group === undefined) return',
    attack: { file: rows, name: 'rows of conversations that nobody knows' },
  },
]
