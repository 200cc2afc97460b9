/** What a name may be, wherever it comes from. */
import { limits } from '@halyard/protocol'

/** Control, formatting and bidirectional signs never belong in a name: they hide and reorder what is read (T-97). */
const forbidden = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u
/** More than this many combining marks in a row is not writing. */
const piledMarks = /\p{M}{5,}/u

/** The name in its one form (NFC, single spaces, trimmed), or undefined when it may not be used. */
export const cleanName = (raw: string): string | undefined => {
  if (raw.length > limits.nameMaxLength * 4) return undefined
  const name = raw.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
  if (name === '' || name.length > limits.nameMaxLength || forbidden.test(name) || piledMarks.test(name))
    return undefined
  return name
}

/** A name from outside: what may not be used is not shown at all. */
export const shownName = (raw: string): string => cleanName(raw) ?? ''
