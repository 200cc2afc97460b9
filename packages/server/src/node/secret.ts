/** A value that must not be printed by accident: in a message, a line of JSON, or by an inspector. */
import { inspect } from 'node:util'

export interface Secret {
  /** The value itself. Whoever calls this answers for where it goes. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** However it is printed, it says `[secret]`. */
export const createSecret = (value: string): Secret => {
  const hidden = (): string => '[secret]'
  return { reveal: () => value, toString: hidden, toJSON: hidden, [inspect.custom]: hidden } as Secret
}
