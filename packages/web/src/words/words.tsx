import { Fragment } from 'react'
import type { ReactNode } from 'react'
import type { RefusalCode } from '@halyard/protocol'
import en from './en.json' with { type: 'json' }
import { createFormatter } from './format.ts'
import type { Values } from './format.ts'

export type WordKey = keyof typeof en

const formatter = createFormatter('en-GB')

/** The words for a key, as plain text. */
export const say = (key: WordKey, values?: Values): string => formatter.text(en[key], values)

/** The words for a key, with `<b>` and `<code>` as elements; values are isolated so that no name can turn the sentence around. */
export const Say = ({ of, values }: { readonly of: WordKey; readonly values?: Values }): ReactNode =>
  formatter.parts(en[of], values).map((part, index) => {
    const words = part.isValue === true ? <bdi>{part.text}</bdi> : part.text
    if (part.tag === undefined) return <Fragment key={index}>{words}</Fragment>
    return part.tag === 'b' ? <b key={index}>{words}</b> : <code key={index}>{words}</code>
  })

/** Every refusal has words: what happened, and what to do. A code without words does not compile. */
export const refusalWords = (code: RefusalCode): { readonly what: string; readonly todo: string } => {
  const what: WordKey = `refusal.${code}.what`
  const todo: WordKey = `refusal.${code}.do`
  return { what: say(what), todo: say(todo) }
}
export const refusalText = (code: RefusalCode): string => {
  const words = refusalWords(code)
  return `${words.what} ${words.todo}`
}
