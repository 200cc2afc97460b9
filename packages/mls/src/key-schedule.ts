/** The key schedule (RFC 9420 §8): from one epoch's secrets to the next. */
import { noBytes } from './bytes.ts'
import { encode, opaqueSize } from './codec.ts'
import { deriveSecret, expandWithLabel, extract, hash, mac, zeroSecret, type Crypto } from './crypto.ts'
import { writePreSharedKeyId, type PreSharedKeyId } from './structures/pre-shared-key.ts'
import { nonceLength } from './suites.ts'

/** What an epoch keeps of its secrets (§8, table 4). `encryption_secret` lives in the secret tree instead. */
export type EpochSecrets = {
  readonly initSecret: Uint8Array
  readonly senderDataSecret: Uint8Array
  readonly exporterSecret: Uint8Array
  readonly externalSecret: Uint8Array
  readonly confirmationKey: Uint8Array
  readonly membershipKey: Uint8Array
  readonly resumptionPsk: Uint8Array
  readonly epochAuthenticator: Uint8Array
}

export const epochSecretNames = [
  'initSecret',
  'senderDataSecret',
  'exporterSecret',
  'externalSecret',
  'confirmationKey',
  'membershipKey',
  'resumptionPsk',
  'epochAuthenticator',
] as const satisfies readonly (keyof EpochSecrets)[]

export async function joinerSecretOf(
  c: Crypto,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  groupContext: Uint8Array,
): Promise<Uint8Array> {
  const extracted = await extract(c, initSecret, commitSecret)
  const joinerSecret = await expandWithLabel(c, extracted, 'joiner', groupContext, c.suite.hashLength)
  extracted.fill(0)
  return joinerSecret
}

/** The secret that both welcome_secret and epoch_secret come from. */
async function memberSecret(c: Crypto, joinerSecret: Uint8Array, pskSecret: Uint8Array): Promise<Uint8Array> {
  return extract(c, joinerSecret, pskSecret)
}

export async function welcomeSecretOf(c: Crypto, joinerSecret: Uint8Array, pskSecret: Uint8Array): Promise<Uint8Array> {
  const secret = await memberSecret(c, joinerSecret, pskSecret)
  const welcomeSecret = await deriveSecret(c, secret, 'welcome')
  secret.fill(0)
  return welcomeSecret
}

/** Key and nonce of the GroupInfo in a Welcome (§12.4.3.1). */
export async function welcomeKeys(
  c: Crypto,
  welcomeSecret: Uint8Array,
): Promise<{ readonly key: Uint8Array; readonly nonce: Uint8Array }> {
  return {
    key: await expandWithLabel(c, welcomeSecret, 'key', noBytes, c.suite.aead.keyLength),
    nonce: await expandWithLabel(c, welcomeSecret, 'nonce', noBytes, nonceLength),
  }
}

export async function epochSecretOf(
  c: Crypto,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
  groupContext: Uint8Array,
): Promise<Uint8Array> {
  const secret = await memberSecret(c, joinerSecret, pskSecret)
  const epochSecret = await expandWithLabel(c, secret, 'epoch', groupContext, c.suite.hashLength)
  secret.fill(0)
  return epochSecret
}

/** All secrets of an epoch; `encryptionSecret` roots the secret tree and is not kept. */
export async function epochSecrets(
  c: Crypto,
  epochSecret: Uint8Array,
): Promise<{ readonly secrets: EpochSecrets; readonly encryptionSecret: Uint8Array }> {
  const derive = (label: string): Promise<Uint8Array> => deriveSecret(c, epochSecret, label)
  const secrets: EpochSecrets = {
    initSecret: await derive('init'),
    senderDataSecret: await derive('sender data'),
    exporterSecret: await derive('exporter'),
    externalSecret: await derive('external'),
    confirmationKey: await derive('confirm'),
    membershipKey: await derive('membership'),
    resumptionPsk: await derive('resumption'),
    epochAuthenticator: await derive('authentication'),
  }
  return { secrets, encryptionSecret: await derive('encryption') }
}

/** psk_secret (§8.4): all zero without pre-shared keys. */
export async function pskSecretOf(
  c: Crypto,
  psks: readonly { readonly id: PreSharedKeyId; readonly psk: Uint8Array }[],
): Promise<Uint8Array> {
  let secret = zeroSecret(c)
  for (const [index, { id, psk }] of psks.entries()) {
    const label = encode((w) => {
      writePreSharedKeyId(w, id)
      w.u16(index)
      w.u16(psks.length)
    })
    const input = await expandWithLabel(
      c,
      await extract(c, zeroSecret(c), psk),
      'derived psk',
      label,
      c.suite.hashLength,
    )
    secret = await extract(c, input, secret)
  }
  return secret
}

/** MLS-Exporter (§8.5) */
export async function exporter(
  c: Crypto,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return expandWithLabel(c, await deriveSecret(c, exporterSecret, label), 'exported', await hash(c, context), length)
}

/** confirmed_transcript_hash (§8.2) of wire format, FramedContent and signature of a commit. */
export async function confirmedTranscriptHashOf(
  c: Crypto,
  interimBefore: Uint8Array,
  wireFormat: number,
  encodedFramed: Uint8Array,
  signature: Uint8Array,
): Promise<Uint8Array> {
  return hash(
    c,
    encode(
      (w) => {
        w.raw(interimBefore)
        w.u16(wireFormat)
        w.raw(encodedFramed)
        w.opaque(signature)
      },
      interimBefore.length + 2 + encodedFramed.length + opaqueSize(signature.length),
    ),
  )
}

export async function interimTranscriptHashOf(
  c: Crypto,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Promise<Uint8Array> {
  return hash(
    c,
    encode((w) => {
      w.raw(confirmed)
      w.opaque(confirmationTag)
    }),
  )
}

export async function confirmationTagOf(
  c: Crypto,
  confirmationKey: Uint8Array,
  confirmedTranscriptHash: Uint8Array,
): Promise<Uint8Array> {
  return mac(c, confirmationKey, confirmedTranscriptHash)
}
