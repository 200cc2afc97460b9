/** Keys that must be unique in a tree (RFC 9420 §7.3, §12.4.2), checked for the new ones alone: one scan of the tree. */
import { refuse } from './group-state.ts'
import { eachLeaf, keySet, type RatchetTree } from './ratchet-tree.ts'
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
  let refusal: Refusal | undefined
  eachLeaf(tree, (leaf, leafIndex) => {
    if (isNew.has(leafIndex)) return
    if (signatureKeys.has(leaf.signatureKey)) refusal = duplicate("the signature key of a new leaf is a member's")
    if (encryptionKeys.has(leaf.encryptionKey)) refusal = duplicate("the encryption key of a new leaf is a member's")
  })
  for (const parent of tree.parents) {
    if (parent !== undefined && encryptionKeys.has(parent.encryptionKey))
      refusal = duplicate("the encryption key of a new leaf is a parent node's")
  }
  return refusal
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
  return (
    !tree.leaves.some((leaf) => leaf !== undefined && fresh.has(leaf.encryptionKey)) &&
    !tree.parents.some((parent) => parent !== undefined && fresh.has(parent.encryptionKey))
  )
}
