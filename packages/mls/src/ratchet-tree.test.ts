import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../test/test-kit.ts'
import { keyTag } from './key-set.ts'
import {
  applyAdds,
  applyRemoves,
  applyUpdate,
  blankPath,
  draftOf,
  encryptionTag,
  extendTo,
  nodeKey,
  setLeaf,
  setParent,
  signatureTag,
  singleLeafTree,
  type RatchetTree,
  type TreeDraft,
} from './ratchet-tree.ts'
import { assembleLeaf, encodeLeafContent, type LeafNode } from './structures/leaf-node.ts'
import { nodeCount } from './tree-math.ts'

const random = seededRandom(7)

function leaf(): LeafNode {
  const content = {
    encryptionKey: random(32),
    signatureKey: random(32),
    credential: { type: 1, identity: random(4) },
    capabilities: { versions: [1], suites: [1], extensions: [], proposals: [], credentials: [1] },
    source: { kind: 'update' },
    extensions: [],
  } as const
  return assembleLeaf(content, encodeLeafContent(content), random(64))
}

/** Every way a commit changes a draft; `at` chooses where. */
const changes: readonly ((draft: TreeDraft, at: number) => void)[] = [
  (draft) => applyAdds(draft, [leaf()]),
  (draft) => applyAdds(draft, [leaf(), leaf(), leaf()]),
  (draft, at) => applyRemoves(draft, [at % draft.leaves.length]),
  (draft, at) => applyUpdate(draft, at % draft.leaves.length, leaf()),
  (draft, at) => setLeaf(draft, at % draft.leaves.length, leaf()),
  (draft, at) => blankPath(draft, at % draft.leaves.length),
  (draft) => extendTo(draft, draft.leaves.length),
  (draft, at) => {
    const value = { encryptionKey: random(32), parentHash: random(32), unmergedLeaves: [] }
    if (draft.parents.length > 0) setParent(draft, 2 * (at % draft.parents.length) + 1, value)
  },
]

function expectTags(tree: RatchetTree): void {
  for (let node = 0; node < nodeCount(tree.leaves.length); node++) {
    const key = nodeKey(tree, node)
    expect(encryptionTag(tree, node)).toBe(key && keyTag(key))
  }
  for (const [leafIndex, value] of tree.leaves.entries())
    expect(signatureTag(tree, leafIndex)).toBe(value && keyTag(value.signatureKey))
}

describe('ratchet tree', () => {
  it('remembered tags are those of the keys that stand there, after any changes', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: changes.length - 1 }), fc.nat({ max: 63 })), { maxLength: 30 })
    fc.assert(
      fc.property(steps, (list) => {
        let tree: RatchetTree = singleLeafTree(leaf())
        for (const [which, at] of list) {
          const before = tree
          const draft = draftOf(tree)
          changes[which]?.(draft, at)
          tree = draft
          expectTags(tree)
          expectTags(before)
        }
      }),
      { numRuns: 200, seed: 11 },
    )
  })
})
