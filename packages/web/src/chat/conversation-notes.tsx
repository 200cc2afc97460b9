import type { ReactNode } from 'react'
import { Hourglass } from 'lucide-react'
import type { ConversationView, Person } from '@halyard/client/api'
import { firstNameOf, isPersonal } from '../ui/avatar.tsx'
import { useQuery } from '../ui/client.tsx'
import { Icon } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'

/** What stands above the log for as long as something about it is not confirmed yet. */
export const ConversationNotes = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  if (conversation.kind === 'direct') return <NewcomerNote person={conversation.person} />
  if (isPersonal(conversation) || conversation.unconfirmedBy === undefined || conversation.ended !== undefined)
    return undefined
  return (
    <Note
      title={say('newcomer.title')}
      text={say('group.unconfirmed', { kind: conversation.kind, name: firstNameOf(conversation.unconfirmedBy) })}
    />
  )
}

const NewcomerNote = ({ person }: { readonly person: Person }): ReactNode => {
  const self = useQuery('chats', undefined)?.self
  const name = firstNameOf(person)
  const selfWaits = self?.standing === 'waiting' && person.invitedSelf
  if (person.standing === 'confirmed' && !selfWaits) return undefined
  if (person.standing === 'removed')
    return <Note title={say('person.removed', { name })} text={say('person.removed-text', { name })} />
  if (person.standing === 'lapsed')
    return <Note title={say('newcomer.lapsed')} text={say('newcomer.lapsed-text', { name })} />
  const text = selfWaits
    ? say('newcomer.invited-self', { name, until: self.lapsesAtMs ?? person.lapsesAtMs ?? Date.now() })
    : say(person.invitedBySelf ? 'newcomer.by-self' : 'newcomer.by-other', { name })
  return <Note title={say('newcomer.title')} text={text} />
}

const Note = ({ title, text }: { readonly title: string; readonly text: string }): ReactNode => (
  <section className={parts['note']} aria-label={title}>
    <Icon of={Hourglass} />
    <div>
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  </section>
)
