/** Vector files write bytes in hex and absent values as JSON null. */
export function bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}

const hex = (value: Uint8Array): string => Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Throws with a word on what differs: a case passes when nothing is thrown. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const plain = (value: unknown): unknown => (value instanceof Uint8Array ? hex(value) : (value ?? undefined))
  if (JSON.stringify(plain(actual)) !== JSON.stringify(plain(expected)))
    throw new Error(`${what}: ${String(plain(actual)).slice(0, 80)} is not ${String(plain(expected)).slice(0, 80)}`)
}

export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what}: nothing`)
  return value
}

/** A private key as its suite has it: some files write P-521 scalars without their leading zero byte. */
export function privateKey(text: string, suite: number): Uint8Array {
  const given = bytes(text)
  if (suite !== 5 || given.length >= 66) return given
  const padded = new Uint8Array(66)
  padded.set(given, 66 - given.length)
  return padded
}
