/**
 * The small records of a state: secrets that change with every message. One map entry per unexpanded subtree, per sender and per skipped
 * key, so that a message rewrites one or two of them. Every record starts with a version byte.
 *
 *   t<node>              secret of an unexpanded node of the secret tree
 *   r<leaf>              both ratchets of a sender
 *   s<leaf>.<h|a>.<gen>  key and nonce of a skipped generation
 */
import { decode, encode } from './codec.ts'
import type { MessageKeys, Ratchet, RatchetKind, SecretNode, SecretTree } from './secret-tree.ts'
import { nonceLength } from './suites.ts'
import { left, level, right, root } from './tree-math.ts'

/** Stored ratchet records by name. */
export type Records = ReadonlyMap<string, Uint8Array>
/** `undefined`: delete the record */
export type RecordChanges = ReadonlyMap<string, Uint8Array | undefined>

export const recordVersion = 1

const kinds: readonly (readonly [RatchetKind, string])[] = [
  ['handshake', 'h'],
  ['application', 'a'],
]

/** Calls back for each record below a node. */
function eachRecord(node: SecretNode, position: number, visit: (name: string, make: () => Uint8Array) => void): void {
  if (node.kind === 'secret') {
    const { secret } = node
    visit(`t${position}`, () => versioned(secret))
  } else if (node.kind === 'parent') {
    eachRecord(node.left, left(position), visit)
    eachRecord(node.right, right(position), visit)
  } else {
    const leafIndex = position >> 1
    visit(`r${leafIndex}`, () => encodeRatchets(node.handshake, node.application))
    for (const [kind, letter] of kinds) {
      for (const keys of node[kind].skipped) visit(`s${leafIndex}.${letter}.${keys.generation}`, () => encodeKeys(keys))
    }
  }
}

function versioned(bytes: Uint8Array): Uint8Array {
  return encode((w) => {
    w.u8(recordVersion)
    w.raw(bytes)
  }, bytes.length + 1)
}

function encodeRatchets(handshake: Ratchet, application: Ratchet): Uint8Array {
  return encode((w) => {
    w.u8(recordVersion)
    for (const ratchet of [handshake, application]) {
      w.u32(ratchet.generation)
      w.opaque(ratchet.secret)
    }
  }, 160)
}

function encodeKeys(keys: MessageKeys): Uint8Array {
  return encode((w) => {
    w.u8(recordVersion)
    w.raw(keys.nonce)
    w.raw(keys.key)
  }, 64)
}

/** Which records of a secret tree to write; with `since`, only what differs: shared subtrees are skipped by reference. */
export function secretTreeRecords(
  tree: SecretTree,
  since: SecretTree | undefined,
): Map<string, Uint8Array | undefined> {
  const changes = new Map<string, Uint8Array | undefined>()
  if (since === undefined || since.leafCount !== tree.leafCount) {
    eachRecord(tree.root, root(tree.leafCount), (name, make) => changes.set(name, make()))
  } else compare(tree.root, since.root, root(tree.leafCount), changes)
  return changes
}

function compare(
  now: SecretNode,
  before: SecretNode,
  position: number,
  changes: Map<string, Uint8Array | undefined>,
): void {
  if (now === before) return
  if (now.kind === 'parent' && before.kind === 'parent') {
    compare(now.left, before.left, left(position), changes)
    compare(now.right, before.right, right(position), changes)
  } else if (now.kind === 'leaf' && before.kind === 'leaf') compareLeaves(now, before, position >> 1, changes)
  else {
    eachRecord(before, position, (name) => changes.set(name, undefined))
    eachRecord(now, position, (name, make) => changes.set(name, make()))
  }
}

type Leaf = Extract<SecretNode, { kind: 'leaf' }>

function compareLeaves(now: Leaf, before: Leaf, leafIndex: number, changes: Map<string, Uint8Array | undefined>): void {
  if (kinds.some(([kind]) => now[kind].secret !== before[kind].secret))
    changes.set(`r${leafIndex}`, encodeRatchets(now.handshake, now.application))
  for (const [kind, letter] of kinds) {
    if (now[kind].skipped === before[kind].skipped) continue
    const name = (keys: MessageKeys): string => `s${leafIndex}.${letter}.${keys.generation}`
    const kept = new Set(now[kind].skipped)
    const known = new Set(before[kind].skipped)
    for (const keys of before[kind].skipped) if (!kept.has(keys)) changes.set(name(keys), undefined)
    for (const keys of now[kind].skipped) if (!known.has(keys)) changes.set(name(keys), encodeKeys(keys))
  }
}

/** Rebuilds a secret tree. `undefined`: the records are not those of one tree. */
export function decodeSecretTree(leafCount: number, records: Records): SecretTree | undefined {
  const skipped = skippedByRatchet(records)
  const rebuilt = skipped && rebuild(root(leafCount), records, skipped)
  return rebuilt && { leafCount, root: rebuilt }
}

/** Only positions above a stored record are walked, so the work is bounded by the number of records times the height of the tree. */
function rebuild(
  position: number,
  records: Records,
  skipped: ReadonlyMap<string, MessageKeys[]>,
): SecretNode | undefined {
  const secret = records.get(`t${position}`)
  if (secret !== undefined)
    return secret[0] === recordVersion && secret.length > 1 ? { kind: 'secret', secret: secret.slice(1) } : undefined
  if (level(position) === 0) return rebuildLeaf(position >> 1, records, skipped)
  const leftNode = rebuild(left(position), records, skipped)
  const rightNode = leftNode && rebuild(right(position), records, skipped)
  return leftNode && rightNode && { kind: 'parent', left: leftNode, right: rightNode }
}

function rebuildLeaf(
  leafIndex: number,
  records: Records,
  skipped: ReadonlyMap<string, MessageKeys[]>,
): SecretNode | undefined {
  const record = records.get(`r${leafIndex}`)
  return (
    record &&
    decode<SecretNode>(record, (r) => {
      if (r.u8() !== recordVersion) r.fail()
      const ratchet = (letter: string): Ratchet => {
        const generation = r.u32()
        return { generation, secret: r.opaque(), skipped: skipped.get(`${leafIndex}.${letter}`) ?? [] }
      }
      return { kind: 'leaf', handshake: ratchet('h'), application: ratchet('a') }
    })
  )
}

function skippedByRatchet(records: Records): Map<string, MessageKeys[]> | undefined {
  const found = new Map<string, MessageKeys[]>()
  for (const [name, record] of records) {
    const match = /^s(\d+\.[ha])\.(\d+)$/.exec(name)
    const ratchet = match?.[1]
    if (ratchet === undefined) continue
    if (record[0] !== recordVersion || record.length <= 1 + nonceLength) return undefined
    const keys = {
      generation: Number(match?.[2]),
      nonce: record.slice(1, 1 + nonceLength),
      key: record.slice(1 + nonceLength),
    }
    const list = found.get(ratchet)
    if (list === undefined) found.set(ratchet, [keys])
    else list.push(keys)
  }
  for (const list of found.values()) list.sort((a, b) => a.generation - b.generation)
  return found
}
