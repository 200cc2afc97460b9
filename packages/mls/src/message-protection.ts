/** Signing, sealing and opening of group messages (RFC 9420 §6). */
import { noBytes, sameBytes, sameSecret } from './bytes.ts'
import { decode, encode, opaqueSize } from './codec.ts'
import { expandWithLabel, mac, signWithLabel, verifyWithLabel, type Crypto } from './crypto.ts'
import { refuse } from './group-state.ts'
import { takeKeysFor, takeNextKeys, type KeyRefusal, type MessageKeys, type SecretTree } from './secret-tree.ts'
import {
  contentTypes,
  decodeSenderData,
  encodeFrameAround,
  encodeFramedContent,
  contentWithin,
  encodeSenderData,
  framedToBeSigned,
  readAuth,
  readContent,
  wireFormats,
  writeAuth,
  type Auth,
  type AuthenticatedContent,
  type FramedContent,
  type PrivateMessage,
  type PublicMessage,
} from './structures/framing.ts'
import { nonceLength } from './suites.ts'
import type { Refusal, Windows } from './types.ts'

/** What opening and judging a message of one epoch takes: a present or a past one. */
export type EpochView = {
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly encodedContext: Uint8Array
  readonly senderDataSecret: Uint8Array
  readonly secretTree: SecretTree
  readonly ownLeaf: number
  /** the signature key at a leaf; `undefined` for a blank one or one outside the tree */
  readonly signatureKeyAt: (leafIndex: number) => Uint8Array | undefined
}

/** Signs a FramedContent; `context` for members and external committers (§6.1). */
export function signFramed(
  c: Crypto,
  wireFormat: number,
  encodedFramed: Uint8Array,
  context: Uint8Array | undefined,
  privateKey: Uint8Array,
): Promise<Uint8Array> {
  return signWithLabel(c, privateKey, 'FramedContentTBS', framedToBeSigned(wireFormat, encodedFramed, context))
}

export function framedSignatureValid(
  c: Crypto,
  wireFormat: number,
  encodedFramed: Uint8Array,
  context: Uint8Array | undefined,
  publicKey: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyWithLabel(
    c,
    publicKey,
    'FramedContentTBS',
    framedToBeSigned(wireFormat, encodedFramed, context),
    signature,
  )
}

/** membership_tag (§6.2) */
export async function membershipTag(
  c: Crypto,
  membershipKey: Uint8Array,
  encodedFramed: Uint8Array,
  context: Uint8Array,
  auth: Auth,
): Promise<Uint8Array> {
  return mac(
    c,
    membershipKey,
    encode(
      (w) => {
        for (const part of framedToBeSigned(wireFormats.publicMessage, encodedFramed, context)) w.raw(part)
        writeAuth(w, auth)
      },
      encodedFramed.length + context.length + 256,
    ),
  )
}

export async function membershipTagValid(
  c: Crypto,
  membershipKey: Uint8Array,
  encodedFramed: Uint8Array,
  context: Uint8Array,
  message: PublicMessage,
): Promise<boolean> {
  return (
    message.membershipTag !== undefined &&
    sameSecret(message.membershipTag, await membershipTag(c, membershipKey, encodedFramed, context, message.auth))
  )
}

/** Key and nonce of the sender data, from a sample of the ciphertext (§6.3.2). */
export async function senderDataKeys(
  c: Crypto,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
): Promise<{ readonly key: Uint8Array; readonly nonce: Uint8Array }> {
  const sample = ciphertext.subarray(0, c.suite.hashLength)
  return {
    key: await expandWithLabel(c, senderDataSecret, 'key', sample, c.suite.aead.keyLength),
    nonce: await expandWithLabel(c, senderDataSecret, 'nonce', sample, nonceLength),
  }
}

function senderDataAad(groupId: Uint8Array, epoch: bigint, contentType: number): Uint8Array {
  return encode((w) => {
    w.opaque(groupId)
    w.u64(epoch)
    w.u8(contentType)
  }, groupId.length + 16)
}

