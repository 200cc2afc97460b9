/** TreeKEM: making, merging and opening an UpdatePath (RFC 9420 §7.4 - §7.6). */
import { sameBytes } from './bytes.ts'
import { decryptWith, deriveSecret, encryptContext, encryptWith, signWithLabel, type Crypto } from './crypto.ts'
import { kemDerive, kemGenerate, kemPair } from './hpke/kem.ts'
import type { KeyPair } from './provider.ts'
import {
  blankPath,
  filteredDirectPath,
  nodeKey,
  resolution,
  setLeaf,
  setParent,
  type PathStep,
  type RatchetTree,
  type TreeDraft,
} from './ratchet-tree.ts'
import { assembleLeaf, encodeLeafContent, leafToBeSigned, type LeafContent } from './structures/leaf-node.ts'
import type { UpdatePath } from './structures/commit.ts'
import { covers } from './tree-math.ts'
import { hashPath } from './tree-hash.ts'

/** Private keys by node: the own leaf's and those of parents on its path that are known. */
export type PrivateKeys = ReadonlyMap<number, Uint8Array>

/** Path secrets from a node upward, with the pairs they make. */
export type PathKeys = {
  /** one per node of the path, first the lowest */
  readonly pairs: readonly KeyPair[]
  readonly pathSecrets: readonly Uint8Array[]
  readonly commitSecret: Uint8Array
}

/** Derives `count` key pairs upward from a path secret (§7.4). */
export async function deriveUpward(c: Crypto, pathSecret: Uint8Array, count: number): Promise<PathKeys> {
  const pairs: KeyPair[] = []
  const pathSecrets: Uint8Array[] = []
  let secret = pathSecret
  for (let i = 0; i < count; i++) {
    pathSecrets.push(secret)
    const nodeSecret = await deriveSecret(c, secret, 'node')
    pairs.push(await kemDerive(c.provider, c.suite.kem, nodeSecret))
    nodeSecret.fill(0)
    secret = await deriveSecret(c, secret, 'path')
  }
  return { pairs, pathSecrets, commitSecret: secret }
}

/** The keys that still fit the tree: those of blanked or replaced nodes are dropped, and named. */
export function keptKeys(
  before: RatchetTree,
  after: RatchetTree,
  keys: PrivateKeys,
): { readonly kept: Map<number, Uint8Array>; readonly dropped: Uint8Array[] } {
  const kept = new Map<number, Uint8Array>()
  const dropped: Uint8Array[] = []
  for (const [node, key] of keys) {
    const old = nodeKey(before, node)
    const now = nodeKey(after, node)
    if (old !== undefined && now !== undefined && sameBytes(old, now)) kept.set(node, key)
    else dropped.push(key)
  }
  return { kept, dropped }
}

/** Which members a path secret is sealed to: the copath's resolution without leaves added in the same commit (§7.5). */
export function recipients(tree: RatchetTree, copath: number, newLeaves: ReadonlySet<number>): readonly number[] {
  return resolution(tree, copath).filter((node) => (node & 1) === 1 || !newLeaves.has(node >> 1))
}

export type NewPath = {
  readonly path: readonly PathStep[]
  readonly keys: PathKeys
  readonly leafKeys: KeyPair
}

/**
 * Puts a fresh leaf and fresh path keys into the draft (§7.5, first list). The committer's leaf is signed with the parent hash.
 * `content.source` and `content.encryptionKey` are filled in here.
 */
export async function renewPath(
  c: Crypto,
  draft: TreeDraft,
  leafIndex: number,
  groupId: Uint8Array,
  content: Omit<LeafContent, 'source' | 'encryptionKey'>,
  signaturePrivateKey: Uint8Array,
): Promise<NewPath> {
  blankPath(draft, leafIndex)
  const path = filteredDirectPath(draft, leafIndex)
  const keys = await deriveUpward(c, c.provider.random(c.suite.hashLength), path.length)
  const leafKeys = await kemGenerate(c.provider, c.suite.kem)
  const hashes = await hashPath(
    c,
    draft,
    path,
    keys.pairs.map((pair) => pair.publicKey),
  )
  setPath(
    draft,
    path,
    keys.pairs.map((pair) => pair.publicKey),
    hashes.nodes,
  )
  const leafContent: LeafContent = {
    ...content,
    encryptionKey: leafKeys.publicKey,
    source: { kind: 'commit', parentHash: hashes.leaf },
  }
  const encoded = encodeLeafContent(leafContent)
  const signature = await signWithLabel(
    c,
    signaturePrivateKey,
    'LeafNodeTBS',
    leafToBeSigned(encoded, leafContent.source, groupId, leafIndex),
  )
  setLeaf(draft, leafIndex, assembleLeaf(leafContent, encoded, signature))
  return { path, keys, leafKeys }
}

function setPath(
  draft: TreeDraft,
  path: readonly PathStep[],
  keys: readonly Uint8Array[],
  parentHashes: readonly Uint8Array[],
): void {
  path.forEach(({ node }, i) => {
    const encryptionKey = keys[i]
    const parentHash = parentHashes[i]
    if (encryptionKey === undefined || parentHash === undefined) throw new Error('a path has one key per node')
    setParent(draft, node, { encryptionKey, parentHash, unmergedLeaves: [] })
  })
}

