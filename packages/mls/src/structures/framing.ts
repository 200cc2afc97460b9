/** FramedContent, its authentication, PublicMessage, PrivateMessage and SenderData (RFC 9420 §6). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { noBytes } from '../bytes.ts'
import { readCommit, writeCommit, type Commit } from './commit.ts'
import { mls10 } from './key-package.ts'
import { readProposal, writeProposal, type Proposal } from './proposal.ts'

export const wireFormats = { publicMessage: 1, privateMessage: 2, welcome: 3, groupInfo: 4, keyPackage: 5 } as const

export type Sender =
  | { readonly kind: 'member'; readonly leafIndex: number }
  | { readonly kind: 'external'; readonly senderIndex: number }
  | { readonly kind: 'new-member-proposal' }
  | { readonly kind: 'new-member-commit' }

export type Content =
  | { readonly kind: 'application'; readonly data: Uint8Array }
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'commit'; readonly commit: Commit }

export const contentTypes: Readonly<Record<Content['kind'], number>> = { application: 1, proposal: 2, commit: 3 }

export type FramedContent = {
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly sender: Sender
  readonly authenticatedData: Uint8Array
  readonly content: Content
}

export type Auth = { readonly signature: Uint8Array; readonly confirmationTag: Uint8Array | undefined }

export type AuthenticatedContent = { readonly wireFormat: number; readonly framed: FramedContent; readonly auth: Auth }

function writeSender(w: Writer, sender: Sender): void {
  switch (sender.kind) {
    case 'member':
      w.u8(1)
      w.u32(sender.leafIndex)
      break
    case 'external':
      w.u8(2)
      w.u32(sender.senderIndex)
      break
    case 'new-member-proposal':
      w.u8(3)
      break
    case 'new-member-commit':
      w.u8(4)
      break
  }
}

function readSender(r: Reader): Sender {
  switch (r.u8()) {
    case 1:
      return { kind: 'member', leafIndex: r.u32() }
    case 2:
      return { kind: 'external', senderIndex: r.u32() }
    case 3:
      return { kind: 'new-member-proposal' }
    case 4:
      return { kind: 'new-member-commit' }
    default:
      r.fail()
      return { kind: 'new-member-commit' }
  }
}

export function writeContent(w: Writer, content: Content): void {
  if (content.kind === 'application') w.opaque(content.data)
  else if (content.kind === 'proposal') writeProposal(w, content.proposal)
  else writeCommit(w, content.commit)
}

export function readContent(r: Reader, contentType: number): Content {
  if (contentType === 1) return { kind: 'application', data: r.opaque() }
  if (contentType === 2) return { kind: 'proposal', proposal: readProposal(r) }
  if (contentType === 3) return { kind: 'commit', commit: readCommit(r) }
  r.fail()
  return { kind: 'application', data: noBytes }
}

type Frame = Omit<FramedContent, 'content'>

/** What stands before the content. */
function writeFrame(w: Writer, frame: Frame, kind: Content['kind']): void {
  w.opaque(frame.groupId)
  w.u64(frame.epoch)
  writeSender(w, frame.sender)
  w.opaque(frame.authenticatedData)
  w.u8(contentTypes[kind])
}

export function writeFramedContent(w: Writer, framed: FramedContent): void {
  writeFrame(w, framed, framed.content.kind)
  writeContent(w, framed.content)
}

/** A FramedContent around content that is encoded already. */
export function encodeFrameAround(frame: Frame, kind: Content['kind'], encodedContent: Uint8Array): Uint8Array {
  return encode((w) => {
    writeFrame(w, frame, kind)
    w.raw(encodedContent)
  }, encodedContent.length + 512)
}

/** The content within an encoded FramedContent: a view of it. */
export function contentWithin(framed: FramedContent, encodedFramed: Uint8Array): Uint8Array {
  return encodedFramed.subarray(encode((w) => writeFrame(w, framed, framed.content.kind)).length)
}

