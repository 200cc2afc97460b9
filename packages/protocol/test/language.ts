/** The whole language in one description, so that one hash notices any change to it. */
import { createHash } from 'node:crypto'
import * as chains from '../src/chains.ts'
import type { Schema } from '../src/codec/schema.ts'
import { commands, feedItem, mailboxItem } from '../src/commands/commands.ts'
import { stateDocument, sealedState, signedState } from '../src/content/account-state.ts'
import { content, payload, signal } from '../src/content/payload.ts'
import { rangeKinds } from '../src/content/text.ts'
import { events } from '../src/events/events.ts'
import { frame } from '../src/frames.ts'
import { refusals } from '../src/refusals.ts'
import { cursor, entry, linkInChain, row, signedRow } from '../src/rows.ts'
import { closeCodes, protocolVersion, socketPath, subprotocol } from '../src/version.ts'

const isSchema = (value: unknown): value is Schema<unknown> =>
  typeof value === 'object' && value !== null && 'shape' in value

/** Every schema that is said, stored or signed, by a name of its own. */
export const schemas: Readonly<Record<string, Schema<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(chains).flatMap(([name, value]) => (isSchema(value) ? [[`chains ${name}`, value] as const] : [])),
  ),
  ...Object.fromEntries(
    Object.entries(commands).flatMap(([name, { request, answer }]) => [
      [`request ${name}`, request as Schema<unknown>] as const,
      [`answer ${name}`, answer as Schema<unknown>] as const,
    ]),
  ),
  ...Object.fromEntries(Object.entries(events).map(([name, schema]) => [`event ${name}`, schema as Schema<unknown>])),
  ...({
    frame,
    row,
    signedRow,
    entry,
    linkInChain,
    cursor,
    feedItem,
    mailboxItem,
    payload,
    content,
    signal,
    stateDocument,
    sealedState,
    signedState,
  } as Readonly<Record<string, Schema<unknown>>>),
}

/** One line for everything that both sides must agree on. */
export const language = (): string => {
  const shapes = Object.entries(schemas).map(([name, { shape }]) => `${name} = ${shape}`)
  const signedIn = Object.entries(commands).map(
    ([name, command]) => `${name} ${command.signedIn ? 'signed in' : 'anybody'}`,
  )
  const retries = Object.entries(refusals).map(([code, { retry }]) => `refusal ${code} ${retry}`)
  const constants = {
    labels: chains.labels,
    profileFields: chains.profileFields,
    rangeKinds,
    closeCodes,
    socketPath,
    subprotocol,
    protocolVersion,
  }
  return [...shapes.sort(), ...signedIn.sort(), ...retries.sort(), JSON.stringify(constants)].join('\n')
}

export const languageHash = (): string => createHash('sha256').update(language()).digest('hex')