/** Seals the path secrets to the group (§7.5, second list). `context` is the encoded provisional GroupContext. */
export async function sealPath(
  c: Crypto,
  tree: RatchetTree,
  leafIndex: number,
  made: NewPath,
  newLeaves: ReadonlySet<number>,
  context: Uint8Array,
): Promise<UpdatePath> {
  const info = await encryptContext(c, 'UpdatePathNode', context)
  const nodes: UpdatePath['nodes'][number][] = []
  for (const [i, { copath }] of made.path.entries()) {
    const pathSecret = made.keys.pathSecrets[i]
    const pair = made.keys.pairs[i]
    if (pathSecret === undefined || pair === undefined) throw new Error('a path has one secret per node')
    const sealedPathSecrets: UpdatePath['nodes'][number]['sealedPathSecrets'][number][] = []
    for (const node of recipients(tree, copath, newLeaves)) {
      // A key that was let into the tree but is none cannot be sealed to; its owner learns nothing, the others go on.
      const sealed = await encryptWith(c, info, nodeKey(tree, node) ?? new Uint8Array(0), pathSecret)
      sealedPathSecrets.push(sealed ?? { kemOutput: new Uint8Array(0), ciphertext: new Uint8Array(0) })
    }
    nodes.push({ encryptionKey: pair.publicKey, sealedPathSecrets })
  }
  const leaf = tree.leaves[leafIndex]
  if (leaf === undefined) throw new Error('the committer has no leaf')
  return { leaf, nodes }
}

/** Puts a received path into the draft. false: it does not fit the tree (§7.5, §12.4.2). */
export async function mergePath(
  c: Crypto,
  draft: TreeDraft,
  leafIndex: number,
  update: UpdatePath,
  newLeaves: ReadonlySet<number>,
): Promise<boolean> {
  blankPath(draft, leafIndex)
  const path = filteredDirectPath(draft, leafIndex)
  if (path.length !== update.nodes.length) return false
  for (const [i, { copath }] of path.entries()) {
    if (update.nodes[i]?.sealedPathSecrets.length !== recipients(draft, copath, newLeaves).length) return false
  }
  const keys = update.nodes.map((node) => node.encryptionKey)
  if (keys.some((key) => key.length !== c.suite.kem.publicLength)) return false
  const hashes = await hashPath(c, draft, path, keys)
  const { source } = update.leaf
  if (source.kind !== 'commit' || !sameBytes(source.parentHash, hashes.leaf)) return false
  setPath(draft, path, keys, hashes.nodes)
  setLeaf(draft, leafIndex, update.leaf)
  return true
}

export type OpenedPath = {
  readonly keys: PathKeys
  /** nodes whose private keys are now known, lowest first, as in `keys.pairs` */
  readonly nodes: readonly number[]
}

/** Opens the one path secret meant for this member and derives upward (§7.5). `undefined`: this member cannot follow the path. */
export async function openPath(
  c: Crypto,
  tree: RatchetTree,
  committer: number,
  update: UpdatePath,
  newLeaves: ReadonlySet<number>,
  ownLeaf: number,
  privateKeys: PrivateKeys,
  context: Uint8Array,
): Promise<OpenedPath | undefined> {
  const path = filteredDirectPath(tree, committer)
  const at = path.findIndex(({ node }) => covers(node, ownLeaf))
  const step = path[at]
  if (step === undefined) return undefined
  const nodes = recipients(tree, step.copath, newLeaves)
  const which = nodes.findIndex((node) => privateKeys.has(node))
  const node = nodes[which]
  const sealed = update.nodes[at]?.sealedPathSecrets[which]
  const publicKey = node === undefined ? undefined : nodeKey(tree, node)
  const privateKey = node === undefined ? undefined : privateKeys.get(node)
  if (sealed === undefined || publicKey === undefined || privateKey === undefined) return undefined
  const info = await encryptContext(c, 'UpdatePathNode', context)
  const pathSecret = await decryptWith(c, info, { publicKey, privateKey }, sealed)
  if (pathSecret === undefined || pathSecret.length !== c.suite.hashLength) return undefined
  const keys = await deriveUpward(c, pathSecret, path.length - at)
  const fits = keys.pairs.every((pair, i) =>
    sameBytes(pair.publicKey, update.nodes[at + i]?.encryptionKey ?? new Uint8Array(0)),
  )
  return fits ? { keys, nodes: path.slice(at).map((s) => s.node) } : undefined
}

/** The private keys a joiner learns from the path secret in its Welcome (§12.4.3.1): from the common ancestor up. `undefined`: they do not fit. */
export async function joinerPathKeys(
  c: Crypto,
  tree: RatchetTree,
  ancestor: number,
  committer: number,
  pathSecret: Uint8Array,
): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
  const path = filteredDirectPath(tree, committer)
  const at = path.findIndex(({ node }) => node === ancestor)
  if (at < 0 || pathSecret.length !== c.suite.hashLength) return undefined
  const { pairs, pathSecrets, commitSecret } = await deriveUpward(c, pathSecret, path.length - at)
  for (const spent of [...pathSecrets.slice(1), commitSecret]) spent.fill(0)
  const keys = new Map<number, Uint8Array>()
  for (const [i, pair] of pairs.entries()) {
    const node = path[at + i]?.node ?? -1
    if (!sameBytes(pair.publicKey, nodeKey(tree, node) ?? new Uint8Array(0))) return undefined
    keys.set(node, pair.privateKey)
  }
  return keys
}

/** Whether a private key belongs to a public one. */
export async function belongsTo(c: Crypto, privateKey: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  const pair = await kemPair(c.provider, c.suite.kem, privateKey)
  return pair !== undefined && sameBytes(pair.publicKey, publicKey)
}
