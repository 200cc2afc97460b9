import { useMemo, useState } from 'react'
import type { FormEvent, ReactNode } from 'react'
import { LogOut, UserMinus } from 'lucide-react'
import { accept, limits } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { ChatList, ConversationView, Person } from '@halyard/client/api'
import { firstNameOf, nameOf, titleOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { DialogFoot, DialogHead, DialogRefusal } from '../ui/dialog-parts.tsx'
import styles from '../ui/dialog.module.css'
import { TextField } from '../ui/fields.tsx'
import type { GroupDialog } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { PictureField } from './picture-field.tsx'
import { useCommand } from '../ui/use-command.ts'

interface GroupDialogsProps {
  readonly dialog: GroupDialog
  readonly chats: ChatList | undefined
  readonly onClose: () => void
}

/** What is done to a group or room from its details. */
export const GroupDialogs = ({ dialog, chats, onClose }: GroupDialogsProps): ReactNode => {
  const { chatId } = dialog
  const conversation = useQuery('conversation', { chatId })
  const title = conversation === undefined ? '' : titleOf(conversation)
  switch (dialog.kind) {
    case 'add-people':
      return <AddPeople chatId={chatId} chats={chats} onClose={onClose} />
    case 'rename':
      // Drawn when it is known what stands in the field.
      return conversation !== undefined && <Rename conversation={conversation} title={title} onClose={onClose} />
    case 'remove':
      return <Remove chatId={chatId} title={title} person={dialog.person} onClose={onClose} />
    case 'leave':
      return <Leave chatId={chatId} title={title} onClose={onClose} />
  }
}

const AddPeople = (props: {
  readonly chatId: string
  readonly chats: ChatList | undefined
  readonly onClose: () => void
}): ReactNode => {
  const { chatId, onClose } = props
  const api = useApi()
  const command = useCommand()
  const members = useQuery('members', { chatId })
  const without = useMemo(() => new Set(members?.map((member) => member.person.accountId)), [members])
  const [chosen, setChosen] = useState<readonly Person[]>([])
  const [missing, setMissing] = useState(false)
  const add = (): void => {
    const people = chosen.map((person) => person.accountId)
    setMissing(people.length === 0)
    if (people.length > 0) command.run(() => api.addPeople({ chatId, people }), onClose)
  }
  return (
    <>
      <DialogHead title={say('group.add')} />
      <div className={styles['body']}>
        <PeoplePicker autoFocus chats={props.chats} without={without} chosen={chosen} onChange={setChosen} />
        {missing && chosen.length === 0 && (
          <p className={styles['refusal']} role="alert">
            {say('group.choose')}
          </p>
        )}
        <DialogRefusal code={command.refusal} />
      </div>
      <DialogFoot
        note={say('group.add-note')}
        action={say('group.add')}
        acting={say('group.adding')}
        busy={command.busy}
        onCancel={onClose}
        onAct={add}
      />
    </>
  )
}

interface OneGroupProps {
  readonly chatId: string
  readonly title: string
  readonly onClose: () => void
}

interface RenameProps {
  readonly conversation: ConversationView
  readonly title: string
  readonly onClose: () => void
}
const Rename = ({ conversation, title, onClose }: RenameProps): ReactNode => {
  const { chatId } = conversation
  const api = useApi()
  const command = useCommand()
  const [typed, setTyped] = useState(title)
  const [missing, setMissing] = useState(false)
  const stands = useQuery('picture', { chatId })
  /** `undefined`: as it stands. */
  const [chosen, setChosen] = useState<{ readonly picture: Uint8Array | undefined }>()
  const change = async (): Promise<Result<undefined>> => {
    if (chosen !== undefined) {
      const set = await api.setPicture({ chatId, ...(chosen.picture && { picture: chosen.picture }) })
      if (!set.ok || typed === title) return set
    }
    return typed === title ? accept(undefined) : api.renameGroup({ chatId, title: typed })
  }
  const save = (event: FormEvent): void => {
    event.preventDefault()
    if (typed.trim() === '') return setMissing(true)
    command.run(change, onClose)
  }
  return (
    <form onSubmit={save}>
      <DialogHead title={say('group.look')} />
      <div className={styles['body']}>
        <PictureField
          picture={chosen === undefined ? stands : chosen.picture}
          onChange={(picture) => setChosen({ picture })}
        >
          <TextField
            label={say('group.name')}
            value={typed}
            maxLength={limits.nameMaxLength}
            error={missing ? say('group.name-missing') : undefined}
            onChange={(value) => {
              setTyped(value)
              setMissing(false)
            }}
            autoFocus
          />
        </PictureField>
        <DialogRefusal code={command.refusal} />
      </div>
      <DialogFoot action={say('app.save')} acting={say('app.saving')} busy={command.busy} onCancel={onClose} />
    </form>
  )
}

const Remove = ({ chatId, title, person, onClose }: OneGroupProps & { readonly person: Person }): ReactNode => {
  const api = useApi()
  const name = firstNameOf(person)
  return (
    <Confirm
      icon={UserMinus}
      heading={say('group.remove-title', { name: nameOf(person) })}
      lines={[say('group.remove-means', { title, name }), say('group.remove-seen', { name })]}
      action={say('group.remove')}
      acting={say('group.removing')}
      onClose={onClose}
      run={() => api.removePerson({ chatId, accountId: person.accountId })}
    />
  )
}

const Leave = ({ chatId, title, onClose }: OneGroupProps): ReactNode => {
  const api = useApi()
  return (
    <Confirm
      icon={LogOut}
      heading={say('group.leave-title', { title })}
      lines={[say('group.leave-means', { title }), say('group.leave-seen')]}
      action={say('group.leave')}
      acting={say('group.leaving-now')}
      onClose={onClose}
      run={() => api.leaveGroup(chatId)}
    />
  )
}
