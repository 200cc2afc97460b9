/** LeafNode, Capabilities, Lifetime (RFC 9420 §7.2). */
import { encode, type Reader, type Writer } from '../codec.ts'
import { readCredential, writeCredential, type Credential } from './credential.ts'
import { readExtensions, readNumbers, writeExtensions, writeNumbers, type Extension } from './extension.ts'

export type Capabilities = {
  readonly versions: readonly number[]
  readonly suites: readonly number[]
  readonly extensions: readonly number[]
  readonly proposals: readonly number[]
  readonly credentials: readonly number[]
}

/** How the leaf came into the tree. Times in seconds since 1970, as on the wire (uint64). */
export type LeafSource =
  | { readonly kind: 'key-package'; readonly notBefore: bigint; readonly notAfter: bigint }
  | { readonly kind: 'update' }
  | { readonly kind: 'commit'; readonly parentHash: Uint8Array }

export type LeafNode = {
  readonly encryptionKey: Uint8Array
  readonly signatureKey: Uint8Array
  readonly credential: Credential
  readonly capabilities: Capabilities
  readonly source: LeafSource
  readonly extensions: readonly Extension[]
  readonly signature: Uint8Array
  /** the whole LeafNode as encoded: hashed and sent as it is */
  readonly encoded: Uint8Array
  /** number of leading bytes of `encoded` before the signature: the part LeafNodeTBS repeats */
  readonly signedLength: number
}

function writeCapabilities(w: Writer, capabilities: Capabilities): void {
  for (const list of [
    capabilities.versions,
    capabilities.suites,
    capabilities.extensions,
    capabilities.proposals,
    capabilities.credentials,
  ]) {
    writeNumbers(w, list)
  }
}

function readCapabilities(r: Reader): Capabilities {
  return {
    versions: readNumbers(r),
    suites: readNumbers(r),
    extensions: readNumbers(r),
    proposals: readNumbers(r),
    credentials: readNumbers(r),
  }
}

function writeSource(w: Writer, source: LeafSource): void {
  if (source.kind === 'key-package') {
    w.u8(1)
    w.u64(source.notBefore)
    w.u64(source.notAfter)
  } else if (source.kind === 'update') w.u8(2)
  else {
    w.u8(3)
    w.opaque(source.parentHash)
  }
}

function readSource(r: Reader): LeafSource {
  const kind = r.u8()
  if (kind === 1) return { kind: 'key-package', notBefore: r.u64(), notAfter: r.u64() }
  if (kind === 3) return { kind: 'commit', parentHash: r.opaque() }
  if (kind !== 2) r.fail()
  return { kind: 'update' }
}

export type LeafContent = Omit<LeafNode, 'signature' | 'encoded' | 'signedLength'>

/** The fields before the signature. */
export function encodeLeafContent(leaf: LeafContent): Uint8Array {
  return encode((w) => {
    w.opaque(leaf.encryptionKey)
    w.opaque(leaf.signatureKey)
    writeCredential(w, leaf.credential)
    writeCapabilities(w, leaf.capabilities)
    writeSource(w, leaf.source)
    writeExtensions(w, leaf.extensions)
  }, 512)
}

/** A LeafNode of its content (as encoded by {@link encodeLeafContent}) and signature. */
export function assembleLeaf(content: LeafContent, encodedContent: Uint8Array, signature: Uint8Array): LeafNode {
  const encoded = encode(
    (w) => {
      w.raw(encodedContent)
      w.opaque(signature)
    },
    encodedContent.length + signature.length + 4,
  )
  return { ...content, signature, encoded, signedLength: encodedContent.length }
}

export function writeLeafNode(w: Writer, leaf: LeafNode): void {
  w.raw(leaf.encoded)
}

export function readLeafNode(r: Reader): LeafNode {
  const start = r.position()
  const content: LeafContent = {
    encryptionKey: r.opaque(),
    signatureKey: r.opaque(),
    credential: readCredential(r),
    capabilities: readCapabilities(r),
    source: readSource(r),
    extensions: readExtensions(r),
  }
  const signedLength = r.position() - start
  const signature = r.opaque()
  return { ...content, signature, encoded: r.since(start), signedLength }
}

/** LeafNodeTBS in parts: group id and leaf index are signed too when the leaf was made inside a group. */
export function leafToBeSigned(
  encodedContent: Uint8Array,
  source: LeafSource,
  groupId: Uint8Array,
  leafIndex: number,
): readonly Uint8Array[] {
  if (source.kind === 'key-package') return [encodedContent]
  const place = encode((w) => {
    w.opaque(groupId)
    w.u32(leafIndex)
  })
  return [encodedContent, place]
}
