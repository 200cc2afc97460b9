import { useEffect, useId, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode, Ref, RefObject } from 'react'
import type { MemberView } from '@halyard/client/api'
import { Avatar } from '../ui/avatar.tsx'
import { useQuery } from '../ui/client.tsx'
import { cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { peopleLike } from './mention-text.ts'
import type { Named } from './mention-text.ts'
import type { Mentions } from './use-mentions.ts'

/** Whoever is not among so many is found by another letter. */
const shownMax = 50

export interface PickerHandle {
  /** Whether this key was for the list. */
  readonly take: (event: KeyboardEvent) => boolean
}

interface MentionPickerProps {
  readonly chatId: string
  readonly area: RefObject<HTMLTextAreaElement | null>
  readonly mentions: Mentions
  readonly ref: Ref<PickerHandle>
}

/** The people of this conversation whose name begins like what stands after the `@`. The field keeps the focus. */
export const MentionPicker = ({ chatId, area, mentions, ref }: MentionPickerProps): ReactNode => {
  const { asked, know } = mentions
  const members = useQuery('members', { chatId })
  const people = useMemo(() => mentionable(members ?? []), [members])
  const found = useMemo(
    () => (asked === undefined ? [] : peopleLike(people, asked.words).slice(0, shownMax)),
    [people, asked],
  )
  const [gone, setGone] = useState<{ readonly at: number; readonly accountId: string }>()
  const place = found.findIndex((person) => gone?.at === asked?.at && person.accountId === gone?.accountId)
  const active = found[Math.max(0, place)]
  const id = useId()
  const idOf = (person: Named): string => `${id}-${person.accountId}`
  const step = (by: 1 | -1): void => {
    const next = found.at((Math.max(0, place) + by) % found.length)
    if (next !== undefined && asked !== undefined) setGone({ at: asked.at, accountId: next.accountId })
  }
  useEffect(() => know(people), [know, people])
  useActive(area, active === undefined ? undefined : { list: id, option: idOf(active) })
  useImperativeHandle(ref, () => ({
    take: (event) => {
      if (active === undefined || event.nativeEvent.isComposing) return false
      const deeds: Readonly<Record<string, () => void>> = {
        ArrowDown: () => step(1),
        ArrowUp: () => step(-1),
        Enter: () => mentions.choose(active),
        Tab: () => mentions.choose(active),
        Escape: mentions.dismiss,
      }
      const deed = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey ? undefined : deeds[event.key]
      if (deed === undefined) return false
      event.preventDefault()
      deed()
      return true
    },
  }))
  return (
    <>
      {active !== undefined && (
        <div className={styles['mentions']} role="listbox" id={id} aria-label={say('conv.mention')}>
          {found.map((person) => (
            <Option
              key={person.accountId}
              id={idOf(person)}
              person={person}
              isActive={person === active}
              onChoose={mentions.choose}
            />
          ))}
        </div>
      )}
      <span className={parts['hidden']} role="status">
        {active !== undefined && say('conv.mention-found', { count: found.length, name: active.name })}
      </span>
    </>
  )
}

interface OptionProps {
  readonly id: string
  readonly person: Named
  readonly isActive: boolean
  readonly onChoose: (person: Named) => void
}

const Option = ({ id, person, isActive, onChoose }: OptionProps): ReactNode => {
  const row = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    if (isActive) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    <button
      ref={row}
      type="button"
      tabIndex={-1}
      id={id}
      role="option"
      aria-selected={isActive}
      className={cx(styles['option'], isActive && styles['active'])}
      // The field would lose the focus, and a phone its keyboard.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onChoose(person)}
    >
      <Avatar id={person.accountId} name={person.name} size={28} />
      <bdi>{person.name}</bdi>
    </button>
  )
}

/** Says at the field which option its keys are at. */
const useActive = (
  area: RefObject<HTMLTextAreaElement | null>,
  at: { readonly list: string; readonly option: string } | undefined,
): void => {
  const list = at?.list
  const option = at?.option
  useLayoutEffect(() => {
    const box = area.current
    if (box === null || list === undefined || option === undefined) return undefined
    box.setAttribute('aria-controls', list)
    box.setAttribute('aria-activedescendant', option)
    return () => {
      box.removeAttribute('aria-controls')
      box.removeAttribute('aria-activedescendant')
    }
  }, [area, list, option])
}

/** Who reads what is written here, but for oneself; somebody without a known name cannot be named. */
const mentionable = (members: readonly MemberView[]): readonly Named[] =>
  members.flatMap(({ person, waiting }) => {
    const name = shownName(person.name)
    return person.isSelf || waiting || name === '' ? [] : [{ accountId: person.accountId, name }]
  })
