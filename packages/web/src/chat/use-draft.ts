import { useEffect, useState } from 'react'
import { limits } from '@halyard/protocol'
import { useApi } from '../ui/client.tsx'
import { useUi } from '../ui/ui-store.ts'

export interface Draft {
  readonly changed: () => void
  readonly save: () => void
  readonly cleared: () => void
}

const draftAfterMs = 300

/**
 * Keeps what is typed: a moment after the last key, when the field is left, and when the conversation is. `draft` is what
 * stands in the core; what another device changed of it is told to `onOutside`, unless something newer stands in the field.
 */
export const useDraft = (
  chatId: string,
  draft: string,
  area: { readonly current: HTMLTextAreaElement | null },
  onOutside: (box: HTMLTextAreaElement, text: string) => void,
): Draft => {
  const api = useApi()
  const [keeper] = useState(() => createKeeper(draft, (text) => void api.setDraft({ chatId, text })))
  const [handle] = useState((): Draft => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = (text: string): void => {
      clearTimeout(timer)
      keeper.write(text)
    }
    const save = (): void => {
      if (area.current !== null) write(area.current.value)
    }
    return {
      save,
      cleared: () => write(''),
      changed: () => {
        clearTimeout(timer)
        timer = setTimeout(save, draftAfterMs)
      },
    }
  })
  useEffect(() => {
    const box = area.current
    if (box !== null && keeper.isFromOutside(draft, box.value)) onOutside(box, draft)
  }, [draft, keeper, area, onOutside])
  useEffect(() => {
    const box = area.current
    useUi.setState({ unsent: undefined })
    return () => {
      if (box === null) return
      if (box.value.trim() !== '') useUi.setState({ unsent: box.value })
      // The reference is gone by now; the element still has its text.
      keeper.write(box.value)
    }
  }, [keeper, area])
  return handle
}

interface Keeper {
  /** Saves it, if it is not what was saved or given last. */
  readonly write: (text: string) => void
  /** Whether another device wrote this, and nothing newer stands in the field. */
  readonly isFromOutside: (draft: string, typed: string) => boolean
}

const createKeeper = (initial: string, set: (text: string) => void): Keeper => {
  // What stood in the field when it was saved or filled last, and what came from the core last.
  let kept = initial
  let given = initial
  /** Saved here and not come back yet: these come back as they were, or are passed over for a later one. */
  let echoes: string[] = []
  return {
    write(text) {
      if (text === kept) return
      kept = text
      const draft = text.slice(0, limits.draftMaxLength)
      echoes.push(draft)
      set(draft)
    },
    isFromOutside(draft, typed) {
      if (draft === given) return false
      given = draft
      const echo = echoes.indexOf(draft)
      echoes = echo === -1 ? [] : echoes.slice(echo + 1)
      if (echo !== -1 || typed !== kept) return false
      kept = draft
      return true
    },
  }
}
