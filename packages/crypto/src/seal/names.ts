/** Names leave a device only sealed: in profiles under the directory key, in invites under a key from the seed. */
import { concat, decode, encode, inviteNames, utf8 } from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'
import type { Provider } from '@halyard/mls'
import { deriveKeys } from '../identity/derive.ts'
import { keyPairFromSeed } from '../identity/keys.ts'
import type { KeyPair } from '../identity/keys.ts'
import { openUnder, sealUnder } from './seal-under.ts'

/** What a sealed profile field is bound to: nobody's name can be shown as another's, nor an old one as new. */
export interface ProfilePlace {
  readonly network: Uint8Array
  readonly account: Uint8Array
  readonly field: number
  readonly revision: number
}
const aboutProfile = (place: ProfilePlace): Uint8Array =>
  concat(utf8('Halyard 1 profile\0'), place.network, place.account, utf8(`${place.field} ${place.revision}`))

export const sealProfile = (
  provider: Provider,
  key: Uint8Array,
  place: ProfilePlace,
  value: Uint8Array,
): Promise<Uint8Array> => sealUnder(provider, key, aboutProfile(place), value)
/** Undefined when it was not sealed under this key for this place. */
export const openProfile = (
  provider: Provider,
  key: Uint8Array,
  place: ProfilePlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> => openUnder(provider, key, aboutProfile(place), sealed)

/** What both ends derive from the 32-byte seed in an invite's fragment. */
export interface InviteSecrets {
  readonly key: KeyPair
  readonly namesKey: Uint8Array
}
export const inviteSecrets = async (provider: Provider, seed: Uint8Array): Promise<InviteSecrets> => {
  const { keySeed, namesKey } = await deriveKeys(provider, 'Halyard 1 invite seed', seed, {
    keySeed: 'invite key',
    namesKey: 'invite names',
  })
  return { key: keyPairFromSeed(keySeed), namesKey }
}

export type InviteNames = Infer<typeof inviteNames>
export const sealInviteNames = (provider: Provider, secrets: InviteSecrets, names: InviteNames): Promise<Uint8Array> =>
  sealUnder(provider, secrets.namesKey, secrets.key.publicKey, encode(inviteNames, names))
export const openInviteNames = async (
  provider: Provider,
  secrets: InviteSecrets,
  sealed: Uint8Array,
): Promise<InviteNames | undefined> => {
  const opened = await openUnder(provider, secrets.namesKey, secrets.key.publicKey, sealed)
  return opened === undefined ? undefined : decode(inviteNames, opened)
}
