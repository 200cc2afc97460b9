/** For tests alone: what a hostile member can make that an honest engine will not. */
import { cryptoOf } from '../src/crypto.ts'
import { encode } from '../src/codec.ts'
import { isRefusal, windows, type GroupState, type Provider } from '../src/index.ts'
import { membershipTag, openPrivate, sealPrivate, senderDataKeys, signFramed } from '../src/message-protection.ts'
import { viewOfState } from '../src/send.ts'
import {
  encodeFramedContent,
  encodeSenderData,
  wireFormats,
  type Auth,
  type Content,
  type FramedContent,
  type SenderData,
} from '../src/structures/framing.ts'
import { decodeMlsMessage, encodeMlsMessage } from '../src/structures/mls-message.ts'
import { text } from './test-kit.ts'

/** A provider that alters what is sealed to a tree node (HPKE, no AAD, one secret long): the n-th such sealing. */
export function alteringPathSecrets(
  base: Provider,
  suite: number,
  which: number,
  where: 'plaintext' | 'ciphertext',
): Provider {
  let seen = 0
  const { hashLength } = cryptoOf(base, suite).suite
  return {
    ...base,
    async seal(name, key, nonce, aad, plaintext) {
      const hit = aad.length === 0 && plaintext.length === hashLength && seen++ === which
      const sealed = await base.seal(
        name,
        key,
        nonce,
        aad,
        hit && where === 'plaintext' ? flipped(plaintext, 0) : plaintext,
      )
      return hit && where === 'ciphertext' ? flipped(sealed, 0) : sealed
    },
  }
}

export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}

/** Signs and seals any content as the owner of `state`; `change` edits what the engine would not. */
export async function forge(
  provider: Provider,
  state: GroupState,
  content: Content,
  change: { tag?: Uint8Array; signature?: Uint8Array; ownLeaf?: number } = {},
): Promise<Uint8Array> {
  const c = cryptoOf(provider, state.context.suite)
  const ownLeaf = change.ownLeaf ?? state.ownLeaf
  const framed: FramedContent = {
    groupId: state.context.groupId,
    epoch: state.context.epoch,
    sender: { kind: 'member', leafIndex: ownLeaf },
    authenticatedData: new Uint8Array(0),
    content,
  }
  const signature =
    change.signature ??
    (await signFramed(
      c,
      wireFormats.privateMessage,
      encodeFramedContent(framed),
      state.encodedContext,
      state.signaturePrivateKey,
    ))
  const auth: Auth = { signature, confirmationTag: change.tag }
  const sealed = await sealPrivate(c, { ...viewOfState(state), ownLeaf }, framed, auth, 0)
  if (typeof sealed === 'string') throw new Error(sealed)
  return encodeMlsMessage({ kind: 'private', message: sealed.message })
}

/** Opens a commit as another member would and seals it again with another confirmation tag: the tag is not under the signature. */
export async function retagged(
  provider: Provider,
  author: GroupState,
  reader: GroupState,
  message: Uint8Array,
): Promise<Uint8Array> {
  const c = cryptoOf(provider, author.context.suite)
  const decoded = decodeMlsMessage(message)
  if (decoded?.kind !== 'private') throw new Error('not private')
  const opened = await openPrivate(c, viewOfState(reader), decoded.message, windows)
  if (isRefusal(opened)) throw new Error(opened.reason)
  const { framed, auth } = opened.content
  const sealed = await sealPrivate(
    c,
    viewOfState(author),
    framed,
    { ...auth, confirmationTag: flipped(auth.confirmationTag ?? new Uint8Array(32), 0) },
    0,
  )
  if (typeof sealed === 'string') throw new Error(sealed)
  return encodeMlsMessage({ kind: 'private', message: sealed.message })
}

/** A message whose sender data say whatever the forger likes. */
export async function withSenderData(
  provider: Provider,
  state: GroupState,
  senderData: SenderData,
): Promise<Uint8Array> {
  const c = cryptoOf(provider, state.context.suite)
  const { groupId, epoch } = state.context
  const ciphertext = provider.random(200)
  const { key, nonce } = await senderDataKeys(c, state.secrets.senderDataSecret, ciphertext)
  const aad = encode((w) => {
    w.opaque(groupId)
    w.u64(epoch)
    w.u8(1)
  })
  const encryptedSenderData = await provider.seal(c.suite.aead.name, key, nonce, aad, encodeSenderData(senderData))
  return encodeMlsMessage({
    kind: 'private',
    message: { groupId, epoch, contentType: 1, authenticatedData: text('x'), encryptedSenderData, ciphertext },
  })
}

/** Application data in a PublicMessage, rightly signed and tagged: only its content type is forbidden. */
export async function publicApplication(provider: Provider, state: GroupState, data: Uint8Array): Promise<Uint8Array> {
  const c = cryptoOf(provider, state.context.suite)
  const framed: FramedContent = {
    groupId: state.context.groupId,
    epoch: state.context.epoch,
    sender: { kind: 'member', leafIndex: state.ownLeaf },
    authenticatedData: new Uint8Array(0),
    content: { kind: 'application', data },
  }
  const encodedFramed = encodeFramedContent(framed)
  const auth: Auth = {
    signature: await signFramed(
      c,
      wireFormats.publicMessage,
      encodedFramed,
      state.encodedContext,
      state.signaturePrivateKey,
    ),
    confirmationTag: undefined,
  }
  const tag = await membershipTag(c, state.secrets.membershipKey, encodedFramed, state.encodedContext, auth)
  return encodeMlsMessage({ kind: 'public', message: { framed, auth, membershipTag: tag } })
}
