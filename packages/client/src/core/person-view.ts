/** What every view begins from: whose device this is, and how a person is shown. */
import { equal, fromHex, toHex } from '@halyard/protocol'
import { isOwner } from '@halyard/crypto'
import type { Person } from './api.ts'
import type { Context } from './context.ts'
import type { Directory } from './directory/directory.ts'
import type { AccountRow } from './directory/directory-store.ts'
import type { Engine } from './messaging/engine.ts'
import type { Group } from './messaging/group.ts'
import { conversationsOf } from './messaging/join.ts'

export interface ViewSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly whoTypes: (chat: string) => readonly string[]
  readonly connection: () => {
    readonly state: 'offline' | 'connecting' | 'online'
    readonly nextTryAtMs: number | undefined
    readonly catchingUp: boolean
  }
}

/** Own notes are `me` on screen and the own account inside. */
export const chatIdOf = (context: Context, chat: string): string =>
  chat === toHex(context.identity().account) ? 'me' : chat
export const chatOf = (context: Context, chatId: string): string | undefined => {
  if (chatId === 'me') return toHex(context.identity().account)
  const length = fromHex(chatId)?.length
  return length === 32 || length === 16 ? chatId : undefined
}

const unknownPerson: Omit<Person, 'accountId'> = {
  name: '',
  isSelf: false,
  isOwner: false,
  standing: 'waiting',
  invitedBySelf: false,
  invitedSelf: false,
}

export const personOf = ({ context, directory }: ViewSources, account: Uint8Array): Person => {
  const row = directory.store.accountRow(account)
  const identity = context.identity()
  const isSelf = equal(account, identity.account)
  if (row === undefined) return { accountId: toHex(account), ...unknownPerson }
  const self = isSelf ? row : directory.store.accountRow(identity.account)
  return {
    accountId: toHex(account),
    name: isSelf ? identity.name : row.name,
    isSelf,
    isOwner: isOwner(directory.network(), account),
    ...standingShown(row, context.ports.clock.nowMs(), self),
    invitedBySelf: row.invitedBy !== undefined && equal(row.invitedBy, identity.account),
    invitedSelf: self?.invitedBy !== undefined && equal(self.invitedBy, account),
  }
}

/** Until my own admission is confirmed, I am the one who waits: both sides show it (trust.md §1). */
const standingShown = (
  row: AccountRow,
  nowMs: number,
  self: AccountRow | undefined,
): Pick<Person, 'standing' | 'lapsesAtMs'> => {
  if (row.standing === 'removed') return { standing: 'removed' }
  const waiting =
    row.standing === 'waiting' ? row : row.standing === 'confirmed' && self?.standing === 'waiting' ? self : undefined
  if (waiting?.lapsesAtMs !== undefined)
    return { standing: nowMs > waiting.lapsesAtMs ? 'lapsed' : 'waiting', lapsesAtMs: waiting.lapsesAtMs }
  return { standing: row.standing === 'confirmed' ? 'confirmed' : 'lapsed' }
}

export const livingGroup = ({ engine }: ViewSources, chat: string): Group | undefined => {
  const living = conversationsOf(engine, chat)[0]
  return living === undefined ? undefined : engine.load(living)
}
