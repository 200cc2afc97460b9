/**
 * The secret tree and the sender ratchets (RFC 9420 §9) as a persistent binary tree: a message replaces the path to one leaf and shares
 * the rest, so old states stay whole and a change is found by comparing references.
 */
import { ascii, noBytes } from './bytes.ts'
import { deriveTreeSecret, expandWithLabel, type Crypto } from './crypto.ts'
import { nonceLength } from './suites.ts'
import { left, level, lastLeaf, right, root } from './tree-math.ts'
import type { Windows } from './types.ts'

export type MessageKeys = { readonly generation: number; readonly key: Uint8Array; readonly nonce: Uint8Array }

/** One hash ratchet: the secret of the next unused generation, and the keys of generations skipped over (ascending). */
export type Ratchet = {
  readonly secret: Uint8Array
  readonly generation: number
  readonly skipped: readonly MessageKeys[]
}

export type RatchetKind = 'handshake' | 'application'

export type SecretNode =
  /** not yet expanded: everything below comes from this secret */
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  /** expanded: its own secret is gone */
  | { readonly kind: 'parent'; readonly left: SecretNode; readonly right: SecretNode }
  | { readonly kind: 'leaf'; readonly handshake: Ratchet; readonly application: Ratchet }

export type SecretTree = { readonly leafCount: number; readonly root: SecretNode }

export function secretTree(leafCount: number, encryptionSecret: Uint8Array): SecretTree {
  return { leafCount, root: { kind: 'secret', secret: encryptionSecret } }
}

/** Why a generation has no key for this reader. */
export type KeyRefusal = 'too-far-ahead' | 'already-consumed'

export type KeysTaken = {
  readonly keys: MessageKeys
  readonly tree: SecretTree
  /** secrets no longer part of `tree` */
  readonly consumed: readonly Uint8Array[]
}

type Leaf = Extract<SecretNode, { kind: 'leaf' }>

async function expandNode(c: Crypto, secret: Uint8Array, isLeaf: boolean): Promise<SecretNode> {
  const length = c.suite.hashLength
  if (!isLeaf) {
    return {
      kind: 'parent',
      left: { kind: 'secret', secret: await expandWithLabel(c, secret, 'tree', ascii('left'), length) },
      right: { kind: 'secret', secret: await expandWithLabel(c, secret, 'tree', ascii('right'), length) },
    }
  }
  const ratchet = async (label: string): Promise<Ratchet> => ({
    secret: await expandWithLabel(c, secret, label, noBytes, length),
    generation: 0,
    skipped: [],
  })
  return { kind: 'leaf', handshake: await ratchet('handshake'), application: await ratchet('application') }
}

/** Calls `change` on the leaf's ratchets and rebuilds the path above it. */
async function changeLeaf<T>(
  c: Crypto,
  tree: SecretTree,
  leafIndex: number,
  change: (leaf: Leaf) => Promise<{ readonly leaf: Leaf; readonly result: T } | KeyRefusal>,
): Promise<{ readonly tree: SecretTree; readonly result: T; readonly consumed: readonly Uint8Array[] } | KeyRefusal> {
  if (leafIndex >= tree.leafCount) throw new Error('no such leaf in the secret tree')
  const consumed: Uint8Array[] = []
  const trail: { readonly parent: Extract<SecretNode, { kind: 'parent' }>; readonly wentLeft: boolean }[] = []
  let position = root(tree.leafCount)
  let node = tree.root
  for (;;) {
    if (node.kind === 'secret') {
      consumed.push(node.secret)
      node = await expandNode(c, node.secret, level(position) === 0)
    }
    if (node.kind === 'leaf') break
    if (node.kind === 'parent') {
      const wentLeft = leafIndex <= lastLeaf(left(position))
      trail.push({ parent: node, wentLeft })
      position = wentLeft ? left(position) : right(position)
      node = wentLeft ? node.left : node.right
    }
  }
  const changed = await change(node)
  if (typeof changed === 'string') return changed
  let rebuilt: SecretNode = changed.leaf
  for (let i = trail.length - 1; i >= 0; i--) {
    const step = trail[i]
    if (step !== undefined)
      rebuilt = step.wentLeft ? { ...step.parent, left: rebuilt } : { ...step.parent, right: rebuilt }
  }
  // Secrets made on the way and used up at once are in no tree; those that were in the old one are named.
  return { tree: { leafCount: tree.leafCount, root: rebuilt }, result: changed.result, consumed }
}

