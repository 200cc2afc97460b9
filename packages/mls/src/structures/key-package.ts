/** KeyPackage (RFC 9420 §10). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readExtensions, writeExtensions, type Extension } from './extension.ts'
import { readLeafNode, writeLeafNode, type LeafNode } from './leaf-node.ts'

/** ProtocolVersion mls10 (§6). */
export const mls10 = 1

export type KeyPackage = {
  readonly version: number
  readonly suite: number
  readonly initKey: Uint8Array
  readonly leaf: LeafNode
  readonly extensions: readonly Extension[]
  readonly signature: Uint8Array
  readonly encoded: Uint8Array
  /** leading bytes of `encoded` that KeyPackageTBS covers */
  readonly signedLength: number
}

export type KeyPackageContent = Omit<KeyPackage, 'signature' | 'encoded' | 'signedLength'>

export function encodeKeyPackageContent(content: KeyPackageContent): Uint8Array {
  return encode((w) => {
    w.u16(content.version)
    w.u16(content.suite)
    w.opaque(content.initKey)
    writeLeafNode(w, content.leaf)
    writeExtensions(w, content.extensions)
  }, 512)
}

export function assembleKeyPackage(
  content: KeyPackageContent,
  encodedContent: Uint8Array,
  signature: Uint8Array,
): KeyPackage {
  const encoded = encode(
    (w) => {
      w.raw(encodedContent)
      w.opaque(signature)
    },
    encodedContent.length + signature.length + 4,
  )
  return { ...content, signature, encoded, signedLength: encodedContent.length }
}

export function writeKeyPackage(w: Writer, keyPackage: KeyPackage): void {
  w.raw(keyPackage.encoded)
}

export function readKeyPackageFrom(r: Reader): KeyPackage {
  const start = r.position()
  const content: KeyPackageContent = {
    version: r.u16(),
    suite: r.u16(),
    initKey: r.opaque(),
    leaf: readLeafNode(r),
    extensions: readExtensions(r),
  }
  const signedLength = r.position() - start
  const signature = r.opaque()
  return { ...content, signature, encoded: r.since(start), signedLength }
}

export function decodeKeyPackage(bytes: Uint8Array): KeyPackage | undefined {
  return decode(bytes, readKeyPackageFrom)
}
