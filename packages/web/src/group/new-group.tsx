import { useEffect, useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Lock, Shield, Users } from 'lucide-react'
import { limits } from '@halyard/protocol'
import type { ChatId, ChatList, Person } from '@halyard/client/api'
import { useApi } from '../ui/client.tsx'
import { DialogFoot, DialogHead, DialogRefusal } from '../ui/dialog-parts.tsx'
import styles from '../ui/dialog.module.css'
import { TextField } from '../ui/fields.tsx'
import { Icon } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { PictureField } from './picture-field.tsx'
import { useCommand } from '../ui/use-command.ts'

type Kind = 'group' | 'room'

interface NewGroupProps {
  readonly chats: ChatList | undefined
  readonly onClose: () => void
  readonly onMade: (chatId: ChatId) => void
}

/** A new group or room: what it is, its name, and who is in it. */
export const NewGroup = ({ chats, onClose, onMade }: NewGroupProps): ReactNode => {
  const api = useApi()
  const command = useCommand()
  const field = useRef<HTMLInputElement>(null)
  const [kind, setKind] = useState<Kind>('group')
  const [title, setTitle] = useState('')
  const [missing, setMissing] = useState(false)
  const [picture, setPicture] = useState<Uint8Array>()
  const [chosen, setChosen] = useState<readonly Person[]>([])
  const [made, setMade] = useState<ChatId>()
  // Shown when it stands in the list: before, there is nothing to go to.
  const isListed = made !== undefined && chats?.items.some((item) => item.chatId === made) === true
  useEffect(() => {
    if (isListed) onMade(made)
  }, [isListed, made, onMade])
  const create = (): void => {
    if (title.trim() === '') {
      setMissing(true)
      return field.current?.focus()
    }
    const people = chosen.map((person) => person.accountId)
    command.run(() => api.createGroup({ kind, title, people, ...(picture && { picture }) }), setMade)
  }
  return (
    <>
      <DialogHead title={say('group.new')} />
      <div className={styles['body']}>
        <KindChoice kind={kind} onChange={setKind} />
        <PictureField picture={picture} onChange={setPicture}>
          <TextField
            ref={field}
            label={say('group.name')}
            value={title}
            maxLength={limits.nameMaxLength}
            error={missing ? say('group.name-missing') : undefined}
            onChange={(value) => {
              setTitle(value)
              setMissing(false)
            }}
            autoFocus
          />
        </PictureField>
        <PeoplePicker chats={chats} chosen={chosen} onChange={setChosen} />
        <DialogRefusal code={command.refusal} />
      </div>
      <DialogFoot
        note={
          <>
            <Icon of={Lock} size="m" />
            {say('group.readers', { count: chosen.length + 1 })}
          </>
        }
        action={say('group.create')}
        acting={say('group.creating')}
        busy={command.busy}
        onCancel={onClose}
        onAct={create}
      />
    </>
  )
}

const KindChoice = (props: { readonly kind: Kind; readonly onChange: (kind: Kind) => void }): ReactNode => {
  const { kind } = props
  const id = useId()
  return (
    <fieldset className={styles['group']} aria-describedby={`${id}-means`}>
      <legend className={parts['hidden']}>{say('group.kind')}</legend>
      <div className={styles['segments']}>
        {(['group', 'room'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name={`${id}-kind`} checked={kind === each} onChange={() => props.onChange(each)} />
            {say(`group.kind-${each}`)}
          </label>
        ))}
      </div>
      <p className={parts['fine']} id={`${id}-means`}>
        <Icon of={kind === 'group' ? Users : Shield} size="s" />
        {say(`group.means-${kind}`)}
      </p>
    </fieldset>
  )
}