async function keysAt(c: Crypto, secret: Uint8Array, generation: number): Promise<MessageKeys> {
  return {
    generation,
    key: await deriveTreeSecret(c, secret, 'key', generation, c.suite.aead.keyLength),
    nonce: await deriveTreeSecret(c, secret, 'nonce', generation, nonceLength),
  }
}

function nextSecret(c: Crypto, secret: Uint8Array, generation: number): Promise<Uint8Array> {
  return deriveTreeSecret(c, secret, 'secret', generation, c.suite.hashLength)
}

/** The next key of the own ratchet, for sending (§9.1). */
export async function takeNextKeys(
  c: Crypto,
  tree: SecretTree,
  leafIndex: number,
  kind: RatchetKind,
): Promise<KeysTaken | KeyRefusal> {
  return taken(
    await changeLeaf(c, tree, leafIndex, async (leaf) => {
      const ratchet = leaf[kind]
      if (ratchet.generation >= 0xffffffff) return 'too-far-ahead'
      const keys = await keysAt(c, ratchet.secret, ratchet.generation)
      const next: Ratchet = {
        secret: await nextSecret(c, ratchet.secret, ratchet.generation),
        generation: ratchet.generation + 1,
        skipped: ratchet.skipped,
      }
      return { leaf: { ...leaf, [kind]: next }, result: { keys, consumed: [ratchet.secret, keys.key, keys.nonce] } }
    }),
  )
}

/**
 * The key of a received generation (§9.1, §9.2): a skipped one is taken from those kept, an earlier one without a key is
 * `already-consumed`, one too far on is `too-far-ahead`. What is skipped is kept as key and nonce, never as the ratchet secret.
 */
export async function takeKeysFor(
  c: Crypto,
  tree: SecretTree,
  leafIndex: number,
  kind: RatchetKind,
  generation: number,
  windows: Windows,
): Promise<KeysTaken | KeyRefusal> {
  return taken(
    await changeLeaf(c, tree, leafIndex, async (leaf) => {
      const ratchet = leaf[kind]
      if (generation < ratchet.generation) {
        const keys = ratchet.skipped.find((kept) => kept.generation === generation)
        if (keys === undefined) return 'already-consumed'
        const skipped = ratchet.skipped.filter((kept) => kept !== keys)
        return {
          leaf: { ...leaf, [kind]: { ...ratchet, skipped } },
          result: { keys, consumed: [keys.key, keys.nonce] },
        }
      }
      if (generation - ratchet.generation > windows.forwardGenerations || generation === 0xffffffff)
        return 'too-far-ahead'
      const { next, ...result } = await skipTo(c, ratchet, generation, windows)
      return { leaf: { ...leaf, [kind]: next }, result }
    }),
  )
}

/** Walks a ratchet to `generation`, keeping the keys passed over. */
async function skipTo(
  c: Crypto,
  ratchet: Ratchet,
  generation: number,
  windows: Windows,
): Promise<Taken & { readonly next: Ratchet }> {
  const skipped = ratchet.skipped.slice()
  const consumed: Uint8Array[] = []
  let { secret } = ratchet
  for (let g = ratchet.generation; g < generation; g++) {
    // Keys that would be forgotten at once are not derived.
    if (generation - g <= windows.skippedKeys) skipped.push(await keysAt(c, secret, g))
    consumed.push(secret)
    secret = await nextSecret(c, secret, g)
  }
  const keys = await keysAt(c, secret, generation)
  consumed.push(secret, keys.key, keys.nonce)
  for (const forgotten of skipped.splice(0, Math.max(0, skipped.length - windows.skippedKeys)))
    consumed.push(forgotten.key, forgotten.nonce)
  return {
    keys,
    consumed,
    next: { secret: await nextSecret(c, secret, generation), generation: generation + 1, skipped },
  }
}

type Taken = { readonly keys: MessageKeys; readonly consumed: readonly Uint8Array[] }

function taken(
  changed: { readonly tree: SecretTree; readonly result: Taken; readonly consumed: readonly Uint8Array[] } | KeyRefusal,
): KeysTaken | KeyRefusal {
  if (typeof changed === 'string') return changed
  return { tree: changed.tree, keys: changed.result.keys, consumed: [...changed.consumed, ...changed.result.consumed] }
}
