/**
 * What opens the database on this device. The database's key is random; it lies wrapped under a key made of what the
 * person has (a passphrase, or a passkey's PRF output) and of a secret that only this browser profile holds.
 *
 * Record: version 1 | method 1 | memory KiB 4 | passes 4 | lanes 4 | salt 32 | credential size 2 | credential |
 * PRF salt 32 (passkey only) | nonce 12 | sealed key 48. All before the nonce is authenticated with the key.
 * It names neither people nor network: it is what a thief finds first.
 */
import { argon2id } from 'hash-wasm'
import type { UnlockMethod, UnlockSecret } from '../core/api.ts'
import type { RegisterKey } from '../core/registered-keys.ts'
import { normalizePassphrase, passphraseLengthMax } from './passphrase.ts'

/** A passkey that gives no PRF output opens nothing by itself: the passphrase beside it does. */
export type VaultSecret =
  | UnlockSecret
  | { readonly kind: 'passkey-and-passphrase'; readonly credentialId: Uint8Array; readonly passphrase: string }

export interface VaultRecord {
  readonly method: UnlockMethod
  readonly cost: PassphraseCost
  readonly salt: Uint8Array
  /** All that is authenticated beside the key. */
  readonly header: Uint8Array
  readonly nonce: Uint8Array
  readonly sealedKey: Uint8Array
}

/** Argon2id (RFC 9106). */
export interface PassphraseCost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export const vaultVersion = 1
/** No record is made or opened below this, whatever it says. */
export const passphraseCostFloor: PassphraseCost = { memoryKib: 19 * 1024, passes: 3, lanes: 1 }
/** What is used where memory is no matter: all but phones. */
export const passphraseCostUsual: PassphraseCost = { memoryKib: 64 * 1024, passes: 3, lanes: 1 }
/** More would only serve to stop the worker. */
const passphraseCostMax: PassphraseCost = { memoryKib: 1024 * 1024, passes: 32, lanes: 1 }
const noCost: PassphraseCost = { memoryKib: 0, passes: 0, lanes: 0 }

const methodCode = { passphrase: 1, passkey: 2, 'passkey-and-passphrase': 3 } as const
const fixedHeaderSize = 1 + 1 + 12 + 32 + 2
const saltSize = 32
const prfSize = 32
const nonceSize = 12
const sealedKeySize = 32 + 16
const credentialIdSizeMax = 1023 // WebAuthn §5.8.3

export interface VaultPorts {
  /** A non-extractable HKDF key that never leaves this browser profile. */
  readonly deviceSecret: CryptoKey
  /** Shown every key in the clear, in tests of the product only. */
  readonly registerKey?: RegisterKey | undefined
}

/** A fresh secret of this device. The bytes are gone when this returns. */
export const createDeviceSecret = async (ports: Pick<VaultPorts, 'registerKey'> = {}): Promise<CryptoKey> => {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  if (globalThis.halyardRegistersKeys !== false) ports.registerKey?.('device-secret', bytes)
  try {
    return await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits'])
  } finally {
    bytes.fill(0)
  }
}

/** Wraps a database key. `isPhone` chooses the cost; the record is at most 1,161 bytes. */
export const sealVault = async (
  secret: VaultSecret,
  databaseKey: Uint8Array,
  ports: VaultPorts & { readonly isPhone: boolean },
): Promise<Uint8Array> => {
  const cost = secret.kind === 'passkey' ? noCost : ports.isPhone ? passphraseCostFloor : passphraseCostUsual
  const salt = crypto.getRandomValues(new Uint8Array(saltSize))
  const header = encodeHeader(secret, cost, salt)
  const nonce = crypto.getRandomValues(new Uint8Array(nonceSize))
  const wrapping = await deriveWrappingKey(secret, cost, salt, ports)
  const sealed = await crypto.subtle.encrypt(gcm(nonce, header), wrapping, own(databaseKey))
  return concat(header, nonce, new Uint8Array(sealed))
}

/** The 32-byte database key; undefined when the secret or the device is another, or the record was altered. */
export const openVault = async (
  record: VaultRecord,
  secret: VaultSecret,
  ports: VaultPorts,
): Promise<Uint8Array | undefined> => {
  if (!opens(record.method, secret)) return undefined
  const wrapping = await deriveWrappingKey(secret, record.cost, record.salt, ports)
  try {
    const opened = await crypto.subtle.decrypt(gcm(record.nonce, record.header), wrapping, own(record.sealedKey))
    return new Uint8Array(opened)
  } catch {
    return undefined
  }
}

/** Undefined when the bytes are no record of this version, or one below the floor. */
export const decodeVaultRecord = (bytes: Uint8Array): VaultRecord | undefined => {
  if (bytes.length < fixedHeaderSize || bytes[0] !== vaultVersion) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const cost = { memoryKib: view.getUint32(2), passes: view.getUint32(6), lanes: view.getUint32(10) }
  const salt = bytes.slice(14, 14 + saltSize)
  const credentialSize = view.getUint16(14 + saltSize)
  const isPasskey = bytes[1] === methodCode.passkey
  const headerSize = fixedHeaderSize + credentialSize + (isPasskey ? prfSize : 0)
  if (credentialSize > credentialIdSizeMax || bytes.length !== headerSize + nonceSize + sealedKeySize) return undefined
  const credentialId = bytes.slice(fixedHeaderSize, fixedHeaderSize + credentialSize)
  const method = decodeMethod(bytes[1] ?? 0, credentialId, bytes.slice(fixedHeaderSize + credentialSize, headerSize))
  if (method === undefined || !isAcceptableCost(method, cost)) return undefined
  return {
    method,
    cost,
    salt,
    header: bytes.slice(0, headerSize),
    nonce: bytes.slice(headerSize, headerSize + nonceSize),
    sealedKey: bytes.slice(headerSize + nonceSize),
  }
}

