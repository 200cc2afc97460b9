/**
 * The picture of a group: one baseline JPEG of a fixed size, without anything beside the image. Whoever is in a group can
 * set it, and everybody's browser decodes it: what is taken in leaves a decoder as little to be wrong about as can be.
 */
import { equal, limits } from '@halyard/protocol'
import type { Database } from '../ports.ts'
import { blobOf } from '../store/values.ts'

const marker = { image: 0xd8, end: 0xd9, scan: 0xda, frame: 0xc0 } as const
/** Quantisation and Huffman tables, the frame, the restart interval, the scan: all that a baseline image needs. */
const needed: ReadonlySet<number> = new Set([0xdb, 0xc4, 0xc0, 0xdd, 0xda])
/** Application data and comments: where, when and with what it was made. */
const isBeside = (kind: number): boolean => (kind >= 0xe0 && kind <= 0xef) || kind === 0xfe

interface Segment {
  readonly kind: number
  readonly from: number
  readonly to: number
}

/** Whether bytes are a picture as it is sent (JPEG, ITU-T T.81 Annex B: one frame and one scan, 128 by 128). */
export const isPicture = (bytes: Uint8Array): boolean => {
  if (bytes.length > limits.pictureMaxBytes) return false
  const segments = segmentsOf(bytes)
  return segments !== undefined && segments.every(({ kind }) => needed.has(kind)) && hasOneFrame(bytes, segments)
}

/** The same picture without what stands beside the image; undefined when it is none that may be sent. */
export const cleanPicture = (bytes: Uint8Array): Uint8Array | undefined => {
  const segments = segmentsOf(bytes)
  if (segments === undefined) return undefined
  const kept = segments.filter(({ kind }) => !isBeside(kind)).map(({ from, to }) => bytes.subarray(from, to))
  const clean = new Uint8Array(2 + kept.reduce((sum, { length }) => sum + length, 0))
  clean.set([0xff, marker.image])
  let at = 2
  for (const segment of kept) {
    clean.set(segment, at)
    at += segment.length
  }
  return isPicture(clean) ? clean : undefined
}

export const samePicture = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : equal(one, other)

/** Every segment after the start of the image; the scan, which is the last one, with its data and the end of the image. */
const segmentsOf = (bytes: Uint8Array): readonly Segment[] | undefined => {
  if (bytes[0] !== 0xff || bytes[1] !== marker.image) return undefined
  const segments: Segment[] = []
  let from = 2
  while (from + 4 <= bytes.length) {
    const [lead, kind = 0, high = 0, low = 0] = bytes.subarray(from, from + 4)
    const length = high * 256 + low
    const to = from + 2 + length
    if (lead !== 0xff || length < 2 || to > bytes.length) return undefined
    if (kind === marker.scan) {
      segments.push({ kind, from, to: bytes.length })
      return endsOnce(bytes, to) ? segments : undefined
    }
    segments.push({ kind, from, to })
    from = to
  }
  return undefined
}

/** In the data of a scan stand stuffed bytes and restarts alone; the end of the image is the end of the bytes. */
const endsOnce = (bytes: Uint8Array, from: number): boolean => {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue
    const next = bytes[at + 1] ?? 0
    if (next === marker.end) return at + 2 === bytes.length
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return false
  }
  return false
}

/** Eight bits a sample, one (grey) or three components, sampled at most twice in each direction. */
const hasOneFrame = (bytes: Uint8Array, segments: readonly Segment[]): boolean => {
  const frames = segments.filter(({ kind }) => kind === marker.frame)
  const [frame] = frames
  if (frame === undefined || frames.length > 1) return false
  const body = bytes.subarray(frame.from + 4, frame.to)
  const [bits, high = 0, low = 0, wideHigh = 0, wideLow = 0, components = 0] = body
  const isSized = high * 256 + low === limits.pictureSide && wideHigh * 256 + wideLow === limits.pictureSide
  const sampled = Array.from({ length: components }, (_, index) => body[7 + 3 * index] ?? 0)
  return (
    bits === 8 &&
    isSized &&
    (components === 1 || components === 3) &&
    body.length === 6 + 3 * components &&
    sampled.every((one) => [0x11, 0x12, 0x21, 0x22].includes(one))
  )
}

/** As screens are shown it: it stays when the group itself is not there any more. */
export const pictureOf = (database: Database, chat: string): Uint8Array | undefined => {
  const row = database.get('SELECT picture FROM pictures WHERE chat = ?', [chat])
  return row === undefined ? undefined : blobOf(row, 'picture')
}

/** Call inside a transaction. */
export const setPicture = (database: Database, chat: string, picture: Uint8Array | undefined): void => {
  if (picture === undefined) database.run('DELETE FROM pictures WHERE chat = ?', [chat])
  else database.run('INSERT OR REPLACE INTO pictures (chat, picture) VALUES (?, ?)', [chat, picture])
}
