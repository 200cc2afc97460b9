/** Keys that must be unique in a tree (RFC 9420 §7.3, §12.4.2), checked for the new ones alone: one scan of the tree. */
import { refuse } from './group-state.ts'
import { keySet, type KeySet } from './key-set.ts'
import { eachLeaf, encryptionTag, nodeKey, signatureTag, type RatchetTree } from './ratchet-tree.ts'
import type { Refusal } from './types.ts'

function duplicate(reason: string): Refusal {
  return refuse('leaf-invalid', 'sender', reason)
}

/** The new leaves' keys stand nowhere else in the tree. */
export function newKeysFit(tree: RatchetTree, newLeaves: readonly number[]): Refusal | undefined {
  if (newLeaves.length === 0) return undefined
  const signatureKeys = keySet()
  const encryptionKeys = keySet()
  const isNew = new Set(newLeaves)
  for (const leafIndex of newLeaves) {
    const leaf = tree.leaves[leafIndex]
    if (leaf === undefined) continue
    if (!signatureKeys.add(leaf.signatureKey)) return duplicate('a signature key stands in two new leaves')
    if (!encryptionKeys.add(leaf.encryptionKey)) return duplicate('an encryption key stands in two new leaves')
  }
  const isOld = (leafIndex: number): boolean => !isNew.has(leafIndex)
  if (signatureKeyStands(tree, signatureKeys, isOld)) return duplicate("the signature key of a new leaf is a member's")
  return encryptionKeyStands(tree, encryptionKeys, isOld)
    ? duplicate("the encryption key of a new leaf is another node's")
    : undefined
}

/** Whether one of the keys is the signature key of a leaf that counts. */
function signatureKeyStands(tree: RatchetTree, keys: KeySet, counts: (leafIndex: number) => boolean): boolean {
  for (let i = 0; i < tree.leaves.length; i++) {
    const tag = signatureTag(tree, i)
    if (tag === undefined || !keys.mayHave(tag) || !counts(i)) continue
    const leaf = tree.leaves[i]
    if (leaf !== undefined && keys.has(leaf.signatureKey)) return true
  }
  return false
}

/** Whether one of the keys is the encryption key of a parent, or of a leaf that counts. */
function encryptionKeyStands(tree: RatchetTree, keys: KeySet, counts: (leafIndex: number) => boolean): boolean {
  for (let node = 0; node < tree.leaves.length + tree.parents.length; node++) {
    const tag = encryptionTag(tree, node)
    if (tag === undefined || !keys.mayHave(tag) || ((node & 1) === 0 && !counts(node >> 1))) continue
    const key = nodeKey(tree, node)
    if (key !== undefined && keys.has(key)) return true
  }
  return false
}

/** Credential types of new leaves and of members support each other. */
export function newLeavesFit(tree: RatchetTree, newLeaves: readonly number[]): Refusal | undefined {
  if (newLeaves.length === 0) return undefined
  const inUse = new Set<number>()
  eachLeaf(tree, (leaf) => inUse.add(leaf.credential.type))
  const brought = new Set<number | undefined>(newLeaves.map((leafIndex) => tree.leaves[leafIndex]?.credential.type))
  const isNew = new Set(newLeaves)
  let refusal: Refusal | undefined
  eachLeaf(tree, (leaf, leafIndex) => {
    for (const type of inUse) {
      if ((isNew.has(leafIndex) || brought.has(type)) && !leaf.capabilities.credentials.includes(type)) {
        refusal = duplicate('a credential type not all members support')
      }
    }
  })
  return refusal
}

/** The keys of an UpdatePath stand in no node of the tree it is merged into, nor twice in itself. */
export function pathKeysFresh(tree: RatchetTree, keys: readonly Uint8Array[]): boolean {
  const fresh = keySet()
  if (!keys.every((key) => fresh.add(key))) return false
  return !encryptionKeyStands(tree, fresh, () => true)
}
