import { useState } from 'react'
import type { ChangeEvent, ReactNode } from 'react'
import { CircleAlert, ImagePlus } from 'lucide-react'
import { Avatar, useImage } from '../ui/avatar.tsx'
import dialog from '../ui/dialog.module.css'
import { Icon } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import styles from './group.module.css'
import { readPicture } from './read-picture.ts'

interface PictureFieldProps {
  readonly picture: Uint8Array | undefined
  readonly onChange: (picture: Uint8Array | undefined) => void
  /** The field for the name, beside it. */
  readonly children: ReactNode
}

/** Chooses the picture of a group: a file of any size, of which its middle square is kept. */
export const PictureField = ({ picture, onChange, children }: PictureFieldProps): ReactNode => {
  const [refused, setRefused] = useState(false)
  const image = useImage(picture)
  const choose = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const input = event.currentTarget
    const [file] = input.files ?? []
    if (file === undefined) return
    const read = await readPicture(file)
    // The same file can be chosen again.
    input.value = ''
    setRefused(read === undefined)
    if (read !== undefined) onChange(read)
  }
  return (
    <div className={styles['pictured']}>
      {children}
      <span>
        <Avatar id="group" name="" sign={ImagePlus} size={44} image={image} />
        <input
          type="file"
          accept="image/*"
          aria-label={say('group.picture')}
          title={say('group.picture')}
          onChange={(event) => void choose(event)}
        />
      </span>
      {picture !== undefined && (
        <button type="button" className={parts['link']} onClick={() => onChange(undefined)}>
          {say('group.picture-none')}
        </button>
      )}
      {refused && (
        <p className={dialog['refusal']} role="alert">
          <Icon of={CircleAlert} size="m" />
          {say('group.picture-refused')}
        </p>
      )}
    </div>
  )
}
