/**
 * The ratchet tree of a group goes to newcomers once for all whom a commit adds, beside their Welcomes: sealed under a key
 * that stands in the GroupInfo, which only they can open.
 */
import { concat, utf8 } from '@halyard/protocol'
import type { Extension, Provider } from '@halyard/mls'
import { openUnder, sealUnder } from './seal-under.ts'

/** Private-use extension type (RFC 9420 §17.3) of the key. */
const treeKeyType = 0xf0a2
const keyLength = 32

const about = (group: Uint8Array): Uint8Array => concat(utf8('Halyard 1 tree\0'), group)

export const treeKeyExtension = (key: Uint8Array): Extension => ({ type: treeKeyType, data: key })

export const sealTree = (
  provider: Provider,
  key: Uint8Array,
  group: Uint8Array,
  tree: Uint8Array,
): Promise<Uint8Array> => sealUnder(provider, key, about(group), tree)

/** Undefined: the GroupInfo names no key, or this was not sealed under it for this group. */
export const openTree = async (
  provider: Provider,
  groupInfoExtensions: readonly Extension[],
  group: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> => {
  const key = groupInfoExtensions.find(({ type }) => type === treeKeyType)?.data
  return key?.length === keyLength ? openUnder(provider, key, about(group), sealed) : undefined
}
