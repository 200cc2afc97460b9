/** Cases of crypto-basics, secret-tree, key-schedule, psk_secret, transcript-hashes and deserialization. */
import { decode, reader } from '../src/codec.ts'
import {
  cryptoOf,
  decryptWith,
  deriveSecret,
  deriveTreeSecret,
  encryptContext,
  encryptWith,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from '../src/crypto.ts'
import { kemDerive } from '../src/hpke/kem.ts'
import {
  confirmationTagOf,
  confirmedTranscriptHashOf,
  epochSecretOf,
  epochSecrets,
  exporter,
  interimTranscriptHashOf,
  joinerSecretOf,
  pskSecretOf,
  welcomeSecretOf,
} from '../src/key-schedule.ts'
import { windows, type Provider } from '../src/index.ts'
import { senderDataKeys } from '../src/message-protection.ts'
import { secretTree, takeKeysFor } from '../src/secret-tree.ts'
import { decodeAuthenticatedContent, encodeFramedContent } from '../src/structures/framing.ts'
import { encodeGroupContext } from '../src/structures/group-context.ts'
import { bytes, equal, must } from './hex.ts'

type Hex = string

export type CryptoBasics = {
  cipher_suite: number
  ref_hash: { label: string; value: Hex; out: Hex }
  expand_with_label: { secret: Hex; label: string; context: Hex; length: number; out: Hex }
  derive_secret: { secret: Hex; label: string; out: Hex }
  derive_tree_secret: { secret: Hex; label: string; generation: number; length: number; out: Hex }
  sign_with_label: { priv: Hex; pub: Hex; content: Hex; label: string; signature: Hex }
  encrypt_with_label: {
    priv: Hex
    pub: Hex
    label: string
    context: Hex
    plaintext: Hex
    kem_output: Hex
    ciphertext: Hex
  }
}

export async function cryptoBasics(provider: Provider, v: CryptoBasics): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  equal(await refHash(c, v.ref_hash.label, bytes(v.ref_hash.value)), v.ref_hash.out, 'ref_hash')
  const e = v.expand_with_label
  equal(await expandWithLabel(c, bytes(e.secret), e.label, bytes(e.context), e.length), e.out, 'expand_with_label')
  equal(
    await deriveSecret(c, bytes(v.derive_secret.secret), v.derive_secret.label),
    v.derive_secret.out,
    'derive_secret',
  )
  const t = v.derive_tree_secret
  equal(await deriveTreeSecret(c, bytes(t.secret), t.label, t.generation, t.length), t.out, 'derive_tree_secret')
  const s = v.sign_with_label
  const verify = (signature: Uint8Array) => verifyWithLabel(c, bytes(s.pub), s.label, bytes(s.content), signature)
  equal(await verify(bytes(s.signature)), true, 'given signature')
  equal(await verify(await signWithLabel(c, bytes(s.priv), s.label, bytes(s.content))), true, 'own signature')
  const h = v.encrypt_with_label
  const keys = { privateKey: bytes(h.priv), publicKey: bytes(h.pub) }
  const context = await encryptContext(c, h.label, bytes(h.context))
  equal(
    await decryptWith(c, context, keys, { kemOutput: bytes(h.kem_output), ciphertext: bytes(h.ciphertext) }),
    h.plaintext,
    'given ciphertext',
  )
  const sealed = must(await encryptWith(c, context, keys.publicKey, bytes(h.plaintext)), 'encrypt')
  equal(await decryptWith(c, context, keys, sealed), h.plaintext, 'own ciphertext')
}

export type SecretTreeCase = {
  cipher_suite: number
  encryption_secret: Hex
  sender_data: { sender_data_secret: Hex; ciphertext: Hex; key: Hex; nonce: Hex }
  leaves: {
    generation: number
    handshake_key: Hex
    handshake_nonce: Hex
    application_key: Hex
    application_nonce: Hex
  }[][]
}

export async function secretTreeCase(provider: Provider, v: SecretTreeCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const sender = await senderDataKeys(c, bytes(v.sender_data.sender_data_secret), bytes(v.sender_data.ciphertext))
  equal(sender.key, v.sender_data.key, 'sender data key')
  equal(sender.nonce, v.sender_data.nonce, 'sender data nonce')
  let tree = secretTree(v.leaves.length, bytes(v.encryption_secret))
  for (const [leafIndex, generations] of v.leaves.entries()) {
    for (const g of generations) {
      for (const kind of ['handshake', 'application'] as const) {
        const taken = await takeKeysFor(c, tree, leafIndex, kind, g.generation, windows)
        if (typeof taken === 'string') throw new Error(taken)
        tree = taken.tree
        equal(taken.keys.key, g[`${kind}_key`], `${kind} key`)
        equal(taken.keys.nonce, g[`${kind}_nonce`], `${kind} nonce`)
      }
    }
  }
}

