/**
 * Whether SQLite would silently drop what was acknowledged. It reads its write-ahead log up to the first frame whose
 * checksum is wrong and takes all that follows for a torn end. After a power cut that can be the last transaction
 * alone, which nobody was told of; a wrong frame with a whole transaction behind its own is damage.
 * Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

const headerBytes = 32
const frameHeaderBytes = 24
const magic = 0x377f0682
const pageBytesMax = 65_536

/** Of a file that nobody has open. A log that is missing or empty is whole. */
export const isLogDamaged = (path: string): boolean => {
  if (!existsSync(path)) return false
  const file = openSync(path, 'r')
  try {
    return isDamaged(file)
  } finally {
    closeSync(file)
  }
}

const isDamaged = (file: number): boolean => {
  const header = new Uint8Array(headerBytes)
  if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return false
  const view = viewOf(header)
  const isLittle = view.getUint32(0) === magic
  const pageBytes = view.getUint32(8)
  const sums = step({ first: 0, second: 0 }, header.subarray(0, 24), isLittle)
  const isHeader =
    (isLittle || view.getUint32(0) === magic + 1) &&
    sums.first === view.getUint32(24) &&
    sums.second === view.getUint32(28)
  // Thirty-two bytes are never torn: SQLite would take a log without a header for no log at all.
  if (!isHeader || pageBytes > pageBytesMax) return true
  return commitsAfterFault(file, { pageBytes, isLittle, sums, salts: header.subarray(16, 24) }) > 1
}

interface Log {
  readonly pageBytes: number
  readonly isLittle: boolean
  readonly sums: Sums
  readonly salts: Uint8Array
}
interface Sums {
  readonly first: number
  readonly second: number
}

/** Commits of this log from its first wrong frame on; frames of an older log, with other salts, are none of it. */
const commitsAfterFault = (file: number, { pageBytes, isLittle, sums: begun, salts }: Log): number => {
  const frame = new Uint8Array(frameHeaderBytes + pageBytes)
  const view = viewOf(frame)
  let [sums, isWrong, commits] = [begun, false, 0]
  for (let at = headerBytes; readSync(file, frame, 0, frame.length, at) === frame.length; at += frame.length) {
    const isOurs = Buffer.compare(frame.subarray(8, 16), salts) === 0
    if (!isWrong) {
      sums = step(step(sums, frame.subarray(0, 8), isLittle), frame.subarray(frameHeaderBytes), isLittle)
      isWrong = !isOurs || sums.first !== view.getUint32(16) || sums.second !== view.getUint32(20)
    }
    if (isWrong && isOurs && view.getUint32(4) !== 0) commits++
  }
  return commits
}

const step = (sums: Sums, bytes: Uint8Array, isLittle: boolean): Sums => {
  const view = viewOf(bytes)
  let { first, second } = sums
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, isLittle) + second) >>> 0
    second = (second + view.getUint32(at + 4, isLittle) + first) >>> 0
  }
  return { first, second }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
