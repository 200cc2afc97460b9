/**
 * Copies every byte string of a value into one buffer, so that a batch crosses to another thread with one transfer.
 * (Cloning a view would copy the whole buffer that it looks into.)
 */
export const packed = <T>(value: T): { readonly value: T; readonly buffer: ArrayBuffer } => {
  const buffer = new ArrayBuffer(sizeOf(value))
  let at = 0
  const copy = (one: unknown): unknown => {
    if (typeof one !== 'object' || one === null) return one
    if (one instanceof Uint8Array) {
      const view = new Uint8Array(buffer, at, one.length)
      view.set(one)
      at += one.length
      return view
    }
    if (Array.isArray(one)) return one.map(copy)
    const copied: Record<string, unknown> = {}
    for (const key in one) copied[key] = copy((one as Record<string, unknown>)[key])
    return copied
  }
  return { value: copy(value) as T, buffer }
}

const sizeOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Uint8Array) return value.length
  let size = 0
  if (Array.isArray(value)) for (const one of value) size += sizeOf(one)
  else for (const key in value) size += sizeOf((value as Record<string, unknown>)[key])
  return size
}
