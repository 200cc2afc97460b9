/**
 * What pages, workers and the shared worker say to each other. All of it is checked on arrival: a page of an older or
 * newer build may be on the other side, and a worker that holds keys trusts no page further than it must.
 */
import type { Commands, Queries, StopReason } from '../core/api.ts'

/** A page to the owner, over its own port. */
export type PageMessage =
  | { readonly kind: 'call'; readonly id: number; readonly command: keyof Commands; readonly request: unknown }
  | { readonly kind: 'watch'; readonly id: number; readonly query: keyof Queries; readonly parameters: unknown }
  | { readonly kind: 'unwatch'; readonly id: number }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'activity' }
  | { readonly kind: 'bye' }

/** The owner to a page. */
export type OwnerMessage =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  /** A bug: the assertion's words stay in the worker. */
  | { readonly kind: 'failed'; readonly id: number }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'pong'; readonly id: number }
  /** How many pages this owner serves. */
  | { readonly kind: 'pages'; readonly count: number }
  /** The owner has opened anew from the last commit: what has no answer yet will get none unless it is asked again. */
  | { readonly kind: 'restarted' }
  /** All keys are gone: end your worker and start anew. */
  | { readonly kind: 'locked' }

/** A page to its own worker. Ports are transferred beside the message. */
export type WorkerOrder =
  | { readonly kind: 'hub' } // one port: to the shared worker
  | { readonly kind: 'alone' } // there is no shared worker
  | { readonly kind: 'attach' } // one port: from the page itself, when its own worker is the owner
  | { readonly kind: 'take' } // become the owner now, whoever is

/** A worker to its own page. */
export type WorkerNews =
  | { readonly kind: 'owner' } // it has become the owner (again): attach to it
  | { readonly kind: 'waiting' } // it has lost that to another
  | { readonly kind: 'heir' } // it holds the owner's key and could go on at once
  | { readonly kind: 'elsewhere' } // another tab is the owner and cannot share
  | { readonly kind: 'stopped'; readonly reason: StopReason } // before there is anything to attach to

/** To and from the shared worker, which only passes ports on. */
export type HubMessage =
  | { readonly kind: 'worker' } // a page brings its worker's port
  | { readonly kind: 'attach' } // a page brings a port for the owner; the hub hands it on
  | { readonly kind: 'wait' } // a waiting worker brings a port for the owner's key; the hub hands it on
  | { readonly kind: 'owner' } // a worker has become the owner; the hub tells all
  | { readonly kind: 'bye' } // a page is gone

/** The owner to a waiting worker. `lockCount` says which lock ends it. */
export type KeyMessage =
  | { readonly kind: 'key'; readonly key: Uint8Array; readonly lockCount: number }
  | { readonly kind: 'forget' }

/** Text a person typed: the core has the real limits and refuses in words; this only bounds what is looked at. */
const textLengthMax = 1 << 21
const idLengthMax = 1024
const rangesMax = 10_000
const timelineLimitMax = 1000
const peopleMax = 1000

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const text: Check = (value) => typeof value === 'string' && value.length <= textLengthMax
const id: Check = (value) => typeof value === 'string' && value.length <= idLengthMax
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const nothing: Check = (value) => value === undefined
const flag: Check = (value) => typeof value === 'boolean'
const bytes =
  (min: number, max = min): Check =>
  (value) =>
    value instanceof Uint8Array && value.length >= min && value.length <= max
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))
/** Exactly these members: nothing unforeseen passes. */
const object =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((key) => Object.hasOwn(shape, key)) &&
    Object.entries(shape).every(([key, check]) => check(value[key]))
const list =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check)

const credentialId = bytes(1, 1023)
const unlockSecret = either(
  object({ kind: oneOf('passphrase'), passphrase: text }),
  object({ kind: oneOf('passkey'), credentialId, prfSalt: bytes(32), prfOutput: bytes(32) }),
  object({ kind: oneOf('passkey-and-passphrase'), credentialId, passphrase: text }),
)
const range = object({ start: count, length: count, kind: id, url: optional(text), accountId: optional(id) })
/** With what a browser writes beside the image. */
const picture = bytes(1, 64 * 1024)
const alarm = object({
  kind: id,
  degree: oneOf('repairs-itself', 'needs-you', 'stops'),
  atMs: count,
  chatId: optional(id),
})