export type KeyScheduleCase = {
  cipher_suite: number
  group_id: Hex
  initial_init_secret: Hex
  epochs: (Record<
    | 'tree_hash'
    | 'commit_secret'
    | 'confirmed_transcript_hash'
    | 'group_context'
    | 'joiner_secret'
    | 'welcome_secret'
    | 'init_secret'
    | 'sender_data_secret'
    | 'encryption_secret'
    | 'exporter_secret'
    | 'epoch_authenticator'
    | 'external_secret'
    | 'confirmation_key'
    | 'membership_key'
    | 'resumption_psk'
    | 'external_pub',
    Hex
  > & { psk_secret?: Hex; exporter: { label: string; context: Hex; length: number; secret: Hex } })[]
}

export async function keySchedule(provider: Provider, v: KeyScheduleCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  let initSecret = bytes(v.initial_init_secret)
  for (const [i, e] of v.epochs.entries()) {
    const context = encodeGroupContext({
      suite: v.cipher_suite,
      groupId: bytes(v.group_id),
      epoch: BigInt(i),
      treeHash: bytes(e.tree_hash),
      confirmedTranscriptHash: bytes(e.confirmed_transcript_hash),
      extensions: [],
    })
    equal(context, e.group_context, 'group_context')
    const psk = e.psk_secret === undefined ? new Uint8Array(c.suite.hashLength) : bytes(e.psk_secret)
    const joiner = await joinerSecretOf(c, initSecret, bytes(e.commit_secret), context)
    equal(joiner, e.joiner_secret, 'joiner_secret')
    equal(await welcomeSecretOf(c, joiner, psk), e.welcome_secret, 'welcome_secret')
    const { secrets, encryptionSecret } = await epochSecrets(c, await epochSecretOf(c, joiner, psk, context))
    equal(secrets.initSecret, e.init_secret, 'init_secret')
    equal(secrets.senderDataSecret, e.sender_data_secret, 'sender_data_secret')
    equal(encryptionSecret, e.encryption_secret, 'encryption_secret')
    equal(secrets.exporterSecret, e.exporter_secret, 'exporter_secret')
    equal(secrets.epochAuthenticator, e.epoch_authenticator, 'epoch_authenticator')
    equal(secrets.externalSecret, e.external_secret, 'external_secret')
    equal(secrets.confirmationKey, e.confirmation_key, 'confirmation_key')
    equal(secrets.membershipKey, e.membership_key, 'membership_key')
    equal(secrets.resumptionPsk, e.resumption_psk, 'resumption_psk')
    equal((await kemDerive(provider, c.suite.kem, secrets.externalSecret)).publicKey, e.external_pub, 'external_pub')
    equal(
      await exporter(c, secrets.exporterSecret, e.exporter.label, bytes(e.exporter.context), e.exporter.length),
      e.exporter.secret,
      'exporter',
    )
    initSecret = secrets.initSecret
  }
}

export type PskCase = { cipher_suite: number; psks: { psk_id: Hex; psk: Hex; psk_nonce: Hex }[]; psk_secret: Hex }

export async function pskSecret(provider: Provider, v: PskCase): Promise<void> {
  const psks = v.psks.map((p) => ({
    id: { kind: 'external', id: bytes(p.psk_id), nonce: bytes(p.psk_nonce) } as const,
    psk: bytes(p.psk),
  }))
  equal(await pskSecretOf(cryptoOf(provider, v.cipher_suite), psks), v.psk_secret, 'psk_secret')
}

export type TranscriptCase = {
  cipher_suite: number
  confirmation_key: Hex
  authenticated_content: Hex
  interim_transcript_hash_before: Hex
  confirmed_transcript_hash_after: Hex
  interim_transcript_hash_after: Hex
}

export async function transcriptHashes(provider: Provider, v: TranscriptCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const content = must(decodeAuthenticatedContent(bytes(v.authenticated_content)), 'authenticated_content')
  const tag = must(content.auth.confirmationTag, 'confirmation_tag')
  const confirmed = await confirmedTranscriptHashOf(
    c,
    bytes(v.interim_transcript_hash_before),
    content.wireFormat,
    encodeFramedContent(content.framed),
    content.auth.signature,
  )
  equal(confirmed, v.confirmed_transcript_hash_after, 'confirmed')
  equal(await confirmationTagOf(c, bytes(v.confirmation_key), confirmed), tag, 'tag')
  equal(await interimTranscriptHashOf(c, confirmed, tag), v.interim_transcript_hash_after, 'interim')
}

export async function deserialization(_: Provider, v: { vlbytes_header: Hex; length: number }): Promise<void> {
  const header = bytes(v.vlbytes_header)
  // A vector of that length behind the header, read back: small ones whole, the others by what is missing.
  const whole = new Uint8Array(header.length + v.length)
  whole.set(header)
  equal(
    must(
      decode(whole, (r) => r.opaque()),
      'vector',
    ).length,
    v.length,
    'length',
  )
  const short = reader(whole.subarray(0, whole.length - 1))
  short.opaque()
  if (v.length > 0) equal(short.failed(), true, 'one byte short')
}
