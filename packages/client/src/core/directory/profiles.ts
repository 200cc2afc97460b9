/** Names of the others: sealed under the directory key, signed, monotone; opened as soon as the key is here. */
import { decode, equal, profile, profileFields, toHex } from '@halyard/protocol'
import type { Head, Infer, signedProfile } from '@halyard/protocol'
import { openProfile, readProfile, sealProfile, signProfile } from '@halyard/crypto'
import type { AccountState, Verifier } from '@halyard/crypto'
import type { Context } from '../context.ts'
import { addRequest } from '../delivery/requests.ts'
import type { DirectoryStore } from './directory-store.ts'
import { shownName } from './names.ts'

export interface ProfileSources {
  readonly store: DirectoryStore
  readonly verifier: Verifier
  readonly network: Uint8Array
  readonly accountOf: (account: Uint8Array) => AccountState | undefined
}

/** Takes a profile from the feed. An older revision than the one known is never shown. */
export const takeProfile = async (
  context: Context,
  sources: ProfileSources,
  statement: Infer<typeof signedProfile>,
): Promise<void> => {
  const { store } = sources
  const account = accountNamed(sources, statement)
  const read =
    account === undefined ? undefined : await readProfile(sources.verifier, sources.network, statement, account)
  if (read?.ok !== true) return context.count('profile')
  const value = read.value
  if (value.revision <= store.profileRevision(value.account, value.field)) return
  const name = await openName(context, store, sources.network, value)
  context.commit((touch) => {
    store.setProfile(value.account, value.field, value.revision, value.key, value.sealed)
    if (name !== undefined) setName(store, value.account, name, touch)
  })
}

/** Opens every name whose key has come since. Repeating it is harmless. */
export const openWaitingNames = async (context: Context, store: DirectoryStore): Promise<void> => {
  const { network } = context.identity()
  for (const { id, key } of store.directoryKeys()) {
    const opened: { readonly account: Uint8Array; readonly name: string }[] = []
    for (const row of store.namelessUnder(id)) {
      const sealed = await openProfile(
        context.ports.provider,
        key,
        { network, field: profileFields.name, ...row },
        row.sealed,
      )
      if (sealed !== undefined) opened.push({ account: row.account, name: nameFrom(sealed) })
    }
    if (opened.length === 0) continue
    context.commit((touch) => {
      for (const { account, name } of opened) setName(store, account, name, touch)
    })
  }
}

/** Publishes the own name under the directory key in force, unless it stands there already. */
export const publishOwnName = async (
  context: Context,
  store: DirectoryStore,
  keyId: Uint8Array,
  chain: Head,
): Promise<void> => {
  const { account, network, name, keys } = context.identity()
  const key = store.directoryKey(keyId)
  const revision = store.profileRevision(account, profileFields.name)
  const under = store.profileKey(account, profileFields.name)
  if (key === undefined || (under !== undefined && equal(under, keyId))) return
  const place = { network, account, field: profileFields.name, revision: revision + 1 }
  const sealed = await sealProfile(context.ports.provider, key, place, new TextEncoder().encode(name))
  const statement = await signProfile(context.ports.provider, keys.chain, {
    ...place,
    device: keys.device,
    chain,
    key: keyId,
    sealed,
  })
  context.commit((touch) => {
    if (store.profileRevision(account, profileFields.name) > revision) return
    store.setProfile(account, profileFields.name, revision + 1, keyId, sealed)
    setName(store, account, name, touch)
    addRequest(context.ports.database, 'put-profile', { profile: statement }, undefined)
  })
}

const accountNamed = (sources: ProfileSources, statement: Infer<typeof signedProfile>): AccountState | undefined => {
  const value = decode(profile, statement.body)
  return value === undefined ? undefined : sources.accountOf(value.account)
}

const openName = async (
  context: Context,
  store: DirectoryStore,
  network: Uint8Array,
  value: {
    readonly account: Uint8Array
    readonly field: number
    readonly revision: number
    readonly key: Uint8Array
    readonly sealed: Uint8Array
  },
): Promise<string | undefined> => {
  const key = store.directoryKey(value.key)
  if (key === undefined || value.field !== profileFields.name) return undefined
  const opened = await openProfile(context.ports.provider, key, { network, ...value }, value.sealed)
  return opened === undefined ? undefined : nameFrom(opened)
}

const nameFrom = (bytes: Uint8Array): string => {
  try {
    return shownName(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return ''
  }
}

const setName = (store: DirectoryStore, account: Uint8Array, name: string, touch: (topic: string) => void): void => {
  store.setName(account, name)
  touch('chats')
  touch(`chat:${toHex(account)}`)
  touch(`timeline:${toHex(account)}`)
}
