/** The committer found its commit to be the first valid one: epoch and routing move, and Welcomes go out. */
import { accept, decode, equal, limits, refuse, row as rowSchema, signedRow, toHex } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { Core, Member, MemberHandler } from '../core.ts'
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
  const since = commit.isLate ? await changesSince(core, member, conversation, seq) : unchanged
  const added = row.content.added.filter((device) => !since.removed.has(toHex(device)))
  const removed = row.content.removed.filter((device) => !since.added.has(toHex(device)))
  const refused = refusedWelcomes(welcomes, row.content.added)
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

interface Changes {
  readonly added: ReadonlySet<string>
  readonly removed: ReadonlySet<string>
}
const unchanged: Changes = { added: new Set(), removed: new Set() }

/** Who has come and gone by the commits after it: what one says late does not undo what followed. */
const changesSince = async (core: Core, member: Member, conversation: Uint8Array, seq: number): Promise<Changes> => {
  const read = await core.store.entriesAfter(
    conversation,
    member.device,
    seq,
    limits.rowsPerFetchMax,
    bounds.fetchMaxBytes,
  )
  const contents = (read.ok ? read.value.entries : []).flatMap(({ row: bytes }) => {
    const signed = decode(signedRow, bytes)
    const content = signed === undefined ? undefined : decode(rowSchema, signed.body)?.content
    return content?.kind === 'commit' ? [content] : []
  })
  return {
    added: new Set(contents.flatMap((content) => content.added.map(toHex))),
    removed: new Set(contents.flatMap((content) => content.removed.map(toHex))),
  }
}
