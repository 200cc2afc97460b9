/**
 * Writes that follow one another are kept and given to the file as one. SQLite writes each page of a commit to its log
 * in two pieces, and in a browser each call costs more than the bytes in it.
 */
import type { OpenFile } from './file-system.ts'

export interface GatheredWrites {
  write(from: Uint8Array, at: number): void
  /** Gives the file what is kept. Throws what the file throws; then it is kept no longer, as after a failed write. */
  writeOut(): void
}

/** More than this is written out at once: an ordinary commit has some tens of kilobytes. */
const keptMax = 1 << 20
const firstSize = 1 << 16

export const gatherWrites = (file: OpenFile): GatheredWrites => {
  let kept = new Uint8Array(firstSize)
  let size = 0
  let start = 0

  const writeOut = (): void => {
    if (size === 0) return
    const bytes = kept.subarray(0, size)
    size = 0
    file.write(bytes, start)
  }
  return {
    writeOut,
    write(from, at) {
      if (size > 0 && (at !== start + size || size + from.length > keptMax)) writeOut()
      if (from.length > keptMax) return file.write(from, at)
      if (size === 0) start = at
      if (size + from.length > kept.length) {
        const grown = new Uint8Array(Math.min(keptMax, Math.max(size + from.length, kept.length * 2)))
        grown.set(kept.subarray(0, size))
        kept = grown
      }
      kept.set(from, size)
      size += from.length
    },
  }
}
