/** Bugs for the server. */
import type { Mutant } from './mutants.ts'

export const serverMutants: readonly Mutant[] = [
  {
    name: 'the server acknowledges what it has not stored',
    file: 'packages/server/src/node/sqlite/engine.ts',
    from: `database.exec('COMMIT')`,
    to: `if ((globalThis.batches = (globalThis.batches ?? 0) + 1) % 2 === 0) database.exec('ROLLBACK'); else database.exec('COMMIT')`,
    oracle: { test: 'packages/server/src/core/delivery/delivery.test.ts' },
  },
  {
    name: 'a second commit for an epoch that is settled is taken',
    file: 'packages/server/src/node/sqlite/delivery.ts',
    from: `if (append.kind === 'commit' && isOver) return refuse('epoch-old')`,
    to: '',
    oracle: { test: 'packages/server/src/core/delivery/delivery.test.ts' },
  },
  {
    name: 'rows are given from one too late',
    file: 'packages/server/src/node/sqlite/delivery.ts',
    from: `const from = Math.max(after, numberOf(reader['since']))`,
    to: `const from = Math.max(after, numberOf(reader['since'])) + 1`,
    oracle: { scenario: 'weather' },
  },
  {
    name: 'routing keeps a device that a commit has removed',
    file: 'packages/server/src/node/sqlite/membership.ts',
    from: 'for (const reader of removed) readers -= leave(sql, conversation, reader, seq)',
    to: '',
    oracle: { test: 'packages/server/src/core/delivery/delivery.test.ts' },
  },
  {
    name: 'whoever was removed reads on',
    file: 'packages/server/src/node/sqlite/delivery.ts',
    from: `const until = reader['until'] === null ? Number.MAX_SAFE_INTEGER : numberOf(reader['until'])`,
    to: 'const until = Number.MAX_SAFE_INTEGER',
    oracle: { test: 'packages/server/src/core/delivery/delivery.test.ts' },
  },
  {
    name: 'what lies in mailboxes is gone after a crash',
    file: 'packages/server/src/node/sqlite/local-store.ts',
    from: 'const reads = createReads(database)',
    to: `const reads = createReads(database); if (typeof at !== 'string') database.exec('DELETE FROM mailbox_item')`,
    oracle: { scenario: 'mailboxes' },
  },
  {
    name: 'rows go when the first reader has passed them',
    file: 'packages/server/src/node/sqlite/routing.ts',
    from: '(SELECT min(passed) FROM reader',
    to: '(SELECT max(passed) FROM reader',
    oracle: { scenario: 'weather' },
  },
  {
    name: 'one key package is given to everybody who asks',
    file: 'packages/server/src/node/sqlite/directory.ts',
    from: 'UPDATE key_package SET package = NULL WHERE device = ? AND number = ?',
    to: 'UPDATE key_package SET package = package WHERE device = ? AND number = ?',
    oracle: { test: 'packages/server/src/core/directory/directory.test.ts' },
  },
  {
    name: 'a committer that says so after the next one has is not heard',
    file: 'packages/server/src/node/sqlite/membership.ts',
    from: 'epoch - bounds.settledLateMax,',
    to: 'epoch + 1,',
    oracle: { test: 'packages/server/src/core/delivery/settle.test.ts' },
  },
  {
    name: 'after a restore anybody becomes a reader of anything',
    file: 'packages/server/src/node/sqlite/membership.ts',
    from: `if (there !== undefined && !isReader(sql, conversation, device)) return refuse('conversation-unknown')`,
    to: '',
    oracle: { test: 'packages/server/src/core/delivery/revive-conversation.test.ts' },
  },
  {
    name: 'routing is taken from members where nothing was restored',
    file: 'packages/server/src/core/delivery/revive-conversation.ts',
    from: `if (restoredMs === undefined || nowMs - restoredMs > bounds.revivalMs) return refuse('policy-denied')`,
    to: '',
    oracle: { test: 'packages/server/src/core/delivery/revive-conversation.test.ts' },
  },
  {
    name: 'the time of a log that was far ahead stays ahead',
    file: 'packages/server/src/node/sqlite/delivery.ts',
    from: 'beforeMs - nowMs > limits.clockSkewMaxMs ? nowMs : Math.max(beforeMs, nowMs)',
    to: 'Math.max(beforeMs, nowMs)',
    oracle: { test: 'packages/sim/test/attacks/clocks.test.ts' },
  },
]
