/** A disk that is gone with the process: for private windows, where a browser gives no storage. */
import type { FileSystem, OpenFile } from './file-system.ts'

export const createMemoryFiles = (): FileSystem => {
  const contents = new Map<string, { bytes: Uint8Array; size: number }>()

  const openFile = (content: { bytes: Uint8Array; size: number }): OpenFile => {
    const resize = (size: number): void => {
      if (size > content.bytes.length) {
        const grown = new Uint8Array(Math.max(size, content.bytes.length * 2, 65_536))
        grown.set(content.bytes.subarray(0, content.size))
        content.bytes = grown
      }
      if (size < content.size) content.bytes.fill(0, size, content.size)
      content.size = size
    }
    return {
      read(into, at) {
        const found = content.bytes.subarray(Math.min(at, content.size), Math.min(at + into.length, content.size))
        into.set(found)
        return found.length
      },
      write(from, at) {
        if (at + from.length > content.size) resize(at + from.length)
        content.bytes.set(from, at)
      },
      truncate: resize,
      sync() {},
      size: () => content.size,
      close() {},
    }
  }

  return {
    exists: (name) => contents.has(name),
    open(name, create) {
      let content = contents.get(name)
      if (content === undefined) {
        if (!create) return undefined
        content = { bytes: new Uint8Array(0), size: 0 }
        contents.set(name, content)
      }
      return openFile(content)
    },
    delete(name) {
      contents.delete(name)
    },
  }
}
