/** Sets of keys. Most comparisons end at a tag of a key, so that a scan of the tree reads no key itself. */
import { hex, sameBytes } from './bytes.ts'

/** 30 bits of a key: equal for equal keys. The last bytes, for those of an X-Wing key belong to its X25519 half. */
export function keyTag(key: Uint8Array): number {
  const n = key.length
  const last = ((key[n - 1] ?? 0) << 24) | ((key[n - 2] ?? 0) << 16) | ((key[n - 3] ?? 0) << 8) | (key[n - 4] ?? 0)
  return last & 0x3fffffff
}

export type KeySet = {
  has(key: Uint8Array): boolean
  /** whether a key with this tag is among them; a `true` is to be confirmed with `has` */
  mayHave(tag: number): boolean
  /** false when it was there already */
  add(key: Uint8Array): boolean
}

/**
 * A member chooses its keys, and can give a thousand of them one tag. Keys beyond these few are found by their text, so
 * that no tree takes longer than its size.
 */
const sharingTagMax = 8

type Sharing = { readonly keys: Uint8Array[]; names: Set<string> | undefined }

function holds({ keys, names }: Sharing, key: Uint8Array): boolean {
  return keys.some((other) => sameBytes(other, key)) || names?.has(hex(key)) === true
}

export function keySet(): KeySet {
  const byTag = new Map<number, Sharing>()
  return {
    has(key) {
      const sharing = byTag.get(keyTag(key))
      return sharing !== undefined && holds(sharing, key)
    },
    mayHave: (tag) => byTag.has(tag),
    add(key) {
      const tag = keyTag(key)
      const sharing = byTag.get(tag)
      if (sharing === undefined) byTag.set(tag, { keys: [key], names: undefined })
      else if (holds(sharing, key)) return false
      else if (sharing.keys.length < sharingTagMax) sharing.keys.push(key)
      else (sharing.names ??= new Set()).add(hex(key))
      return true
    },
  }
}
