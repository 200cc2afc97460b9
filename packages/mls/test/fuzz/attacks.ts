/** For tests alone: what a hostile member, who has real keys, or a hostile server sends in the midst of a history. */
import { hex, sameBytes } from '../../src/bytes.ts'
import { cryptoOf } from '../../src/crypto.ts'
import {
  encodeEpoch,
  encodeRatchets,
  isRefusal,
  joinGroup,
  ownLeaf,
  receive,
  type CommitCreated,
  type GroupState,
  type Provider,
} from '../../src/index.ts'
import { decodeTree, draftOf, encodeTree, setLeaf, setParent } from '../../src/ratchet-tree.ts'
import type { Proposal } from '../../src/structures/proposal.ts'
import { flipped, forge, publicApplication, withSenderData } from '../forging.ts'
import { acceptAll, nth, text, type Device } from '../test-kit.ts'

export interface Chooser {
  below(n: number): number
  pick<T>(list: readonly T[]): T
  chance(percent: number): boolean
  bytes(length: number): Uint8Array
}
type Count = (what: string) => void
/** Around each call with hostile bytes: what it costs. */
export type Weigh = <T>(call: () => Promise<T>) => Promise<T>

const attacks = [
  'mutated',
  'cut short',
  'made longer',
  'length of a vector',
  'sender data',
  'commit',
  'in the clear',
] as const

/** Sends one hostile message to one member: it must be refused by a value, and the member stand where it stood. */
export const attack = async (
  provider: Provider,
  suite: number,
  choose: Chooser,
  states: readonly GroupState[],
  honest: Uint8Array,
  count: Count,
  weigh: Weigh,
): Promise<void> => {
  if (states.length < 2) return
  const victim = choose.pick(states)
  const member = choose.pick(states.filter((state) => state !== victim))
  const kind = choose.pick(attacks)
  const message = await hostileMessage(provider, suite, choose, member, honest, kind)
  const before = standing(victim)
  const result = await weigh(async () => receive({ provider, state: victim, message, judge: acceptAll }))
  if (!isRefusal(result)) throw new Error(`hostile (${kind}) was taken: ${hex(message.subarray(0, 40))}`)
  if (standing(victim) !== before) throw new Error(`hostile (${kind}) changed a state`)
  count(`hostile: ${kind}`)
}

const standing = (state: GroupState): string =>
  [encodeEpoch(state), ...[...encodeRatchets(state).values()].flatMap((record) => record ?? [])].map(hex).join(' ')

const hostileMessage = async (
  provider: Provider,
  suite: number,
  choose: Chooser,
  member: GroupState,
  honest: Uint8Array,
  kind: (typeof attacks)[number],
): Promise<Uint8Array> => {
  const at = choose.below(Math.min(honest.length, 60_000))
  switch (kind) {
    case 'mutated':
      return flipped(honest, at, 1 << choose.below(8))
    case 'cut short':
      return honest.slice(0, at)
    case 'made longer':
      return Uint8Array.from([...honest, ...choose.bytes(1 + choose.below(30))])
    case 'length of a vector': {
      // The largest length that the wire can say, at the beginning of some vector or in the midst of one.
      const copy = honest.slice()
      copy.set([0xbf, 0xff, 0xff, 0xff].slice(0, Math.max(0, copy.length - at)), at)
      return sameBytes(copy, honest) ? flipped(honest, 0) : copy
    }
    case 'sender data':
      return withSenderData(provider, member, {
        leafIndex: choose.pick([member.tree.leaves.length, 0xffffffff, 77_777]),
        generation: choose.pick([0, 5, 0xffffffff]),
        reuseGuard: choose.bytes(4),
      })
    case 'commit':
      return hostileCommit(provider, suite, choose, member)
    case 'in the clear':
      return publicApplication(provider, member, text('in the clear'))
  }
}

