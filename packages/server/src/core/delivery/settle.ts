/** The committer found its commit to be the first valid one: epoch and routing move, and Welcomes go out. */
import { accept, decode, equal, refuse, row as rowSchema, signedRow } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'
import { refusedWelcomes } from './welcomes.ts'

export const settle: MemberHandler<'settle'> = async (core, member, { conversation, seq, welcomes }) => {
  const readers = await core.store.readersOf(conversation)
  if (!readers.some((device) => equal(device, member.device))) return refuse('conversation-unknown')
  const commit = await core.store.commitAt(conversation, seq)
  if (commit === 'settled') return () => accept({})
  if (commit === undefined || !equal(commit.device, member.device)) return refuse('epoch-old')
  const signed = decode(signedRow, commit.row)
  const row = signed === undefined ? undefined : decode(rowSchema, signed.body)
  if (row?.content.kind !== 'commit') throw new Error('an open commit is not a commit row')
  const { added, removed } = row.content
  const refused = refusedWelcomes(welcomes, added)
  if (refused !== undefined) return refused
  return async () => {
    const settled = await core.store.settleCommit({
      conversation,
      device: member.device,
      seq,
      epoch: commit.epoch,
      added,
      removed,
      welcomes,
    })
    if (!settled.ok) return settled
    core.fanOut.forget(conversation)
    core.fanOut.mailboxes(settled.value.rings)
    return accept({})
  }
}