const requests: Readonly<Record<keyof Commands, Check>> = {
  setUp: object({ token: text, networkName: text, name: text, platform: text, unlock: unlockSecret }),
  previewInvite: object({ path: text, fragment: text }),
  join: object({ path: text, fragment: text, name: text, platform: text, unlock: unlockSecret }),
  addThisDevice: object({ platform: text, unlock: unlockSecret }),
  cancelAddThisDevice: nothing,
  readRecoveryKey: text,
  previewRecovery: object({ words: text }),
  restore: object({ words: text, platform: text, unlock: unlockSecret }),
  unlock: unlockSecret,
  lock: nothing,
  rate: text,
  suggestPassphrase: nothing,
  open: id,
  send: object({
    chatId: id,
    text,
    ranges: list(range, rangesMax),
    key: (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value),
  }),
  retry: id,
  discard: id,
  markRead: object({ chatId: id, position: count }),
  setDraft: object({ chatId: id, text }),
  setMuted: object({ chatId: id, muted: flag }),
  typing: id,
  createInvite: nothing,
  createGroup: object({
    kind: oneOf('group', 'room'),
    title: text,
    people: list(id, peopleMax),
    picture: optional(picture),
  }),
  addPeople: object({ chatId: id, people: list(id, peopleMax) }),
  removePerson: object({ chatId: id, accountId: id }),
  renameGroup: object({ chatId: id, title: text }),
  setPicture: object({ chatId: id, picture: optional(picture) }),
  setModerator: object({ chatId: id, accountId: id, moderator: flag }),
  leaveGroup: id,
  removeFromNetwork: id,
  makeOwner: id,
  drawRecoveryKey: nothing,
  keepRecoveryKey: nothing,
  findDevice: text,
  approveDevice: object({ number: text, unlock: unlockSecret }),
  refuseDevice: nothing,
  removeDevice: id,
  nameDevice: object({ deviceId: id, name: text }),
  acknowledgeAlarm: alarm,
  changeSettings: object({ idleMinutes: optional(count), sendReadReceipts: optional(flag) }),
}

const parameters: Readonly<Record<keyof Queries, Check>> = {
  session: nothing,
  chats: nothing,
  conversation: object({ chatId: id }),
  timeline: object({
    chatId: id,
    around: either(oneOf('end'), Number.isSafeInteger as Check),
    limit: (value) => count(value) && Number(value) >= 1 && Number(value) <= timelineLimitMax,
  }),
  picture: object({ chatId: id }),
  connection: nothing,
  members: object({ chatId: id }),
  alarms: nothing,
  settings: nothing,
  devices: nothing,
  recovery: nothing,
  pairing: nothing,
}

export const commandNames = Object.keys(requests) as readonly (keyof Commands)[]

/** Undefined for what is no message of this version. */
export const decodePageMessage = (value: unknown): PageMessage | undefined => {
  if (!isObject(value)) return undefined
  switch (value['kind']) {
    case 'call': {
      const { command } = value
      if (!count(value['id']) || typeof command !== 'string' || !Object.hasOwn(requests, command)) return undefined
      return requests[command as keyof Commands](value['request']) ? (value as PageMessage) : undefined
    }
    case 'watch': {
      const { query } = value
      if (!count(value['id']) || typeof query !== 'string' || !Object.hasOwn(parameters, query)) return undefined
      return parameters[query as keyof Queries](value['parameters']) ? (value as PageMessage) : undefined
    }
    case 'unwatch':
    case 'ping':
      return count(value['id']) ? (value as PageMessage) : undefined
    case 'activity':
    case 'bye':
      return value as PageMessage
    default:
      return undefined
  }
}

/** Undefined for what is no message of this version. Values are the core's own and not looked into. */
export const decodeOwnerMessage = (value: unknown): OwnerMessage | undefined => {
  if (!isObject(value)) return undefined
  switch (value['kind']) {
    case 'result':
    case 'failed':
    case 'value':
    case 'pong':
      return count(value['id']) ? (value as OwnerMessage) : undefined
    case 'pages':
      return count(value['count']) ? (value as OwnerMessage) : undefined
    case 'restarted':
    case 'locked':
      return value as OwnerMessage
    default:
      return undefined
  }
}

const decodeKind =
  <T extends { readonly kind: string }>(...kinds: readonly T['kind'][]) =>
  (value: unknown): T | undefined =>
    isObject(value) && kinds.some((kind) => kind === value['kind']) ? (value as unknown as T) : undefined

export const decodeWorkerOrder = decodeKind<WorkerOrder>('hub', 'alone', 'attach', 'take')
export const decodeWorkerNews = decodeKind<WorkerNews>('owner', 'waiting', 'heir', 'elsewhere', 'stopped')
export const decodeHubMessage = decodeKind<HubMessage>('worker', 'attach', 'wait', 'owner', 'bye')
export const decodeKeyMessage = (value: unknown): KeyMessage | undefined => {
  if (!isObject(value)) return undefined
  if (value['kind'] === 'forget') return { kind: 'forget' }
  if (value['kind'] !== 'key' || !bytes(32)(value['key']) || !count(value['lockCount'])) return undefined
  return value as KeyMessage
}
