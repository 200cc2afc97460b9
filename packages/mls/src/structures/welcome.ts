/** Welcome, EncryptedGroupSecrets and GroupSecrets (RFC 9420 §12.4.3.1). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readHpkeCiphertext, writeHpkeCiphertext, type HpkeCiphertext } from './commit.ts'
import { readPreSharedKeyId, writePreSharedKeyId, type PreSharedKeyId } from './pre-shared-key.ts'

export type GroupSecrets = {
  readonly joinerSecret: Uint8Array
  readonly pathSecret: Uint8Array | undefined
  readonly psks: readonly PreSharedKeyId[]
}

export function encodeGroupSecrets(secrets: GroupSecrets): Uint8Array {
  return encode((w) => {
    w.opaque(secrets.joinerSecret)
    w.u8(secrets.pathSecret === undefined ? 0 : 1)
    if (secrets.pathSecret !== undefined) w.opaque(secrets.pathSecret)
    w.vector(() => {
      for (const psk of secrets.psks) writePreSharedKeyId(w, psk)
    })
  })
}

export function decodeGroupSecrets(bytes: Uint8Array): GroupSecrets | undefined {
  return decode(bytes, (r) => ({
    joinerSecret: r.opaque(),
    pathSecret: r.optional((v) => v.opaque()),
    psks: r.vector(readPreSharedKeyId, 0x10000),
  }))
}

export type EncryptedGroupSecrets = { readonly newMember: Uint8Array; readonly sealed: HpkeCiphertext }

export type Welcome = {
  readonly suite: number
  readonly secrets: readonly EncryptedGroupSecrets[]
  readonly encryptedGroupInfo: Uint8Array
}

export function writeWelcome(w: Writer, welcome: Welcome): void {
  w.u16(welcome.suite)
  w.vector(() => {
    for (const entry of welcome.secrets) {
      w.opaque(entry.newMember)
      writeHpkeCiphertext(w, entry.sealed)
    }
  })
  w.opaque(welcome.encryptedGroupInfo)
}

export function readWelcome(r: Reader): Welcome {
  return {
    suite: r.u16(),
    secrets: r.vector((v) => ({ newMember: v.opaque(), sealed: readHpkeCiphertext(v) })),
    encryptedGroupInfo: r.opaque(),
  }
}
