import { useMemo, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { X } from 'lucide-react'
import { Autocomplete, Input, Label, ListBox, ListBoxItem, SearchField, useFilter } from 'react-aria-components'
import type { ChatList, Person } from '@halyard/client/api'
import { Avatar, nameOf } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { shownName } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import styles from './group.module.css'

interface PeoplePickerProps {
  readonly chats: ChatList | undefined
  /** Account ids of those who are in it already. */
  readonly without?: ReadonlySet<string>
  readonly chosen: readonly Person[]
  readonly autoFocus?: boolean
  readonly onChange: (chosen: readonly Person[]) => void
}

/** Finds people by name and takes several of them: by pointer, or by arrow keys and Enter without leaving the field. */
export const PeoplePicker = (props: PeoplePickerProps): ReactNode => {
  const { chats, without, chosen, onChange } = props
  const { contains } = useFilter({ sensitivity: 'base' })
  const [typed, setTyped] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const people = useMemo(() => candidates(chats, without), [chats, without])
  const choose = (keys: 'all' | ReadonlySet<unknown>): void => {
    const isIn = (person: Person): boolean => keys === 'all' || keys.has(person.accountId)
    const added = people.filter((person) => isIn(person) && !chosen.some((each) => isSame(each, person)))
    onChange([...chosen.filter(isIn), ...added])
    setTyped('')
  }
  const takeOut = (person: Person): void => {
    onChange(chosen.filter((each) => !isSame(each, person)))
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = chosen.at(-1)
    if (event.key === 'Backspace' && typed === '' && last !== undefined) takeOut(last)
  }
  const label = say('group.people-in', { network: shownName(chats?.networkName ?? '') })
  return (
    <Autocomplete filter={contains} inputValue={typed} onInputChange={setTyped}>
      <SearchField className={styles['find'] ?? ''} autoFocus={props.autoFocus === true}>
        <Label>{say('group.people')}</Label>
        <div className={styles['chips']}>
          {chosen.length > 0 && <Chosen people={chosen} onTakeOut={takeOut} />}
          <Input
            ref={field}
            placeholder={say('group.find')}
            autoComplete="off"
            spellCheck={false}
            onKeyDown={onKeyDown}
          />
        </div>
      </SearchField>
      {/* The field keeps the focus, so the frame of the list can be reached to scroll. */}
      <div className={styles['picks']} tabIndex={0} role="group" aria-label={label}>
        <ListBox
          aria-label={label}
          items={people}
          selectionMode="multiple"
          selectedKeys={chosen.map((person) => person.accountId)}
          onSelectionChange={choose}
          escapeKeyBehavior="none"
          renderEmptyState={() => (
            <p className={styles['nobody']}>{say(people.length === 0 ? 'group.nobody' : 'palette.nothing')}</p>
          )}
        >
          {(person) => (
            <ListBoxItem id={person.accountId} textValue={nameOf(person)} className={styles['pick'] ?? ''}>
              <Avatar id={person.accountId} name={person.name} size={32} />
              <bdi>{nameOf(person)}</bdi>
            </ListBoxItem>
          )}
        </ListBox>
      </div>
    </Autocomplete>
  )
}

const Chosen = (props: {
  readonly people: readonly Person[]
  readonly onTakeOut: (person: Person) => void
}): ReactNode => (
  <ul aria-label={say('group.chosen')}>
    {props.people.map((person) => (
      <li key={person.accountId} className={styles['chip']}>
        <Avatar id={person.accountId} name={person.name} size={24} />
        <bdi>{nameOf(person)}</bdi>
        <button
          type="button"
          aria-label={say('group.take-out', { name: nameOf(person) })}
          onClick={() => props.onTakeOut(person)}
        >
          <Icon of={X} size="s" />
        </button>
      </li>
    ))}
  </ul>
)

const isSame = (one: Person, other: Person): boolean => one.accountId === other.accountId

/** Everybody may vouch for these: what is not confirmed cannot be added. */
const candidates = (chats: ChatList | undefined, without: ReadonlySet<string> | undefined): readonly Person[] =>
  (chats?.items ?? [])
    .flatMap((item) => (item.kind === 'direct' && item.person.standing === 'confirmed' ? [item.person] : []))
    .filter((person) => without?.has(person.accountId) !== true)
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
