import { useEffect, useMemo } from 'react'
import type { CSSProperties, ReactNode } from 'react'
import { NotebookPen, Users } from 'lucide-react'
import type { ChatFace, Person } from '@halyard/client/api'
import { say } from '../words/words.tsx'
import { useQuery } from './client.tsx'
import { Icon, cx } from './icon.tsx'
import parts from './parts.module.css'
import { hueOf, initials, shownFirstName, shownName } from './shown-text.ts'

interface AvatarProps {
  readonly id: string
  readonly name: string
  /** A square with a sign instead of a person's circle with letters. */
  readonly sign?: typeof Users | undefined
  readonly size: number
  /** The address of an image that stands over the sign. */
  readonly image?: string | undefined
}

/** The picture beside a name, in the colour of its id. `size` in CSS pixels. */
export const Avatar = ({ id, name, sign, size, image }: AvatarProps): ReactNode => (
  <span
    className={cx(parts['avatar'], sign !== undefined && parts['square'])}
    style={{ ...hueStyle(id), '--z': `${size}px` } as CSSProperties}
    aria-hidden="true"
  >
    {sign === undefined ? initials(name) : <Icon of={sign} />}
    {image !== undefined && <img src={image} alt="" />}
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
  if (!isPersonal(face)) return <GroupAvatar pictured={face.picture} chatId={props.chatId} size={size} />
  const { accountId, name } = face.person
  return <Avatar id={accountId} name={name} sign={face.kind === 'me' ? NotebookPen : undefined} size={size} />
}

interface GroupAvatarProps {
  readonly chatId: string
  readonly size: number
}
const GroupAvatar = ({ pictured, ...props }: GroupAvatarProps & { readonly pictured: boolean }): ReactNode =>
  pictured ? <Pictured {...props} /> : <Avatar id={props.chatId} name="" sign={Users} size={props.size} />
const Pictured = ({ chatId, size }: GroupAvatarProps): ReactNode => {
  const image = useImage(useQuery('picture', { chatId }))
  return <Avatar id={chatId} name="" sign={Users} size={size} image={image} />
}

/** An address for the bytes of a picture, for as long as something shows it. */
export const useImage = (picture: Uint8Array | undefined): string | undefined => {
  const image = useMemo(
    () => picture && URL.createObjectURL(new Blob([Uint8Array.from(picture)], { type: 'image/jpeg' })),
    [picture],
  )
  useEffect(
    () => () => {
      if (image !== undefined) URL.revokeObjectURL(image)
    },
    [image],
  )
  return image
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
