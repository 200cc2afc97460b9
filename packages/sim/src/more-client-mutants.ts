/** More bugs for the client core: what is durable when, who may come in, and who has to go. */
import type { Mutant } from './mutants.ts'

export const moreClientMutants: readonly Mutant[] = [
  {
    name: 'what was on its way when a connection broke is forgotten',
    file: 'packages/client/src/core/messaging/runner.ts',
    from: 'for (const inbox of inboxes.values()) inbox.inFlight.clear()',
    to: `database.run("DELETE FROM outbox WHERE state = 'sealed'")`,
    oracle: { scenario: 'weather' },
  },
  {
    name: 'one conversation has no queue',
    file: 'packages/client/src/core/context.ts',
    from: 'const before = queues.get(key) ?? Promise.resolve()',
    to: 'const before = Promise.resolve()',
    oracle: { crowd: 1 },
  },
  {
    name: 'who waits to be admitted is as good as admitted',
    file: 'packages/client/src/core/messaging/join.ts',
    from: `if (standing.kind === 'waiting') return equal(standing.invitedBy, account) ? 'yes' : 'later'`,
    to: `if (standing.kind === 'waiting') return 'yes'`,
    oracle: { test: 'packages/sim/test/attacks/welcomes.test.ts' },
  },
  {
    name: 'a complaint is not heard',
    file: 'packages/client/src/core/messaging/commits.ts',
    from: 'kept: { ...kept, complained: true }',
    to: 'kept',
    oracle: { scenario: 'undone' },
  },
  {
    name: 'a removal that came second binds nobody',
    file: 'packages/client/src/core/messaging/commits.ts',
    from: 'return bind(engine, draft, row, row.content)',
    to: 'return',
    oracle: { test: 'packages/sim/test/attacks/removals.test.ts' },
  },
  {
    name: 'how far another device has read is not taken over',
    file: 'packages/client/src/core/state/shared.ts',
    from: 'for (const { conversation, read } of document.conversations) putRead(database, conversation, read)',
    to: '',
    oracle: { test: 'packages/sim/test/account-state.test.ts' },
  },
  {
    name: 'the key of the account state outlives a removed device',
    file: 'packages/client/src/core/state/keys.ts',
    from: '...[...chain.devices.values()].map((device) => device.removedSeq ?? 0)',
    to: '0',
    oracle: { test: 'packages/sim/test/attacks/account-state.test.ts' },
  },
  {
    name: 'past epochs are never deleted',
    file: 'packages/client/src/core/messaging/commits.ts',
    from: '.slice(-limits.pastEpochsMax)',
    to: '',
    oracle: { scenario: 'pastEpochs' },
  },
  {
    name: 'receipts of who has gone stand for those who have not',
    file: 'packages/client/src/core/messaging/receipts.ts',
    from: 'return others.every((name) => said.has(name))',
    to: 'return said.size >= others.length',
    oracle: { scenario: 'receiptsOfTheGone' },
  },
]
