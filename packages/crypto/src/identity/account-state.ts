/**
 * The account state leaves a device only sealed, and signed by it: the server learns when it changes and about how large it
 * is (trust.md §3). Its key goes to the account's other devices over "Me", and to the recovery card by {@link sealStateKey}.
 */
import {
  concat,
  decode,
  encode,
  labels,
  limits,
  paddedLength,
  protocolVersion,
  sealedState,
  stateDocument,
  utf8,
} from '@halyard/protocol'
import type { SealedState, SignedState, StateDocument } from '@halyard/protocol'
import { openSealedTo, sealTo, suites } from '@halyard/mls'
import type { Provider } from '@halyard/mls'
import { openUnder, sealUnder } from '../seal/seal-under.ts'
import type { KeyPair } from './keys.ts'
import { sign } from './sign.ts'

/** What a version says of itself beside the document, in the clear and under its signature. */
export type StatePlace = Omit<SealedState, 'version' | 'sealed'>

/** Bound to its place: no version can be shown as another, nor another account's. */
const aboutState = (place: StatePlace): Uint8Array =>
  concat(
    utf8('Halyard 1 account state\0'),
    place.network,
    place.account,
    utf8(`${place.number} `),
    place.previous,
    place.key,
  )

/** Undefined: larger than a state may be. */
export const sealState = async (
  provider: Provider,
  chain: KeyPair,
  key: Uint8Array,
  place: StatePlace,
  document: StateDocument,
): Promise<SignedState | undefined> => {
  const plaintext = pad(encode(stateDocument, document))
  const sealed = await sealUnder(provider, key, aboutState(place), plaintext)
  plaintext.fill(0)
  if (sealed.length > limits.accountStateMaxBytes) return undefined
  return sign(provider, chain, labels.accountState, sealedState, { version: protocolVersion, ...place, sealed })
}

/** Undefined when it was not sealed under this key for the place it names. */
export const openState = async (
  provider: Provider,
  key: Uint8Array,
  value: SealedState,
): Promise<StateDocument | undefined> => {
  const opened = await openUnder(provider, key, aboutState(value), value.sealed)
  const document = opened === undefined ? undefined : decode(stateDocument, unpad(opened) ?? noBytes)
  opened?.fill(0)
  return document?.version === protocolVersion ? document : undefined
}

/** Length (4 bytes), document, zeros up to the PADMÉ length: a size says little about what is drafted. */
const pad = (document: Uint8Array): Uint8Array => {
  const padded = new Uint8Array(paddedLength(lengthBytes + document.length))
  new DataView(padded.buffer).setUint32(0, document.length)
  padded.set(document, lengthBytes)
  document.fill(0)
  return padded
}
const unpad = (padded: Uint8Array): Uint8Array | undefined => {
  if (padded.length < lengthBytes) return undefined
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  return length > padded.length - lengthBytes ? undefined : padded.subarray(lengthBytes, lengthBytes + length)
}
const lengthBytes = 4
const noBytes = new Uint8Array()

/** Whose key it is, and for which card. */
export interface StateKeyPlace {
  readonly network: Uint8Array
  readonly account: Uint8Array
  /** Id of the key. */
  readonly key: Uint8Array
  readonly recoveryKey: Uint8Array
}
const keyInfo = (place: StateKeyPlace): Uint8Array =>
  concat(utf8('Halyard 1 account state key\0'), place.network, place.account, place.key, place.recoveryKey)

/** The key of the account state, for whoever has the card. Undefined: `sealKey` is no key of the hybrid. */
export const sealStateKey = async (
  provider: Provider,
  sealKey: Uint8Array,
  place: StateKeyPlace,
  key: Uint8Array,
): Promise<SealedState['card']> => {
  const sealed = await sealTo(provider, suites.hybrid, sealKey, keyInfo(place), key)
  return sealed === undefined ? undefined : { recoveryKey: place.recoveryKey, ...sealed }
}
/** Undefined: not sealed to this card, or for another account or key. */
export const openStateKey = async (
  provider: Provider,
  sealKeys: KeyPair,
  place: Omit<StateKeyPlace, 'recoveryKey'>,
  card: NonNullable<SealedState['card']>,
): Promise<Uint8Array | undefined> => {
  const info = keyInfo({ ...place, recoveryKey: card.recoveryKey })
  const key = await openSealedTo(provider, suites.hybrid, sealKeys, info, card)
  return key?.length === stateKeyBytes ? key : undefined
}
export const stateKeyBytes = 32