function contentAad(
  groupId: Uint8Array,
  epoch: bigint,
  contentType: number,
  authenticatedData: Uint8Array,
): Uint8Array {
  return encode(
    (w) => {
      w.opaque(groupId)
      w.u64(epoch)
      w.u8(contentType)
      w.opaque(authenticatedData)
    },
    groupId.length + authenticatedData.length + 24,
  )
}

function guardedNonce(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  const guarded = nonce.slice()
  for (let i = 0; i < 4; i++) guarded[i] = (guarded[i] ?? 0) ^ (reuseGuard[i] ?? 0)
  return guarded
}

function authSize({ signature, confirmationTag }: Auth): number {
  return opaqueSize(signature.length) + (confirmationTag === undefined ? 0 : opaqueSize(confirmationTag.length))
}

export type Sealed = {
  readonly message: PrivateMessage
  readonly generation: number
  readonly secretTree: SecretTree
  readonly consumed: readonly Uint8Array[]
}

/** Seals signed content as PrivateMessage with the next key of the own ratchet (§6.3). `padding` in zero bytes; `encodedFramed`, where it is at hand. */
export async function sealPrivate(
  c: Crypto,
  view: EpochView,
  framed: FramedContent,
  auth: Auth,
  padding: number,
  encodedFramed = encodeFramedContent(framed),
): Promise<Sealed | KeyRefusal> {
  const kind = framed.content.kind === 'application' ? 'application' : 'handshake'
  const taken = await takeNextKeys(c, view.secretTree, view.ownLeaf, kind)
  if (typeof taken === 'string') return taken
  const contentType = contentTypes[framed.content.kind]
  const content = contentWithin(framed, encodedFramed)
  const plaintext = encode(
    (w) => {
      w.raw(content)
      writeAuth(w, auth)
      w.raw(new Uint8Array(padding))
    },
    content.length + authSize(auth) + padding,
  )
  const reuseGuard = c.provider.random(4)
  const aad = contentAad(view.groupId, view.epoch, contentType, framed.authenticatedData)
  const ciphertext = await c.provider.seal(
    c.suite.aead.name,
    taken.keys.key,
    guardedNonce(taken.keys.nonce, reuseGuard),
    aad,
    plaintext,
  )
  const keys = await senderDataKeys(c, view.senderDataSecret, ciphertext)
  const senderData = encodeSenderData({ leafIndex: view.ownLeaf, generation: taken.keys.generation, reuseGuard })
  const encryptedSenderData = await c.provider.seal(
    c.suite.aead.name,
    keys.key,
    keys.nonce,
    senderDataAad(view.groupId, view.epoch, contentType),
    senderData,
  )
  keys.key.fill(0)
  const message: PrivateMessage = {
    groupId: view.groupId,
    epoch: view.epoch,
    contentType,
    authenticatedData: framed.authenticatedData,
    encryptedSenderData,
    ciphertext,
  }
  return { message, generation: taken.keys.generation, secretTree: taken.tree, consumed: taken.consumed }
}

export type Opened = {
  readonly content: AuthenticatedContent
  readonly encodedFramed: Uint8Array
  readonly senderLeaf: number
  readonly generation: number
  readonly secretTree: SecretTree
  readonly consumed: readonly Uint8Array[]
}

const keyRefusalReasons: Readonly<Record<KeyRefusal, string>> = {
  'too-far-ahead': 'generation outside the window',
  'already-consumed': 'the key of this generation was used or forgotten',
}

/**
 * Opens and verifies a PrivateMessage of this epoch (§6.3). The leaf in the sender data is looked up before anything is derived for it.
 * A refusal leaves the ratchets as they were: a message that merely opens but is not signed by its sender takes nobody's key.
 */
