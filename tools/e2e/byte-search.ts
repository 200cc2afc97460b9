/**
 * Finds known strings and keys in files and in a process's memory, in every form they might have been written down in.
 * One pass over the bytes, however many forms there are: a table of four-byte windows says where to look closer.
 */
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface Needle {
  readonly name: string
  readonly forms: readonly Buffer[]
}
/** Something was found: what, and the path or mapping it lies in. */
export interface Find {
  readonly name: string
  readonly place: string
}
export interface ByteSearch {
  readonly formCount: number
  file(path: string, place?: string): readonly Find[]
  /** Every file below; what goes away meanwhile is left out. */
  folder(path: string): readonly Find[]
  text(text: string, place: string): readonly Find[]
  /** Everything that another process has in its memory (Linux). Bytes read, beside what was found. */
  memory(processId: number): { readonly finds: readonly Find[]; readonly bytes: number }
}

/** Shorter ones would be found by chance. */
const formMinBytes = 8
const chunkBytes = 4 * 1024 * 1024
const windowBits = 24

/** A text in UTF-8 and UTF-16, and those in base64 at every alignment, in hex, and escaped as in JSON and URLs. */
export const textForms = (text: string): readonly Buffer[] => {
  const wide = Buffer.from(text, 'utf16le')
  const escaped = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
  return unique([
    ...byteForms(Buffer.from(text)),
    ...byteForms(wide),
    Buffer.from(wide).swap16(),
    Buffer.from(encodeURIComponent(text)),
    Buffer.from(escaped.map((code) => `\\u${code}`).join('')),
    Buffer.from(escaped.map((code) => `\\u${code.toUpperCase()}`).join('')),
  ])
}

/** Bytes as they are, in base64 and base64url at every alignment, in hex of both cases, and those as UTF-16. */
export const byteForms = (bytes: Buffer): readonly Buffer[] => {
  const words = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
    // Signs that also hold bits of what stands before or after are left out.
    const inside = whole.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((whole.length * 8) / 6))
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')]
  })
  words.push(bytes.toString('hex'), bytes.toString('hex').toUpperCase())
  return unique([bytes, ...words.flatMap((word) => [Buffer.from(word), Buffer.from(word, 'utf16le')])])
}

const unique = (forms: readonly Buffer[]): readonly Buffer[] => [
  ...new Map(forms.map((form) => [form.toString('latin1'), form])).values(),
]

interface Place {
  readonly name: string
  readonly form: Buffer
  /** Where in the form its window lies. */
  readonly offset: number
}

export const createByteSearch = (needles: readonly Needle[]): ByteSearch => {
  const bits = new Uint8Array(2 ** (windowBits - 3))
  const places = new Map<number, Place[]>()
  let longest = 0
  let formCount = 0
  for (const { name, forms } of needles) {
    for (const form of forms) {
      if (form.length < formMinBytes) throw new Error(`a form of ${name} is too short to search for`)
      // From the middle: beginnings and endings are what different things share.
      const offset = (form.length >> 1) - 2
      const window = form.readUInt32LE(offset)
      const at = hash(window)
      bits[at >>> 3] = (bits[at >>> 3] ?? 0) | (1 << (at & 7))
      const there = places.get(window)
      if (there === undefined) places.set(window, [{ name, form, offset }])
      else there.push({ name, form, offset })
      longest = Math.max(longest, form.length)
      formCount++
    }
  }

  const scan = (bytes: Buffer, place: string, into: Map<string, Find>): void => {
    let window = bytes.length < 4 ? 0 : bytes.readUInt32LE(0) << 8
    for (let at = 0; at + 4 <= bytes.length; at++) {
      window = (window >>> 8) | ((bytes[at + 3] as number) << 24)
      const slot = hash(window)
      if (((bits[slot >>> 3] as number) & (1 << (slot & 7))) === 0) continue
      for (const { name, form, offset } of places.get(window >>> 0) ?? []) {
        const start = at - offset
        if (
          start >= 0 &&
          start + form.length <= bytes.length &&
          form.equals(bytes.subarray(start, start + form.length))
        )
          into.set(`${name}\0${place}`, { name, place })
      }
    }
  }

  /** In pieces that overlap, so that nothing hides on a border. Bytes read. */
  const scanOpen = (file: number, from: number, to: number, place: string, into: Map<string, Find>): number => {
    const piece = Buffer.allocUnsafe(chunkBytes + longest)
    let kept = 0
    let at = from
    while (at < to) {
      const count = readSync(file, piece, kept, Math.min(chunkBytes, to - at), at)
      if (count === 0) break
      at += count
      scan(piece.subarray(0, kept + count), place, into)
      const overlap = Math.min(longest, kept + count)
      piece.copyWithin(0, kept + count - overlap, kept + count)
      kept = overlap
    }
    return at - from
  }

  const scanFile = (path: string, place: string, into: Map<string, Find>): void => {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch (error) {
      if (isGone(error)) return
      throw error
    }
    try {
      scanOpen(file, 0, Number.MAX_SAFE_INTEGER, place, into)
    } finally {
      closeSync(file)
    }
  }

  return {
    formCount,
    file(path, place = path) {
      const into = new Map<string, Find>()
      scanFile(path, place, into)
      return [...into.values()]
    },
    folder(path) {
      const into = new Map<string, Find>()
      for (const file of filesBelow(path)) {
        scanFile(file, relative(path, file), into)
        // A name is written down as well.
        scan(Buffer.from(relative(path, file)), `${relative(path, file)} (its name)`, into)
      }
      return [...into.values()]
    },
    text(text, place) {
      const into = new Map<string, Find>()
      scan(Buffer.from(text), place, into)
      return [...into.values()]
    },
    memory(processId) {
      const into = new Map<string, Find>()
      let bytes = 0
      const file = openSync(`/proc/${processId}/mem`, 'r')
      try {
        for (const { from, to, what } of mappingsOf(processId)) {
          try {
            bytes += scanOpen(file, from, to, what, into)
          } catch (error) {
            // Some pages are the kernel's own, or gone by now.
            if (!(error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EFAULT')))
              throw error
          }
        }
      } finally {
        closeSync(file)
      }
      return { finds: [...into.values()], bytes }
    },
  }
}

const hash = (window: number): number => Math.imul(window, 0x9e3779b1) >>> (32 - windowBits)

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ENXIO', 'ELOOP'].includes(String(error.code))

const filesBelow = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
    })
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

interface Mapping {
  readonly from: number
  readonly to: number
  readonly what: string
}

const mappingsOf = (processId: number): readonly Mapping[] =>
  readFileSync(`/proc/${processId}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, from = '', to = '', rights = '', what = ''] =
        /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? []
      // Writable ones and those without a file: the rest is the program itself.
      if (!rights.startsWith('r') || (!rights.startsWith('rw') && what !== '') || what.startsWith('[v')) return []
      return [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), what: `memory ${what || 'heap'}` }]
    })
