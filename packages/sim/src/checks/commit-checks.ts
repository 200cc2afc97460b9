/** Checks on commits and what is said about them: which one ends an epoch, which is void, and whom a lost one binds. */
import type { Check } from '../checks.ts'

const commits = 'client/src/core/messaging/commits.ts'
const unopened = 'client/src/core/messaging/unopened.ts'
const attack = {
  commits: 'sim/test/attacks/commits.test.ts',
  cutOff: 'sim/test/attacks/cut-off.test.ts',
  removals: 'sim/test/attacks/removals.test.ts',
} as const

export const commitChecks: readonly Check[] = [
  {
    name: 'commit: it ends the epoch that one stands in',
    file: commits,
    from: 'if (row.epoch !== current.epoch || !equal(row.madeBy, current.madeBy)) {',
    to: 'if (false) {',
    attack: { file: attack.removals, name: 'the removal binds, and nothing is sealed for them' },
  },
  {
    name: 'commit: it routes as it proposes',
    file: commits,
    from: `if (!routesAsProposed(content, taken.proposals)) return engine.context.count('commit-routing')`,
    to: '',
    attack: { file: attack.commits, name: 'routing unlike the proposals is skipped' },
  },
  {
    name: 'commit: whoever made it has signed its row',
    file: commits,
    from: '!equal(sender.device, row.device) || !equal(sender.account, row.account)',
    to: 'false',
    attack: { file: 'sim/test/attacks/moved-rows.test.ts', name: 'a commit in a row of somebody else' },
  },
  {
    name: 'commit: the own one is in force at the time of its row, as for the others',
    file: commits,
    from: 'if (!isInForce(pending, entry)) {',
    to: 'if (false) {',
    attack: { file: 'sim/test/attacks/clocks.test.ts', name: 'not followed by its own maker either' },
  },
  {
    name: 'complaint: only one that was complained of is undone',
    file: commits,
    from: 'kept.complained && row.epoch',
    to: 'row.epoch',
    attack: { file: 'sim/test/attacks/complaints.test.ts', name: 'without a complaint' },
  },
  {
    name: 'complaint: nobody is undone before the patience is over',
    file: commits,
    from: 'entry.timeMs >= kept.commitMs + limits.complaintPatienceMs',
    to: 'true',
    attack: { file: 'sim/test/attacks/complaints.test.ts', name: 'before the patience is over' },
  },
  {
    name: 'complaint: it names the commit',
    file: commits,
    from: '|| kept === undefined || !equal(row.content.commit, kept.commit)) return',
    to: '|| kept === undefined) return',
    attack: { file: 'sim/test/attacks/complaints.test.ts', name: 'about another commit' },
  },
  {
    name: 'complaint: none by the account that committed',
    file: commits,
    from: `if (equal(row.account, kept.committer)) return engine.context.count('complaint')`,
    to: '',
    attack: { file: 'sim/test/attacks/complaints.test.ts', name: 'by the account that committed' },
  },
  {
    name: 'cut off: no other commit while the unopened one may stand',
    file: commits,
    from: 'draft.group.unopened !== undefined && !voids(draft.group.unopened, entry)',
    to: 'false',
    attack: { file: attack.cutOff, name: 'takes no other commit of that epoch while it may stand' },
  },
  {
    name: 'cut off: void only with a complaint in the log',
    file: unopened,
    from: 'complained && !confirmed',
    to: '!confirmed',
    attack: {
      file: attack.cutOff,
      name: 'a second commit %s does not take the place of the first',
      of: 'without a complaint in the log',
    },
  },
  {
    name: 'cut off: void only where nobody stands by it',
    file: unopened,
    from: '!confirmed && entry.timeMs',
    to: 'entry.timeMs',
    attack: { file: attack.cutOff, name: 'takes no commit that the others would not' },
  },
  {
    name: 'cut off: void only after the patience',
    file: unopened,
    from: 'entry.timeMs >= timeMs + limits.complaintPatienceMs',
    to: 'true',
    attack: {
      file: attack.cutOff,
      name: 'a second commit %s does not take the place of the first',
      of: 'before its time',
    },
  },
  {
    name: 'removal: an own commit that leaves it undone is given up',
    file: commits,
    from: 'if (boundLeaves(draft.group.bound, peopleOf(next.state)).length > 0) {',
    to: 'if (false) {',
    attack: { file: attack.removals, name: 'a commit that was on its way when the removal bound' },
  },
  {
    name: 'removal: it binds in the next epoch alone',
    file: commits,
    from: 'if (row.epoch !== current.epoch - 1 || clear.epoch !== row.epoch) return',
    to: '',
    attack: { file: attack.removals, name: 'a removal from before, shown once more' },
  },
  {
    name: 'removal: nothing is sealed while it is due',
    file: 'client/src/core/messaging/removals.ts',
    from: 'boundLeaves(group.bound, peopleIn(group)).length > 0 ||',
    to: '',
    attack: { file: attack.removals, name: 'whom the winning commit lets in is bound as well' },
  },
  {
    name: 'removal: nothing is sealed for a device that its account has given up',
    file: 'client/src/core/messaging/removals.ts',
    from: 'endedLeaves(engine, group).length > 0 ||',
    to: '',
    attack: { file: attack.removals, name: 'a device that its account has given up' },
  },
  {
    name: 'removal: due for a minute, it is an alarm',
    file: 'client/src/core/messaging/removals.ts',
    from: `if (now - before >= limits.removalPatienceMs) context.alarm('removal-held-up', group.chat)`,
    to: '',
    attack: { file: attack.removals, name: 'after a minute it is an alarm' },
  },
]
