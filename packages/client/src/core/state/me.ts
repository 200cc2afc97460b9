/** "Me", where the devices of an account hear each other and nobody else does. */
import { equal, toHex } from '@halyard/protocol'
import type { Content } from '@halyard/protocol'
import { validDevice } from '@halyard/crypto'
import type { AccountState } from '@halyard/crypto'
import type { Context } from '../context.ts'
import type { Engine } from '../messaging/engine.ts'
import { peopleIn } from '../messaging/group.ts'
import { conversationsOf } from '../messaging/join.ts'
import { addToOutbox } from '../messaging/outbox.ts'

export interface Listeners {
  /** Other devices of the account that hear what is said in "Me" now. */
  readonly others: readonly Uint8Array[]
  /** A device that its account no longer has still hears it. */
  readonly isOverheard: boolean
}

export const listenersIn = (engine: Engine, chain: AccountState): Listeners => {
  const { account, keys } = engine.context.identity()
  const me = toHex(account)
  const leaves = conversationsOf(engine, me).flatMap((conversation) => {
    const group = engine.load(conversation)
    return group === undefined ? [] : (peopleIn(group).get(me)?.leaves ?? []).map(({ device }) => device)
  })
  const others = leaves.filter((device) => !equal(device, keys.device))
  return {
    others: others.filter((device) => validDevice(chain, device) !== undefined),
    isOverheard: others.some((device) => validDevice(chain, device) === undefined),
  }
}

/** Call in the transaction that makes it true. */
export const sayInMe = ({ ports, identity }: Context, content: Content): void =>
  addToOutbox(ports.database, {
    id: ports.random(16),
    chat: toHex(identity().account),
    class: 'control',
    content,
    sentMs: ports.clock.nowMs(),
  })
