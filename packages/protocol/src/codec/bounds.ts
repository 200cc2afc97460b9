/**
 * A first look at CBOR before anything is allocated for it: definite lengths that fit, nesting that is bounded, no
 * maps, tags or floats, nothing after the end. RFC 8949 §3.
 */
const nestingMax = 12

/** Whether `bytes` holds exactly one CBOR item of the kinds the protocol uses. Linear time, no allocation per item. */
export const withinBounds = (bytes: Uint8Array): boolean => {
  const open: number[] = [] // items still expected at each level
  let at = 0
  do {
    const head = bytes[at]
    if (head === undefined) return false
    const major = head >> 5
    const argument = readArgument(bytes, at)
    if (argument === undefined) return false
    at = argument.next
    if (major === 2 || major === 3) {
      if (argument.value > bytes.length - at) return false
      if (major === 3 && !isText(bytes.subarray(at, at + argument.value))) return false
      at += argument.value
    } else if (major === 4) {
      if (argument.value > bytes.length - at || open.length >= nestingMax) return false
      if (argument.value > 0) {
        open.push(argument.value)
        continue
      }
    } else if (major !== 0 && !isSimple(head)) return false
    closeFinished(open)
  } while (open.length > 0)
  return at === bytes.length
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Valid UTF-8 without a leading byte order mark: the decoder behind would repair the one and drop the other. */
const isText = (bytes: Uint8Array): boolean => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return false
  try {
    utf8.decode(bytes)
    return true
  } catch {
    return false
  }
}

/** false, true and null are the only simple values in use. */
const isSimple = (head: number): boolean => head === 0xf4 || head === 0xf5 || head === 0xf6

const closeFinished = (open: number[]): void => {
  while (open.length > 0) {
    const left = (open.at(-1) ?? 0) - 1
    if (left > 0) {
      open[open.length - 1] = left
      return
    }
    open.pop()
  }
}

const readArgument = (bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined => {
  const low = (bytes[at] ?? 0) & 0x1f
  if (low < 24) return { value: low, next: at + 1 }
  const size = low === 24 ? 1 : low === 25 ? 2 : low === 26 ? 4 : low === 27 ? 8 : 0
  if (size === 0 || at + 1 + size > bytes.length) return undefined
  let value = 0
  for (let index = 0; index < size; index++) value = value * 256 + (bytes[at + 1 + index] ?? 0)
  return Number.isSafeInteger(value) ? { value, next: at + 1 + size } : undefined
}
