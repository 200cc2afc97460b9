/** Whether a received ratchet tree may be joined (RFC 9420 §12.4.3.1). */
import type { Crypto } from './crypto.ts'
import { identityOf } from './structures/credential.ts'
import { isRefusal, refuse } from './group-state.ts'
import { leafRefusalAlone, lifetimeRefusal, membersFit, type GroupRules } from './leaf-validation.ts'
import type { RatchetTree } from './ratchet-tree.ts'
import { parentHashesValid } from './tree-hash.ts'
import { covers, parent } from './tree-math.ts'
import type { CredentialQuestion, Judge, Refusal } from './types.ts'

/** Binary search: a hostile tree may list every leaf at every level. */
function hasSorted(ascending: readonly number[], wanted: number): boolean {
  let low = 0
  let high = ascending.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const value = ascending[middle] ?? 0
    if (value === wanted) return true
    if (value < wanted) low = middle + 1
    else high = middle - 1
  }
  return false
}

/** Lists of unmerged leaves name leaves below, and every parent in between names them too. */
export function unmergedLeavesValid(tree: RatchetTree): boolean {
  return tree.parents.every(
    (own, i) => own === undefined || own.unmergedLeaves.every((leafIndex) => unmergedAt(tree, 2 * i + 1, leafIndex)),
  )
}

function unmergedAt(tree: RatchetTree, node: number, leafIndex: number): boolean {
  if (!covers(node, leafIndex) || tree.leaves[leafIndex] === undefined) return false
  for (let between = parent(2 * leafIndex); between !== node; between = parent(between)) {
    const own = tree.parents[between >> 1]
    if (own !== undefined && !hasSorted(own.unmergedLeaves, leafIndex)) return false
  }
  return true
}

/** Structure and parent hashes of a tree; signatures and credentials are judged by {@link treeRefusal}. */
export async function treeStructureValid(c: Crypto, tree: RatchetTree): Promise<boolean> {
  const keysFit = tree.parents.every(
    (own) => own === undefined || own.encryptionKey.length === c.suite.kem.publicLength,
  )
  return keysFit && unmergedLeavesValid(tree) && parentHashesValid(c, tree)
}

/** Every check a joiner owes the tree. Each leaf's credential is put to the judge. */
export async function treeRefusal(
  c: Crypto,
  tree: RatchetTree,
  rules: GroupRules,
  judge: Judge,
  source: CredentialQuestion['source'],
): Promise<Refusal | undefined> {
  const misfit = membersFit(tree)
  if (misfit !== undefined) return misfit
  if (!(await treeStructureValid(c, tree))) return refuse('tree-invalid', 'message', 'structure or parent hashes')
  for (const [leafIndex, leaf] of tree.leaves.entries()) {
    if (leaf === undefined) continue
    const refusal = (await leafRefusalAlone(c, leaf, rules, leafIndex)) ?? lifetimeRefusal(leaf, judge, false)
    if (isRefusal(refusal)) return refusal
    const question: CredentialQuestion = {
      identity: identityOf(leaf.credential),
      signatureKey: leaf.signatureKey,
      credentialType: leaf.credential.type,
      source,
      leafIndex,
      previous: undefined,
    }
    if (!(await judge.credential(question)))
      return refuse('credential-refused', 'sender', `credential of leaf ${leafIndex}`)
  }
  return undefined
}
