import type { CSSProperties, ReactNode } from 'react'
import { NotebookPen, Users } from 'lucide-react'
import type { ChatFace, Person } from '@halyard/client/api'
import { say } from '../words/words.tsx'
import { Icon, cx } from './icon.tsx'
import parts from './parts.module.css'
import { hueOf, initials, shownFirstName, shownName } from './shown-text.ts'

interface AvatarProps {
  readonly id: string
  readonly name: string
  /** A square with a sign instead of a person's circle with letters. */
  readonly sign?: typeof Users | undefined
  readonly size: number
}

/** The picture beside a name, in the colour of its id. `size` in CSS pixels. */
export const Avatar = ({ id, name, sign, size }: AvatarProps): ReactNode => (
  <span
    className={cx(parts['avatar'], sign !== undefined && parts['square'])}
    style={{ ...hueStyle(id), '--z': `${size}px` } as CSSProperties}
    aria-hidden="true"
  >
    {sign === undefined ? initials(name) : <Icon of={sign} />}
  </span>
)

export const hueStyle = (id: string): CSSProperties => ({ '--h': hueOf(id) }) as CSSProperties

/** Of a chat: the other person's, that of the own notes, or that of a group. */
export const ChatAvatar = (props: {
  readonly face: ChatFace
  readonly chatId: string
  readonly size: number
}): ReactNode => {
  const { face, size } = props
  if (!isPersonal(face)) return <Avatar id={props.chatId} name="" sign={Users} size={size} />
  const { accountId, name } = face.person
  return <Avatar id={accountId} name={name} sign={face.kind === 'me' ? NotebookPen : undefined} size={size} />
}

type PersonalFace = Extract<ChatFace, { readonly kind: 'me' | 'direct' }>

/** Whether a chat has one person for its face. */
export const isPersonal = <T extends ChatFace>(face: T): face is T & PersonalFace => 'person' in face

/** What a chat is called everywhere on screen. */
export const titleOf = (face: ChatFace): string => {
  if (!isPersonal(face)) return shownName(face.title) || say('group.unnamed')
  return face.kind === 'me' ? say('app.me') : nameOf(face.person)
}

export const nameOf = (person: Person): string => shownName(person.name) || say('app.someone')
export const firstNameOf = (person: Person): string => shownFirstName(person.name) || say('app.someone')
