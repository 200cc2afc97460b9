/** Planted bugs in the client core, each with the scenario whose oracles must find it. */

export interface Mutant {
  readonly name: string
  /** Below packages/client/src/core. */
  readonly file: string
  /** White space does not count; must stand there exactly once. */
  readonly from: string
  readonly to: string
  readonly scenario: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'the chain of the log is not checked',
    file: 'messaging/intake.ts',
    from: `if (!equal(chain, entry.chain)) return 'chain'`,
    to: '',
    scenario: 'alteredChain',
  },
  {
    name: 'the digest of a row is not compared',
    file: 'messaging/intake.ts',
    from: 'if (!equal(stand.digest, row.digest)) return',
    to: 'if (false) return',
    scenario: 'foreignDigest',
  },
  {
    name: 'own rows that were never written are taken',
    file: 'messaging/intake.ts',
    from: `[name]) === undefined) return 'copied'`,
    to: '[name]) === undefined) return undefined',
    scenario: 'copied',
  },
  {
    name: 'the account inside may be another',
    file: 'messaging/payload.ts',
    from: '!equal(value.account, row.account)',
    to: 'false',
    scenario: 'spoofed',
  },
  {
    name: 'routing is not compared with the proposals',
    file: 'messaging/commits.ts',
    from: 'if (!routesAsProposed(content, taken.proposals)) return',
    to: 'if (false) return',
    scenario: 'spoofed',
  },
  {
    name: 'links of any scheme are kept',
    file: 'messaging/ranges.ts',
    from: '(range.url === undefined || safeUrl(range.url))',
    to: 'true',
    scenario: 'spoofed',
  },
  {
    name: 'a sequence number may come twice',
    file: 'messaging/authors.ts',
    from: `if (gap === undefined) return 'refused'`,
    to: `if (gap === undefined) { database.run('DELETE FROM seen'); return 'next' }`,
    scenario: 'spoofed',
  },
  {
    name: 'rows of a void epoch in the same batch are a second history',
    file: 'messaging/intake.ts',
    from: 'draft.commits.has(toHex(row.madeBy)) ||',
    to: '',
    scenario: 'spoiledPath',
  },
  {
    name: 'who cannot follow does not repair',
    file: 'messaging/commits.ts',
    from: `SET unreadable = 1`,
    to: `SET unreadable = 0`,
    scenario: 'spoiledPath',
  },
  {
    name: 'the epoch kept for an undo is dropped',
    file: 'messaging/commits.ts',
    from: 'peopleOf(state).size < 2',
    to: 'true',
    scenario: 'undone',
  },
  {
    name: 'messages of a void epoch are not sealed again',
    file: 'messaging/commits.ts',
    from: 'for (const row of unconfirmed) requeue(database, row, true)',
    to: '',
    scenario: 'undone',
  },
  {
    name: 'what was said in the other conversation is not deduped',
    file: 'messaging/payload.ts',
    from: 'if (!firstSight(database, seenKey, entry.timeMs)) return',
    to: `if (!firstSight(database, seenKey, entry.timeMs)) database.run("UPDATE timeline SET key = key || 'x' WHERE key = ?", [toHex(seenKey)])`,
    scenario: 'bothAtOnce',
  },
  {
    name: 'a device of nobody holds up the log',
    file: 'messaging/intake.ts',
    from: 'return engine.directory.account(value.account)?.devices.get(toHex(value.device))?.mlsKey',
    to: `const key = engine.directory.account(value.account)?.devices.get(toHex(value.device))?.mlsKey; if (key === undefined) throw new Error('waits'); return key`,
    scenario: 'strangerRow',
  },
  {
    name: 'it speaks before it commits',
    file: 'messaging/runner.ts',
    from: 'while (await sealQueued(engine, mustLoad(engine, conversation))) send(engine, conversation)',
    to: 'await sealQueued(engine, mustLoad(engine, conversation)); database.run("DELETE FROM outbox WHERE state = ? AND abs(random()) % 3 = 0", ["sealed"])',
    scenario: 'weather',
  },
  {
    name: 'receipts are not heard',
    file: 'messaging/receipts.ts',
    from: `if (!raiseState(database, chat, id, state)) return`,
    to: 'if (true) return',
    scenario: 'weather',
  },
  {
    name: 'an own row keeps its waiting place',
    file: 'messaging/timeline.ts',
    from: `SET position = ?, state = 'sent'`,
    to: `SET position = ? + 4503599627370496, state = 'sent'`,
    scenario: 'weather',
  },
  {
    name: 'the ratchet is not written',
    file: 'messaging/group-store.ts',
    from: `else database.run('INSERT OR REPLACE INTO ratchets`,
    to: `else database.get('SELECT ?1, ?2, ?3, ?1 AS ignored -- ratchets`,
    scenario: 'weather',
  },
  {
    name: 'the rules of a room are not kept',
    file: 'messaging/room-rules.ts',
    from: 'return breach === undefined\n',
    to: 'return true\n',
    scenario: 'roomRules',
  },
  {
    name: 'any number lets a device in',
    file: 'devices/approve.ts',
    from: `if (number.replace(/\\s/g, '') !== approvalNumber(`,
    to: `if (number === approvalNumber(`,
    scenario: 'wrongNumber',
  },
]
