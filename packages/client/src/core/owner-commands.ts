/** What owners decide for the network (trust.md §1): who is put out of it, and who else decides. */
import { accept, equal, fromHex, limits, refuse, toHex } from '@halyard/protocol'
import type { NetworkLink, Result } from '@halyard/protocol'
import { isOwner, signNetworkState } from '@halyard/crypto'
import type { Commands } from './api.ts'
import type { Context } from './context.ts'
import type { Directory } from './directory/directory.ts'
import type { Engine } from './messaging/engine.ts'
import { addToOutbox } from './messaging/outbox.ts'
import type { Runner } from './messaging/runner.ts'

export type OwnerCommands = Pick<Commands, 'removeFromNetwork' | 'makeOwner'>
export interface OwnerCommandSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly runner: Runner
}
type State = Omit<Extract<NetworkLink['change'], { kind: 'state' }>, 'kind'>

export const createOwnerCommands = ({ context, directory, engine, runner }: OwnerCommandSources): OwnerCommands => {
  const { database, clock, provider, random } = context.ports

  /** Needs the server: what everybody is to know is nothing to be said only here. */
  const change = async (next: (before: State) => State | undefined): Promise<Result<undefined>> => {
    const { account, keys } = context.identity()
    const network = directory.network()
    const own = directory.account(account)
    if (!isOwner(network, account) || own === undefined || network.directoryKey === undefined)
      return refuse('policy-denied')
    const state = next({
      atMs: clock.nowMs(),
      owners: network.owners,
      removed: [...network.removed].map(([name, { admissionsStand }]) => ({
        account: accountOf(name),
        admissionsStand,
      })),
      directoryKey: network.directoryKey,
      policyHead: undefined,
    })
    if (state === undefined) return refuse('policy-denied')
    const signer = { account, device: keys.device, chain: own.head }
    const link = await signNetworkState(provider, keys.chain, network, signer, state)
    const taken = await engine.connection().request('append-network-link', { link })
    if (!taken.ok) return taken
    await directory.take({ position: 0, item: { kind: 'network-link', link } }, undefined)
    runner.wakeAll()
    return accept(undefined)
  }

  /** Names are sealed anew under a key that whoever was put out never gets; everybody else is handed it, over MLS. */
  const handOn = (id: Uint8Array, key: Uint8Array): void => {
    const { account, networkName } = context.identity()
    const chats: string[] = []
    context.commit((touch) => {
      directory.store.addDirectoryKey(id, key)
      for (const row of directory.store.accountRows()) {
        if (row.standing !== 'confirmed' && !equal(row.account, account)) continue
        const chat = toHex(row.account)
        database.run(
          'UPDATE chats SET wanted = 1 WHERE chat = ? AND NOT EXISTS (SELECT 1 FROM conversations g WHERE g.chat = chats.chat)',
          [chat],
        )
        addToOutbox(database, {
          id: random(16),
          chat,
          class: 'control',
          content: { kind: 'directory-key', id, key, networkName },
          sentMs: clock.nowMs(),
        })
        chats.push(chat)
      }
      touch('chats')
    })
    for (const chat of chats) runner.wakeChat(chat)
  }

  return {
    async removeFromNetwork(accountId): Promise<Result<undefined>> {
      const account = fromHex(accountId)
      const own = context.identity().account
      if (account?.length !== 32 || directory.account(account) === undefined) return refuse('account-unknown')
      if (equal(account, own) || directory.network().removed.size >= limits.removedAccountsMax)
        return refuse('policy-denied')
      const directoryKey = random(16)
      const done = await change((before) => ({
        ...before,
        // Whoever they let in was let in rightly; taking that back is a decision of its own.
        removed: [...before.removed, { account, admissionsStand: true }],
        owners: before.owners.filter((one) => !equal(one, account)),
        directoryKey,
      }))
      if (done.ok) handOn(directoryKey, random(32))
      return done
    },

    async makeOwner(accountId): Promise<Result<undefined>> {
      const account = fromHex(accountId)
      if (account?.length !== 32 || directory.store.accountRow(account)?.standing !== 'confirmed')
        return refuse('account-unknown')
      return change((before) =>
        before.owners.length >= limits.ownersMax || before.owners.some((one) => equal(one, account))
          ? undefined
          : { ...before, owners: [...before.owners, account] },
      )
    },
  }
}

const accountOf = (name: string): Uint8Array => {
  const account = fromHex(name)
  if (account === undefined) throw new Error('assertion failed: an account id is not hex')
  return account
}
