/** GroupInfo (RFC 9420 §12.4.3). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readExtensions, writeExtensions, type Extension } from './extension.ts'
import { readGroupContext, writeGroupContext, type GroupContext } from './group-context.ts'

export type GroupInfo = {
  readonly context: GroupContext
  readonly extensions: readonly Extension[]
  readonly confirmationTag: Uint8Array
  readonly signer: number
  readonly signature: Uint8Array
}

function writeGroupInfoContent(w: Writer, info: Omit<GroupInfo, 'signature'>): void {
  writeGroupContext(w, info.context)
  writeExtensions(w, info.extensions)
  w.opaque(info.confirmationTag)
  w.u32(info.signer)
}

/** GroupInfoTBS */
export function groupInfoToBeSigned(info: Omit<GroupInfo, 'signature'>): Uint8Array {
  return encode((w) => writeGroupInfoContent(w, info), 1024)
}

export function writeGroupInfo(w: Writer, info: GroupInfo): void {
  writeGroupInfoContent(w, info)
  w.opaque(info.signature)
}

export function encodeGroupInfo(info: GroupInfo): Uint8Array {
  return encode((w) => writeGroupInfo(w, info), 1024)
}

export function readGroupInfo(r: Reader): GroupInfo {
  return {
    context: readGroupContext(r),
    extensions: readExtensions(r),
    confirmationTag: r.opaque(),
    signer: r.u32(),
    signature: r.opaque(),
  }
}

export function decodeGroupInfo(bytes: Uint8Array): GroupInfo | undefined {
  return decode(bytes, readGroupInfo)
}
