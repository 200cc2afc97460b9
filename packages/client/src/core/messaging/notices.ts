/** The quiet lines of a conversation: who came, went, renamed it, or uses one more device. Told once per commit. */
import { equal, toHex } from '@halyard/protocol'
import type { Entry, Row } from '@halyard/protocol'
import type { GroupState } from '@halyard/mls'
import type { Notice } from '../api.ts'
import { endAuthors } from './authors.ts'
import { decidedBy } from './bound.ts'
import type { Bound } from './bound.ts'
import type { Draft } from './engine.ts'
import { peopleIn, roomOfState } from './group.ts'
import { entryOf } from './outbox.ts'
import { samePicture, setPicture } from './picture.ts'
import { askedToLeave, isClosed, peopleOf } from './room.ts'
import type { People, Room } from './room.ts'
import { addNotice, positionOf } from './timeline.ts'

export interface Told {
  readonly kind: Notice
  readonly subject?: Uint8Array
  readonly text?: string
  readonly amount?: number
  /** Who decided it, where that is another than whose client made the commit. */
  readonly by?: Uint8Array | undefined
}

/** More than this many people at once are one line. */
const listedMax = 8

export const noteChanges = (draft: Draft, state: GroupState, row: Row, entry: Entry): void => {
  const { chat, base, room } = draft.group
  const told = changesBetween(
    { room, people: peopleIn(draft.group), bound: draft.group.bound },
    { room: roomOfState(state), people: peopleOf(state) },
    askedToLeave(draft.group.current.state),
  )
  const { conversation } = draft.group
  notePicture(draft, state)
  const [before, after] = [peopleIn(draft.group), peopleOf(state)]
  draft.effects.push((database) => endAuthors(database, conversation, before, after))
  if (told.length > 0) addTold(draft, chat, base, row.account, entry, told)
}

const notePicture = ({ effects, group: { chat, room } }: Draft, state: GroupState): void => {
  const after = roomOfState(state)
  if (isClosed(room) || isClosed(after) || samePicture(room.picture, after.picture)) return
  effects.push((database, touch) => {
    setPicture(database, chat, after.picture)
    touch(`picture:${chat}`)
  })
}

/** Also called for what a newcomer finds: that it was added. */
export const addTold = (
  draft: Draft,
  chat: string,
  base: number,
  by: Uint8Array,
  entry: Entry,
  told: readonly Told[],
): void => {
  draft.effects.push((database, touch) => {
    for (const [index, one] of told.entries()) {
      addNotice(database, {
        key: `commit:${toHex(entryOf(entry.row))}:${index}`,
        chat,
        position: positionOf(base, entry.seq),
        atMs: entry.timeMs,
        kind: one.kind,
        person: one.by ?? by,
        ...(one.subject === undefined ? {} : { subject: one.subject }),
        ...(one.text === undefined ? {} : { text: one.text }),
        ...(one.amount === undefined ? {} : { amount: one.amount }),
      })
      if (one.kind === 'renamed') database.run('UPDATE chats SET title = ? WHERE chat = ?', [one.text ?? '', chat])
    }
    touch('chats')
    touch(`chat:${chat}`)
    touch(`members:${chat}`)
    // How far a new device has been brought in.
    if (told.some((one) => one.kind === 'device-added')) touch('devices')
    touch(`timeline:${chat}`)
  })
}

interface Moment {
  readonly room: Room
  readonly people: People
  readonly bound?: Bound | undefined
}

const changesBetween = (before: Moment, after: Moment, asked: ReadonlySet<string>): readonly Told[] => {
  const told: Told[] = []
  const came = [...after.people.values()].filter((one) => !before.people.has(toHex(one.account)))
  const went = [...before.people.values()].filter((one) => !after.people.has(toHex(one.account)))
  told.push(
    ...listed(
      'added',
      came.map((one) => one.account),
    ),
  )
  // Whoever asked to leave was taken out by somebody else, who did not decide it.
  for (const { account } of went.slice(0, listedMax))
    told.push(
      asked.has(toHex(account))
        ? { kind: 'left', subject: account }
        : { kind: 'removed', subject: account, by: decidedBy(before.bound, account) },
    )
  for (const one of after.people.values()) {
    const old = before.people.get(toHex(one.account))
    if (old === undefined) continue
    const has = (list: typeof old.leaves, device: Uint8Array) => list.some((leaf) => equal(leaf.device, device))
    if (one.leaves.some((leaf) => !has(old.leaves, leaf.device)))
      told.push({ kind: 'device-added', subject: one.account })
    if (old.leaves.some((leaf) => !has(one.leaves, leaf.device)))
      told.push({ kind: 'device-removed', subject: one.account })
  }
  if (isClosed(before.room) || isClosed(after.room)) return told
  if (before.room.title !== after.room.title) told.push({ kind: 'renamed', text: after.room.title })
  if (!samePicture(before.room.picture, after.room.picture)) told.push({ kind: 'picture' })
  const { moderators } = before.room
  for (const one of after.room.moderators)
    if (!moderators.some((old) => equal(old, one))) told.push({ kind: 'moderator', subject: one })
  return told
}

const listed = (kind: 'added', accounts: readonly Uint8Array[]): readonly Told[] => {
  const [first] = accounts
  if (first === undefined) return []
  if (accounts.length > listedMax) return [{ kind, subject: first, amount: accounts.length - 1 }]
  return accounts.map((subject) => ({ kind, subject }))
}