/** Rightly signed and sealed, wrong by one of the rules. */
const hostileCommit = (provider: Provider, suite: number, choose: Chooser, member: GroupState): Promise<Uint8Array> => {
  const { hashLength } = cryptoOf(provider, suite).suite
  const psk: Proposal = { kind: 'psk', id: { kind: 'external', id: text('i'), nonce: provider.random(hashLength) } }
  const lists: readonly (readonly Proposal[])[] = [
    [],
    [psk, psk],
    [{ kind: 'remove', leafIndex: ownLeaf(member) }],
    [{ kind: 'remove', leafIndex: 99_999 }],
    [{ kind: 'reinit', groupId: text('g'), version: 0, suite, extensions: [] }],
    [{ kind: 'external-init', kemOutput: provider.random(32) }],
    [{ kind: 'group-context-extensions', extensions: [{ type: 0xf0f0, data: text('x') }] }],
  ]
  const proposals = choose.pick(lists).map((proposal) => ({ kind: 'proposal', proposal }) as const)
  const content = { kind: 'commit', commit: { proposals, path: undefined } } as const
  return forge(provider, member, content, { tag: provider.random(hashLength) })
}

const poisons = ['tree', 'parent', 'leaf', 'bytes of the Welcome', 'bytes of the tree', 'cut tree'] as const

/** Gives a newcomer an honest Welcome with something beside it changed: it must be refused by a value. */
export const poison = async (
  provider: Provider,
  suite: number,
  choose: Chooser,
  comer: Device,
  made: CommitCreated,
  count: Count,
  weigh: Weigh,
): Promise<void> => {
  const kind = choose.pick(poisons)
  const { welcome, ratchetTree } = poisoned(choose, kind, made, comer)
  const result = await weigh(() =>
    joinGroup({
      provider,
      welcome,
      ratchetTree,
      keyPackage: comer.kit.keyPackage,
      privateKeys: comer.kit.privateKeys,
      signatureKeyPair: comer.keys,
      judge: acceptAll,
    }),
  )
  if (!isRefusal(result)) throw new Error(`a poisoned Welcome (${kind}) was joined, suite ${suite}`)
  count(`poisoned Welcome: ${kind}`)
}

const poisoned = (
  choose: Chooser,
  kind: (typeof poisons)[number],
  made: CommitCreated,
  comer: Device,
): { readonly welcome: Uint8Array; readonly ratchetTree: Uint8Array } => {
  const { ratchetTree } = made
  const welcome =
    made.welcomes.find(({ reference }) => sameBytes(reference, comer.kit.reference))?.welcome ?? new Uint8Array(0)
  const tree = decodeTree(ratchetTree)
  if (tree === undefined) throw new Error('an honest tree')
  const draft = draftOf(tree)
  const there = tree.leaves.flatMap((leaf, at) => (leaf === undefined ? [] : [at]))
  switch (kind) {
    case 'tree':
      setLeaf(draft, choose.pick(there), undefined)
      break
    case 'parent': {
      const parents = tree.parents.flatMap((parent, at) => (parent === undefined ? [] : [at]))
      if (parents.length === 0) setLeaf(draft, choose.pick(there), undefined)
      else setParent(draft, 2 * choose.pick(parents) + 1, undefined)
      break
    }
    case 'leaf': {
      const at = choose.pick(there)
      const leaf = nth(tree.leaves, at)
      if (leaf !== undefined) setLeaf(draft, at, { ...leaf, encoded: flipped(leaf.encoded, leaf.encoded.length - 1) })
      break
    }
    case 'bytes of the Welcome':
      return { welcome: flipped(welcome, choose.below(welcome.length), 1 << choose.below(8)), ratchetTree }
    case 'bytes of the tree':
      return { welcome, ratchetTree: flipped(ratchetTree, choose.below(ratchetTree.length), 1 << choose.below(8)) }
    case 'cut tree':
      return { welcome, ratchetTree: ratchetTree.slice(0, choose.below(ratchetTree.length)) }
  }
  return { welcome, ratchetTree: encodeTree(draft) }
}
