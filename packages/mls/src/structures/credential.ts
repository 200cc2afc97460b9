/** Credential (RFC 9420 §5.3). */
import { encode, type Reader, type Writer } from '../codec.ts'
import { noBytes } from '../bytes.ts'

/** By the type's number: 1 basic, 2 X.509. */
export type Credential =
  | { readonly type: 1; readonly identity: Uint8Array }
  | { readonly type: 2; readonly certificates: readonly Uint8Array[] }

export function writeCredential(w: Writer, credential: Credential): void {
  w.u16(credential.type)
  if (credential.type === 1) w.opaque(credential.identity)
  else writeCertificates(w, credential.certificates)
}

function writeCertificates(w: Writer, certificates: readonly Uint8Array[]): void {
  w.vector(() => {
    for (const certificate of certificates) w.opaque(certificate)
  })
}

/** An unknown credential type cannot be read past, so it fails the reader. */
export function readCredential(r: Reader): Credential {
  const type = r.u16()
  if (type === 1) return { type, identity: r.opaque() }
  if (type === 2) return { type, certificates: r.vector((v) => v.opaque(), 64) }
  r.fail()
  return { type: 1, identity: noBytes }
}

/** What the engine calls the identity of a credential: the basic identity, or the encoded certificate chain. */
export function identityOf(credential: Credential): Uint8Array {
  return credential.type === 1 ? credential.identity : encode((w) => writeCertificates(w, credential.certificates))
}