export async function openPrivate(
  c: Crypto,
  view: EpochView,
  message: PrivateMessage,
  windows: Windows,
  ownAllowed = false,
): Promise<Opened | Refusal> {
  const senderKeys = await senderDataKeys(c, view.senderDataSecret, message.ciphertext)
  const aad = senderDataAad(view.groupId, view.epoch, message.contentType)
  const opened = await c.provider.open(
    c.suite.aead.name,
    senderKeys.key,
    senderKeys.nonce,
    aad,
    message.encryptedSenderData,
  )
  senderKeys.key.fill(0)
  if (opened === undefined) return refuse('cannot-open', 'message', 'sender data')
  const senderData = decodeSenderData(opened)
  if (senderData === undefined) return refuse('malformed', 'sender', 'sender data')
  const { leafIndex, generation } = senderData
  const publicKey = view.signatureKeyAt(leafIndex)
  if (publicKey === undefined) return refuse('unknown-sender', 'sender', 'the sender data names no member')
  if (leafIndex === view.ownLeaf && !ownAllowed) return refuse('own-message', 'message', 'sent from this leaf')
  const taken = await takeKeysFor(
    c,
    view.secretTree,
    leafIndex,
    message.contentType === contentTypes.application ? 'application' : 'handshake',
    generation,
    windows,
  )
  if (typeof taken === 'string') return refuse(taken, 'message', keyRefusalReasons[taken])
  const openedContent = await openContent(c, view, message, leafIndex, taken.keys, senderData.reuseGuard)
  if ('ok' in openedContent) return openedContent
  const { content, encodedFramed } = openedContent
  if (
    !(await framedSignatureValid(
      c,
      wireFormats.privateMessage,
      encodedFramed,
      view.encodedContext,
      publicKey,
      content.auth.signature,
    ))
  ) {
    return refuse('bad-signature', 'sender', 'message signature')
  }
  return { content, encodedFramed, senderLeaf: leafIndex, generation, secretTree: taken.tree, consumed: taken.consumed }
}

async function openContent(
  c: Crypto,
  view: EpochView,
  message: PrivateMessage,
  leafIndex: number,
  keys: MessageKeys,
  reuseGuard: Uint8Array,
): Promise<Pick<Opened, 'content' | 'encodedFramed'> | Refusal> {
  const aad = contentAad(view.groupId, view.epoch, message.contentType, message.authenticatedData)
  const plaintext = await c.provider.open(
    c.suite.aead.name,
    keys.key,
    guardedNonce(keys.nonce, reuseGuard),
    aad,
    message.ciphertext,
  )
  if (plaintext === undefined) return refuse('cannot-open', 'message', 'content')
  let padded = noBytes
  let encodedContent = noBytes
  const parsed = decode(plaintext, (r) => {
    const content = readContent(r, message.contentType)
    encodedContent = plaintext.subarray(0, r.position())
    const auth = readAuth(r, content.kind)
    padded = r.raw(r.left())
    return { content, auth }
  })
  if (parsed === undefined) return refuse('malformed', 'sender', 'content of a private message')
  if (padded.some((byte) => byte !== 0)) return refuse('bad-padding', 'sender', 'padding is not zero')
  const framed: FramedContent = {
    groupId: view.groupId,
    epoch: view.epoch,
    sender: { kind: 'member', leafIndex },
    authenticatedData: message.authenticatedData,
    content: parsed.content,
  }
  return {
    content: { wireFormat: wireFormats.privateMessage, framed, auth: parsed.auth },
    // What the sender signed is what it sealed, so that is what is verified: nothing is encoded again.
    encodedFramed: encodeFrameAround(framed, framed.content.kind, encodedContent),
  }
}

/** Whether a message is for this group and epoch. */
export function epochRefusal(
  view: Pick<EpochView, 'groupId' | 'epoch'>,
  groupId: Uint8Array,
  epoch: bigint,
): Refusal | undefined {
  if (!sameBytes(view.groupId, groupId)) return refuse('wrong-group', 'message', 'another group id')
  if (epoch < view.epoch) return refuse('old-epoch', 'message', `epoch ${epoch} is past`)
  return epoch > view.epoch ? refuse('future-epoch', 'message', `epoch ${epoch} is yet to come`) : undefined
}