export function readFramedContent(r: Reader): FramedContent {
  return {
    groupId: r.opaque(),
    epoch: r.u64(),
    sender: readSender(r),
    authenticatedData: r.opaque(),
    content: readContent(r, r.u8()),
  }
}

export function encodeFramedContent(framed: FramedContent): Uint8Array {
  return encode((w) => writeFramedContent(w, framed), 512)
}

export function writeAuth(w: Writer, auth: Auth): void {
  w.opaque(auth.signature)
  if (auth.confirmationTag !== undefined) w.opaque(auth.confirmationTag)
}

export function readAuth(r: Reader, kind: Content['kind']): Auth {
  return { signature: r.opaque(), confirmationTag: kind === 'commit' ? r.opaque() : undefined }
}

/** FramedContentTBS (§6.1) in parts; `context` is the encoded GroupContext, given exactly for members and for external commits. */
export function framedToBeSigned(
  wireFormat: number,
  encodedFramed: Uint8Array,
  context: Uint8Array | undefined,
): readonly Uint8Array[] {
  const head = Uint8Array.of(mls10 >> 8, mls10 & 0xff, wireFormat >> 8, wireFormat & 0xff)
  return context === undefined ? [head, encodedFramed] : [head, encodedFramed, context]
}

/** AuthenticatedContent, whose hash names a proposal (§5.2). */
export function encodeAuthenticatedContent(wireFormat: number, encodedFramed: Uint8Array, auth: Auth): Uint8Array {
  return encode((w) => {
    w.u16(wireFormat)
    w.raw(encodedFramed)
    writeAuth(w, auth)
  }, encodedFramed.length + 256)
}

export function decodeAuthenticatedContent(bytes: Uint8Array): AuthenticatedContent | undefined {
  return decode(bytes, (r) => {
    const wireFormat = r.u16()
    const framed = readFramedContent(r)
    return { wireFormat, framed, auth: readAuth(r, framed.content.kind) }
  })
}

export type PublicMessage = {
  readonly framed: FramedContent
  readonly auth: Auth
  readonly membershipTag: Uint8Array | undefined
}

export function writePublicMessage(w: Writer, message: PublicMessage): void {
  writeFramedContent(w, message.framed)
  writeAuth(w, message.auth)
  if (message.membershipTag !== undefined) w.opaque(message.membershipTag)
}

export function readPublicMessage(r: Reader): PublicMessage {
  const framed = readFramedContent(r)
  const auth = readAuth(r, framed.content.kind)
  return { framed, auth, membershipTag: framed.sender.kind === 'member' ? r.opaque() : undefined }
}

export type PrivateMessage = {
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly contentType: number
  readonly authenticatedData: Uint8Array
  readonly encryptedSenderData: Uint8Array
  readonly ciphertext: Uint8Array
}

export function writePrivateMessage(w: Writer, message: PrivateMessage): void {
  w.opaque(message.groupId)
  w.u64(message.epoch)
  w.u8(message.contentType)
  w.opaque(message.authenticatedData)
  w.opaque(message.encryptedSenderData)
  w.opaque(message.ciphertext)
}

export function readPrivateMessage(r: Reader): PrivateMessage {
  const message = {
    groupId: r.opaque(),
    epoch: r.u64(),
    contentType: r.u8(),
    authenticatedData: r.opaque(),
    encryptedSenderData: r.opaque(),
    ciphertext: r.opaque(),
  }
  if (message.contentType < 1 || message.contentType > 3) r.fail()
  return message
}

/** SenderData (§6.3.2). */
export type SenderData = { readonly leafIndex: number; readonly generation: number; readonly reuseGuard: Uint8Array }

export function encodeSenderData(data: SenderData): Uint8Array {
  return encode((w) => {
    w.u32(data.leafIndex)
    w.u32(data.generation)
    w.raw(data.reuseGuard)
  }, 12)
}

export function decodeSenderData(bytes: Uint8Array): SenderData | undefined {
  return decode(bytes, (r) => ({ leafIndex: r.u32(), generation: r.u32(), reuseGuard: r.raw(4) }))
}
