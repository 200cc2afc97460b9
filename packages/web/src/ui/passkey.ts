/**
 * Passkeys on the page: the PRF extension (WebAuthn Level 3 §10.1.4) gives 32 bytes that only this authenticator can give
 * for this salt; the worker derives the database key from them. The credential signs nobody in anywhere.
 */
import type { UnlockMethod, UnlockSecret } from '@halyard/client/api'

export type PasskeyUnlock = Extract<UnlockSecret, { readonly kind: 'passkey' }>
/** `no-prf`: a passkey was made but cannot open data. `address`: browsers refuse passkeys here (an IP address). */
export type PasskeyFailure = 'none' | 'cancelled' | 'no-prf' | 'address'
export type PasskeyResult =
  | { readonly ok: true; readonly secret: PasskeyUnlock }
  | { readonly ok: false; readonly failure: PasskeyFailure }

interface PrfResults {
  readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: BufferSource } }
}

const saltBytes = 32
const prfBytes = 32
const askMs = 120_000

export const hasPasskeys = (): boolean =>
  typeof globalThis.PublicKeyCredential === 'function' && (navigator as Partial<Navigator>).credentials !== undefined

/**
 * Asks for a new passkey and at once for its PRF output. Some authenticators evaluate only when asked again: then the
 * browser asks a second time.
 */
export const createPasskey = async (): Promise<PasskeyResult> => {
  if (!hasPasskeys()) return { ok: false, failure: 'none' }
  const prfSalt = random(saltBytes)
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        // What the operating system lists names neither person nor network: it lies outside the encrypted data.
        rp: { name: 'Halyard', id: location.hostname },
        user: { id: random(32), name: 'Halyard', displayName: 'Halyard' },
        challenge: random(32),
        pubKeyCredParams: [
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: 'none',
        timeout: askMs,
        extensions: { prf: { eval: { first: prfSalt } } },
      },
    })
    const credential = asCredential(made)
    if (credential === undefined) return { ok: false, failure: 'cancelled' }
    const results = credential.getClientExtensionResults() as PrfResults
    const credentialId = new Uint8Array(credential.rawId)
    const prfOutput = outputOf(results)
    if (prfOutput !== undefined) return { ok: true, secret: { kind: 'passkey', credentialId, prfSalt, prfOutput } }
    if (results.prf?.enabled !== true) return { ok: false, failure: 'no-prf' }
    return await evaluate(credentialId, prfSalt)
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}

export const askPasskey = async (
  method: Extract<UnlockMethod, { readonly kind: 'passkey' }>,
): Promise<PasskeyResult> => {
  if (!hasPasskeys()) return { ok: false, failure: 'none' }
  try {
    return await evaluate(method.credentialId, method.prfSalt)
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}

const evaluate = async (credentialId: Uint8Array, prfSalt: Uint8Array): Promise<PasskeyResult> => {
  const got = await navigator.credentials.get({
    publicKey: {
      rpId: location.hostname,
      challenge: random(32),
      allowCredentials: [{ type: 'public-key', id: new Uint8Array(credentialId) }],
      userVerification: 'required',
      timeout: askMs,
      extensions: { prf: { eval: { first: new Uint8Array(prfSalt) } } },
    },
  })
  const credential = asCredential(got)
  if (credential === undefined) return { ok: false, failure: 'cancelled' }
  const prfOutput = outputOf(credential.getClientExtensionResults() as PrfResults)
  return prfOutput === undefined
    ? { ok: false, failure: 'no-prf' }
    : { ok: true, secret: { kind: 'passkey', credentialId, prfSalt, prfOutput } }
}

const outputOf = (results: PrfResults): Uint8Array | undefined => {
  const first = results.prf?.results?.first
  if (first === undefined) return undefined
  const output = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength).slice()
    : new Uint8Array(first).slice()
  return output.length === prfBytes ? output : undefined
}

const asCredential = (credential: Credential | null): PublicKeyCredential | undefined =>
  credential !== null && 'rawId' in credential && 'getClientExtensionResults' in credential
    ? (credential as PublicKeyCredential)
    : undefined

const failureOf = (error: unknown): PasskeyFailure => {
  const name = error instanceof Error ? error.name : ''
  if (name === 'SecurityError') return 'address'
  if (name === 'NotSupportedError') return 'none'
  return 'cancelled'
}

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))
