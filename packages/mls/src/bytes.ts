/** Small helpers on byte strings. */

export const noBytes: Uint8Array = new Uint8Array(0)

const utf8 = new Map<string, Uint8Array>()

/** The bytes of an ASCII label; cached, so never to be written to. */
export function ascii(text: string): Uint8Array {
  const known = utf8.get(text)
  if (known !== undefined) return known
  const bytes = asciiBytes(text)
  if (utf8.size < 256) utf8.set(text, bytes)
  return bytes
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) throw new Error('a label is ASCII')
    bytes[i] = code
  }
  return bytes
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Equality of public values: may stop early. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false
  return true
}

/** Equality of secrets and tags: time depends on the lengths alone. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}
