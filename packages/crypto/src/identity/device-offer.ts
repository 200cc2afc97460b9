/**
 * A new device and the one that lets it in come to one number (trust.md §4). The server passes everything on and may
 * change any of it: the new device commits to its nonce before it sees the other's, so a go-between that shows each side
 * its own keys meets the same number on both once in a million times. The grant is sealed to the new device, and names
 * the half of its code that the server never saw.
 */
import {
  concat,
  decode,
  deviceGrant,
  deviceOffer,
  encode,
  equal,
  protocolVersion,
  record,
  blob,
  limits,
  utf8,
} from '@halyard/protocol'
import type { DeviceEntry, DeviceGrant, DeviceOffer } from '@halyard/protocol'
import { createSealKeyPair, openSealedTo, sealTo, suites } from '@halyard/mls'
import type { Provider } from '@halyard/mls'
import { sha256 } from '../verify/index.ts'
import type { KeyPair } from './keys.ts'

/** Letters and digits that are not taken for one another (Crockford's base 32). */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeLength = 8
const isCode = new RegExp(`^[${alphabet}]{${codeLength}}$`)

/** What the new device keeps while it waits. */
export interface OfferSecrets {
  /** Eight signs: the first half is where the offer lies, the second is said by nobody but the person. */
  readonly code: string
  readonly nonce: Uint8Array
  readonly sealKeys: KeyPair
  /** The encoded offer. */
  readonly offer: Uint8Array
}

export const createDeviceOffer = async (
  provider: Provider,
  about: { readonly entry: DeviceEntry; readonly platform: string; readonly atMs: number },
): Promise<OfferSecrets> => {
  const nonce = provider.random(32)
  const sealKeys = await createSealKeyPair(provider, suites.hybrid)
  const offer = encode(deviceOffer, {
    version: protocolVersion,
    ...about,
    sealKey: sealKeys.publicKey,
    commitment: sha256(nonce),
  })
  const code = [...provider.random(codeLength)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('')
  return { code, nonce, sealKeys, offer }
}

/** Undefined: no offer of this version. */
export const readDeviceOffer = (bytes: Uint8Array): DeviceOffer | undefined => {
  const value = decode(deviceOffer, bytes)
  return value?.version === protocolVersion ? value : undefined
}

/** A code as people type it: any case, blanks and dashes anywhere, O for 0 and I or L for 1. Undefined: it is none. */
export const readOfferCode = (typed: string): string | undefined => {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  return isCode.test(code) ? code : undefined
}
/** Where the server keeps the offer of a code. */
export const offerLocator = (code: string): Uint8Array => utf8(code.slice(0, codeLength / 2))
/** What the server never sees of it. */
export const offerSecret = (code: string): string => code.slice(codeLength / 2)

/** The six digits that the new device shows and the person types on the other. */
export const approvalNumber = (offer: Uint8Array, answer: Uint8Array, nonce: Uint8Array): string => {
  const hash = sha256(concat(utf8('Halyard 1 approval number\0'), sha256(offer), answer, nonce))
  const value = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) % 1_000_000n
  return String(value).padStart(6, '0')
}
/** Whether the nonce is the one that was committed to. */
export const revealsOffer = (offer: DeviceOffer, nonce: Uint8Array): boolean => equal(sha256(nonce), offer.commitment)

const sealedGrant = record({ kemOutput: blob(2_048), ciphertext: blob(limits.deviceGrantMaxBytes) })
const grantInfo = (offer: Uint8Array, answer: Uint8Array, nonce: Uint8Array): Uint8Array =>
  concat(utf8('Halyard 1 device grant\0'), sha256(offer), answer, nonce)

export interface Exchange {
  /** The encoded offer, the answering device's nonce, and the one that the offer committed to. */
  readonly offer: Uint8Array
  readonly answer: Uint8Array
  readonly nonce: Uint8Array
}

/** Undefined: the offer's key is none. */
export const sealGrant = async (
  provider: Provider,
  { offer, answer, nonce }: Exchange,
  grant: Omit<DeviceGrant, 'version'>,
): Promise<Uint8Array | undefined> => {
  const to = readDeviceOffer(offer)?.sealKey
  if (to === undefined) return undefined
  const plaintext = encode(deviceGrant, { version: protocolVersion, ...grant })
  const sealed = await sealTo(provider, suites.hybrid, to, grantInfo(offer, answer, nonce), plaintext)
  plaintext.fill(0)
  return sealed === undefined ? undefined : encode(sealedGrant, sealed)
}

/** Undefined: not for this device, not of this exchange, or by somebody who has not read the code. */
export const openGrant = async (
  provider: Provider,
  secrets: OfferSecrets,
  answer: Uint8Array,
  bytes: Uint8Array,
): Promise<DeviceGrant | undefined> => {
  const sealed = decode(sealedGrant, bytes)
  if (sealed === undefined) return undefined
  const info = grantInfo(secrets.offer, answer, secrets.nonce)
  const opened = await openSealedTo(provider, suites.hybrid, secrets.sealKeys, info, sealed)
  const grant = opened === undefined ? undefined : decode(deviceGrant, opened)
  opened?.fill(0)
  return grant?.version === protocolVersion && grant.secret === offerSecret(secrets.code) ? grant : undefined
}
