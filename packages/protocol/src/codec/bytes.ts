/** Small helpers over byte strings. */

export const toHex = (value: Uint8Array): string => value.toHex()
/** Undefined for anything but an even number of hex digits. */
export const fromHex = (value: string): Uint8Array | undefined =>
  /^(?:[0-9a-f]{2})*$/.test(value) ? Uint8Array.fromHex(value) : undefined

/** RFC 4648 §5 without padding. */
export const toBase64Url = (value: Uint8Array): string => value.toBase64({ alphabet: 'base64url', omitPadding: true })
/** Undefined unless `value` is the one unpadded base64url form of some bytes. */
export const fromBase64Url = (value: string): Uint8Array | undefined => {
  try {
    const bytes = Uint8Array.fromBase64(value, { alphabet: 'base64url' })
    return toBase64Url(bytes) === value ? bytes : undefined
  } catch {
    return undefined
  }
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Equality of public values. Secrets are compared by the provider in constant time. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** Byte-wise order; shorter first when one is a prefix of the other. */
export const compare = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)
