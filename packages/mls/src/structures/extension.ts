/** Extension (RFC 9420 §7.2, §13.4) and the extensions of §17.3 whose content the engine reads. */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readCredential, writeCredential, type Credential } from './credential.ts'

/** An extension as it is on the wire (§13): a type and opaque data. */
export type Extension = { readonly type: number; readonly data: Uint8Array }

/** Extension types of §17.3, and `lastResort` of the MLS extensions draft. */
export const extensionTypes = {
  applicationId: 1,
  ratchetTree: 2,
  requiredCapabilities: 3,
  externalPub: 4,
  externalSenders: 5,
  lastResort: 0x000a,
} as const

export function writeExtensions(w: Writer, extensions: readonly Extension[]): void {
  w.vector(() => {
    for (const extension of extensions) {
      w.u16(extension.type)
      w.opaque(extension.data)
    }
  })
}

/** Each type at most once (§13.4). */
export function readExtensions(r: Reader): readonly Extension[] {
  const seen = new Set<number>()
  return r.vector((v) => {
    const extension = { type: v.u16(), data: v.opaque() }
    if (seen.has(extension.type)) r.fail()
    seen.add(extension.type)
    return extension
  }, 1024)
}

/** The data of the first extension of a type. */
export function findExtension(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data
}

/** Default extensions need no mention in capabilities (§7.2). */
export function isDefaultExtension(type: number): boolean {
  return type >= 1 && type <= 5
}

/** RequiredCapabilities (§11.1). */
export type RequiredCapabilities = {
  readonly extensions: readonly number[]
  readonly proposals: readonly number[]
  readonly credentials: readonly number[]
}

/** The data of a `required_capabilities` extension (§11.1). */
export function encodeRequiredCapabilities(required: RequiredCapabilities): Uint8Array {
  return encode((w) => {
    for (const list of [required.extensions, required.proposals, required.credentials]) writeNumbers(w, list)
  })
}

export function decodeRequiredCapabilities(data: Uint8Array): RequiredCapabilities | undefined {
  return decode(data, (r) => ({ extensions: readNumbers(r), proposals: readNumbers(r), credentials: readNumbers(r) }))
}

/** uint16 list<V> */
export function writeNumbers(w: Writer, numbers: readonly number[]): void {
  w.vector(() => {
    for (const number of numbers) w.u16(number)
  })
}

export function readNumbers(r: Reader): readonly number[] {
  return r.vector((v) => v.u16(), 4096)
}

/** ExternalSender (§12.1.8.1). */
export type ExternalSender = { readonly signatureKey: Uint8Array; readonly credential: Credential }

/** The data of an `external_senders` extension (§12.1.8.1): who may propose from outside, by index. */
export function encodeExternalSenders(senders: readonly ExternalSender[]): Uint8Array {
  return encode((w) =>
    w.vector(() => {
      for (const sender of senders) {
        w.opaque(sender.signatureKey)
        writeCredential(w, sender.credential)
      }
    }),
  )
}

export function decodeExternalSenders(data: Uint8Array): readonly ExternalSender[] | undefined {
  return decode(data, (r) => r.vector((v) => ({ signatureKey: v.opaque(), credential: readCredential(v) }), 1024))
}

/** ExternalPub (§12.4.3.2). */
export function encodeExternalPub(publicKey: Uint8Array): Uint8Array {
  return encode((w) => w.opaque(publicKey))
}

export function decodeExternalPub(data: Uint8Array): Uint8Array | undefined {
  return decode(data, (r) => r.opaque())
}
