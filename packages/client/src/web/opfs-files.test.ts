import { expect, test, vi } from 'vitest'
import { DiskFullError } from '../core/ports.ts'
import { openOpfsFiles } from './opfs-files.ts'

/** The browser's folder and handles, as far as they are used. */
const createFolder = () => {
  const contents = new Map<string, Uint8Array>()
  const held = new Set<string>()
  const state = { roomLeft: Infinity, shortWrites: false, closed: 0 }
  const createHandle = (name: string) => {
    if (held.has(name)) throw new DOMException('held', 'NoModificationAllowedError')
    held.add(name)
    const get = (): Uint8Array => contents.get(name) ?? new Uint8Array(0)
    const resize = (size: number): void => {
      if (size > get().length && (state.roomLeft -= size - get().length) < 0)
        throw new DOMException('full', 'QuotaExceededError')
      const next = new Uint8Array(size)
      next.set(get().subarray(0, size))
      contents.set(name, next)
    }
    return {
      getSize: () => get().length,
      read(into: Uint8Array, { at }: { at: number }) {
        const found = get().subarray(at, at + into.length)
        into.set(found)
        return found.length
      },
      write(from: Uint8Array, { at }: { at: number }) {
        if (state.shortWrites) return from.length - 1
        if (at + from.length > get().length) resize(at + from.length)
        get().set(from, at)
        return from.length
      },
      truncate: resize,
      flush() {},
      close() {
        state.closed++
        held.delete(name)
      },
    }
  }
  const folder = {
    getDirectoryHandle: async () => folder,
    getFileHandle: async (name: string) => ({ createSyncAccessHandle: async () => createHandle(name) }),
  }
  return { root: folder as unknown as FileSystemDirectoryHandle, state, held }
}

test('files are there once something is in them, and gone when deleted', async () => {
  const { root } = createFolder()
  const files = await openOpfsFiles(root, 'f', ['d', 'd-wal'])
  expect(files.exists('d')).toBe(false)
  const file = files.open('d', true)
  file?.write(Uint8Array.of(1, 2, 3), 2)
  file?.sync()
  expect(files.exists('d')).toBe(true)
  const into = new Uint8Array(10)
  expect(file?.read(into, 1)).toBe(4)
  expect(into.slice(0, 4)).toEqual(Uint8Array.of(0, 1, 2, 3))
  expect(file?.size()).toBe(5)
  files.delete('d')
  expect(files.exists('d')).toBe(false)
  expect(files.open('other', true)).toBeUndefined()
})

test('no room is told as such: an exception, or fewer bytes written', async () => {
  const { root, state } = createFolder()
  const files = await openOpfsFiles(root, 'f', ['d'])
  const file = files.open('d', true)
  state.roomLeft = 10
  expect(() => file?.write(new Uint8Array(11), 0)).toThrow(DiskFullError)
  expect(() => file?.truncate(100)).toThrow(DiskFullError)
  state.roomLeft = 100
  state.shortWrites = true
  expect(() => file?.write(new Uint8Array(5), 0)).toThrow(DiskFullError)
})

test('waits for the last holder to let go', async () => {
  const { root, held } = createFolder()
  const first = await openOpfsFiles(root, 'f', ['d'])
  const second = openOpfsFiles(root, 'f', ['d'])
  setTimeout(() => first.release(), 60)
  const files = await second
  expect(held.size).toBe(1)
  files.release()
  expect(held.size).toBe(0)
})

test('a browser that neither gives nor refuses is not waited for, and what it gives late is closed', async () => {
  vi.useFakeTimers()
  const { root, state, held } = createFolder()
  let give: () => void = () => {}
  const slow = {
    async getDirectoryHandle() {
      await new Promise<void>((resolve) => (give = resolve))
      return root.getDirectoryHandle('f')
    },
  } as unknown as FileSystemDirectoryHandle
  const opening = openOpfsFiles(slow, 'f', ['d'])
  const refused = opening.catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(await refused).toMatchObject({ name: 'NoModificationAllowedError' })
  give()
  await vi.advanceTimersByTimeAsync(0)
  expect(state.closed).toBe(1)
  expect(held.size).toBe(0)
  vi.useRealTimers()
})

test('lets go of all when one cannot be had', async () => {
  const { root, held, state } = createFolder()
  const broken = {
    getDirectoryHandle: async () => ({
      async getFileHandle(name: string) {
        if (name === 'c') throw new DOMException('gone', 'NotFoundError')
        return (await root.getDirectoryHandle('f')).getFileHandle(name)
      },
    }),
  } as unknown as FileSystemDirectoryHandle
  await expect(openOpfsFiles(broken, 'f', ['a', 'b', 'c'])).rejects.toThrow('gone')
  expect(held.size).toBe(0)
  expect(state.closed).toBe(2)
})
