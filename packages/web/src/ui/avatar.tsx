import type { CSSProperties, ReactNode } from 'react'
import { NotebookPen } from 'lucide-react'
import type { Person } from '@halyard/client/api'
import { say } from '../words/words.tsx'
import { Icon, cx } from './icon.tsx'
import parts from './parts.module.css'
import { hueOf, initials, shownFirstName, shownName } from './shown-text.ts'

/** The round picture of a person, or the square one of the own notes. `size` in CSS pixels. */
export const Avatar = (props: {
  readonly id: string
  readonly name: string
  readonly notes?: boolean
  readonly size: number
}): ReactNode => {
  const style = { '--h': hueOf(props.id), '--z': `${props.size}px` } as CSSProperties
  return (
    <span className={cx(parts['avatar'], props.notes === true && parts['notes'])} style={style} aria-hidden="true">
      {props.notes === true ? <Icon of={NotebookPen} /> : initials(props.name)}
    </span>
  )
}

export const nameOf = (person: Person): string => shownName(person.name) || say('app.someone')
export const firstNameOf = (person: Person): string => shownFirstName(person.name) || say('app.someone')
