/** GroupContext (RFC 9420 §8.1). */
import { encode, type Reader, type Writer } from '../codec.ts'
import { readExtensions, writeExtensions, type Extension } from './extension.ts'
import { mls10 } from './key-package.ts'

export type GroupContext = {
  readonly suite: number
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly treeHash: Uint8Array
  readonly confirmedTranscriptHash: Uint8Array
  readonly extensions: readonly Extension[]
}

export function writeGroupContext(w: Writer, context: GroupContext): void {
  w.u16(mls10)
  w.u16(context.suite)
  w.opaque(context.groupId)
  w.u64(context.epoch)
  w.opaque(context.treeHash)
  w.opaque(context.confirmedTranscriptHash)
  writeExtensions(w, context.extensions)
}

export function readGroupContext(r: Reader): GroupContext {
  if (r.u16() !== mls10) r.fail()
  return {
    suite: r.u16(),
    groupId: r.opaque(),
    epoch: r.u64(),
    treeHash: r.opaque(),
    confirmedTranscriptHash: r.opaque(),
    extensions: readExtensions(r),
  }
}

export function encodeGroupContext(context: GroupContext): Uint8Array {
  return encode((w) => writeGroupContext(w, context), 512)
}
