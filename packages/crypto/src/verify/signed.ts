/** Signatures over labelled bodies, and hashes of them. Ed25519 (RFC 8032) is lent; SHA-256 is FIPS 180-4. */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { concat, decode, utf8 } from '@halyard/protocol'
import type { Label, Schema } from '@halyard/protocol'

/** Lent: verifies Ed25519 by RFC 8032 (no ZIP-215 leniency). Never throws for hostile keys or signatures. */
export interface Verifier {
  verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean | Promise<boolean>
}

/** Why a statement was not taken. `known`: it stands there already; `conflict`: another one stands there. */
export type Fault = 'malformed' | 'network' | 'order' | 'known' | 'conflict' | 'signature' | 'not-allowed'
export type Verdict<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

export const taken = <T>(value: T): Verdict<T> => ({ ok: true, value })
export const faulty = (fault: Fault): { readonly ok: false; readonly fault: Fault } => ({ ok: false, fault })

export const sha256 = (message: Uint8Array): Uint8Array => nobleSha256(message)

/** The bytes under a signature: label, a zero byte, body. No label is a prefix of another's with its zero byte. */
export const labelled = (label: Label, body: Uint8Array): Uint8Array => concat(utf8(label), zero, body)
const zero = new Uint8Array(1)

/** Names a signed statement: SHA-256 over the labelled body. What was signed, not by whom, makes the name. */
export const statementHash = (label: Label, body: Uint8Array): Uint8Array => sha256(labelled(label, body))

/** Decodes `body`, then verifies the signature with the key that `keyFor` finds for what the body says. */
export const readSigned = async <T>(
  verifier: Verifier,
  label: Label,
  schema: Schema<T>,
  statement: { readonly body: Uint8Array; readonly signature: Uint8Array },
  keyFor: (value: T) => Uint8Array | undefined,
): Promise<Verdict<T>> => {
  const value = decode(schema, statement.body)
  if (value === undefined) return faulty('malformed')
  const key = keyFor(value)
  if (key === undefined) return faulty('not-allowed')
  return (await verifier.verify(key, statement.signature, labelled(label, statement.body)))
    ? taken(value)
    : faulty('signature')
}

export const zeroHash: Uint8Array = new Uint8Array(32)
