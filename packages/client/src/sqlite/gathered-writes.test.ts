import { expect, test } from 'vitest'
import fc from 'fast-check'
import { DiskFullError } from '../core/ports.ts'
import type { OpenFile } from './file-system.ts'
import { gatherWrites } from './gathered-writes.ts'

const createFile = () => {
  let bytes = new Uint8Array(0)
  const state = { writes: 0, full: false }
  const file: Pick<OpenFile, 'write'> = {
    write(from, at) {
      state.writes++
      if (state.full) throw new DiskFullError('full')
      const next = new Uint8Array(Math.max(bytes.length, at + from.length))
      next.set(bytes)
      next.set(from, at)
      bytes = next
    },
  }
  return { file: file as OpenFile, state, contents: () => bytes }
}

test('whatever is written where, the file ends as if each had been written by itself', () => {
  const write = fc.record({
    at: fc.nat(300),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 90 }),
    follows: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
      const [plain, gathered] = [createFile(), createFile()]
      const gather = gatherWrites(gathered.file)
      let end = 0
      for (const { at, bytes, follows } of writes) {
        const where = follows ? end : at
        plain.file.write(bytes, where)
        const given = bytes.slice()
        gather.write(given, where)
        given.fill(0xee) // the memory belongs to SQLite, which uses it again
        end = where + bytes.length
      }
      gather.writeOut()
      expect(gathered.contents()).toEqual(plain.contents())
    }),
  )
})

test('writes that follow one another reach the file as one, very many as few', () => {
  const { file, state, contents } = createFile()
  const gather = gatherWrites(file)
  for (let index = 0; index < 20; index++) gather.write(new Uint8Array(4096).fill(index), index * 4096)
  expect(state.writes).toBe(0)
  gather.writeOut()
  gather.writeOut()
  expect(state.writes).toBe(1)
  for (let index = 0; index < 1000; index++) gather.write(new Uint8Array(4096).fill(7), 81_920 + index * 4096)
  gather.write(new Uint8Array(3 << 20).fill(9), 81_920 + 4_096_000)
  gather.writeOut()
  expect(state.writes).toBeLessThan(8)
  expect(contents().length).toBe(81_920 + 4_096_000 + (3 << 20))
})

test('what the disk had no room for is not tried again', () => {
  const { file, state, contents } = createFile()
  const gather = gatherWrites(file)
  gather.write(Uint8Array.of(1, 2, 3), 0)
  state.full = true
  expect(() => gather.writeOut()).toThrow(DiskFullError)
  state.full = false
  gather.writeOut()
  expect(contents()).toHaveLength(0)
})