/** Whether these bytes were written by a newer version: then nothing is erased. */
export const isNewerVaultRecord = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) > vaultVersion

const decodeMethod = (code: number, credentialId: Uint8Array, prfSalt: Uint8Array): UnlockMethod | undefined => {
  if (code === methodCode.passphrase) return credentialId.length === 0 ? { kind: 'passphrase' } : undefined
  if (credentialId.length === 0) return undefined
  if (code === methodCode.passkey) return { kind: 'passkey', credentialId, prfSalt }
  return code === methodCode['passkey-and-passphrase'] ? { kind: 'passkey-and-passphrase', credentialId } : undefined
}

const isAcceptableCost = (method: UnlockMethod, cost: PassphraseCost): boolean => {
  const [low, high] = method.kind === 'passkey' ? [noCost, noCost] : [passphraseCostFloor, passphraseCostMax]
  return (['memoryKib', 'passes', 'lanes'] as const).every(
    (each) => cost[each] >= low[each] && cost[each] <= high[each],
  )
}

/** The passphrase opens a record with a passkey beside it too: the passkey adds nothing the device could check. */
const opens = (method: UnlockMethod, secret: VaultSecret): boolean =>
  method.kind === 'passkey' ? secret.kind === 'passkey' : secret.kind !== 'passkey'

const encodeHeader = (secret: VaultSecret, cost: PassphraseCost, salt: Uint8Array): Uint8Array => {
  const credentialId = secret.kind === 'passphrase' ? new Uint8Array(0) : secret.credentialId
  const prfSalt = secret.kind === 'passkey' ? secret.prfSalt : new Uint8Array(0)
  if (secret.kind !== 'passphrase' && (credentialId.length === 0 || credentialId.length > credentialIdSizeMax)) {
    throw new Error('a credential id has 1 to 1,023 bytes')
  }
  if (secret.kind === 'passkey' && prfSalt.length !== prfSize) throw new Error('a PRF salt has 32 bytes')
  const fixed = new Uint8Array(fixedHeaderSize)
  const view = new DataView(fixed.buffer)
  fixed[0] = vaultVersion
  fixed[1] = methodCode[secret.kind]
  view.setUint32(2, cost.memoryKib)
  view.setUint32(6, cost.passes)
  view.setUint32(10, cost.lanes)
  fixed.set(salt, 14)
  view.setUint16(14 + saltSize, credentialId.length)
  return concat(fixed, credentialId, prfSalt)
}

/** HKDF-SHA-256 over what the person has and what the device has: neither opens anything alone. */
const deriveWrappingKey = async (
  secret: VaultSecret,
  cost: PassphraseCost,
  salt: Uint8Array,
  ports: VaultPorts,
): Promise<CryptoKey> => {
  const personal = secret.kind === 'passkey' ? own(secret.prfOutput) : await stretch(secret.passphrase, cost, salt)
  if (personal.length !== 32) throw new Error('a PRF output has 32 bytes')
  const device = new Uint8Array(
    await crypto.subtle.deriveBits(hkdf(salt, `halyard vault ${vaultVersion} device`), ports.deviceSecret, 256),
  )
  const both = concat(personal, device)
  const wrapping = new Uint8Array(32)
  try {
    const mixed = await crypto.subtle.importKey('raw', both, 'HKDF', false, ['deriveBits'])
    const info = `halyard vault ${vaultVersion} ${secret.kind === 'passkey' ? 'passkey' : 'passphrase'}`
    wrapping.set(new Uint8Array(await crypto.subtle.deriveBits(hkdf(salt, info), mixed, 256)))
    if (globalThis.halyardRegistersKeys !== false) {
      ports.registerKey?.('unlock-personal', personal)
      ports.registerKey?.('unlock-device', device)
      ports.registerKey?.('unlock-wrapping', wrapping)
    }
    return await crypto.subtle.importKey('raw', wrapping, 'AES-GCM', false, ['encrypt', 'decrypt'])
  } finally {
    for (const each of [personal, device, both, wrapping]) each.fill(0)
  }
}

const stretch = async (
  passphrase: string,
  cost: PassphraseCost,
  salt: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> => {
  const password = new TextEncoder().encode(normalizePassphrase(passphrase))
  if (password.length === 0 || passphrase.length > passphraseLengthMax) {
    // Nothing opens with it; random bytes keep one path for all.
    return crypto.getRandomValues(new Uint8Array(32))
  }
  try {
    return own(
      await argon2id({
        password,
        salt,
        memorySize: cost.memoryKib,
        iterations: cost.passes,
        parallelism: cost.lanes,
        hashLength: 32,
        outputType: 'binary',
      }),
    )
  } finally {
    password.fill(0)
  }
}

const hkdf = (salt: Uint8Array, info: string): HkdfParams => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: own(salt),
  info: new TextEncoder().encode(info),
})

const gcm = (nonce: Uint8Array, header: Uint8Array): AesGcmParams => ({
  name: 'AES-GCM',
  iv: own(nonce),
  additionalData: own(header),
})

/** A copy in plain memory (WebCrypto takes no shared one). */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)

const concat = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
