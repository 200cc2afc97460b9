/** What screens are shown of a group or room: who is in it, and what one may do there. */
import { equal, toHex } from '@halyard/protocol'
import type { ConversationView, MemberView } from './api.ts'
import { changesOf, wantsToLeave } from './messaging/changes.ts'
import { peopleIn } from './messaging/group.ts'
import type { Group } from './messaging/group.ts'
import { isClosed } from './messaging/room.ts'
import { moderatesIn } from './messaging/room-rules.ts'
import { livingGroup, personOf } from './person-view.ts'
import type { ViewSources } from './person-view.ts'

export const mayHere = ({ context }: ViewSources, group: Group | undefined): ConversationView['may'] => {
  if (group === undefined || isClosed(group.room)) return { add: false, remove: false, rename: false, leave: false }
  const moderates = moderatesIn(group.room, peopleIn(group), context.identity().account)
  const change = group.room.kind === 'group' || moderates
  const leave = !wantsToLeave(context.ports.database, group.conversation)
  return { add: change, remove: moderates, rename: change, leave }
}

export const membersView = (sources: ViewSources, chat: string | undefined): readonly MemberView[] => {
  const group = chat === undefined ? undefined : livingGroup(sources, chat)
  if (group === undefined) return []
  const moderators = isClosed(group.room) ? [] : group.room.moderators
  const people = peopleIn(group)
  const there = [...people.values()].map(({ account, leaves }) => ({
    person: personOf(sources, account),
    devices: leaves.length,
    moderator: moderators.some((one) => equal(one, account)),
    waiting: false,
  }))
  const coming = changesOf(sources.context.ports.database, group.conversation).flatMap(({ change }) =>
    change.kind === 'add-person' && !people.has(toHex(change.account))
      ? [{ person: personOf(sources, change.account), devices: 0, moderator: false, waiting: true }]
      : [],
  )
  const all: MemberView[] = [...there, ...coming]
  return all.sort(
    (a, b) => Number(b.person.isSelf) - Number(a.person.isSelf) || a.person.name.localeCompare(b.person.name),
  )
}
