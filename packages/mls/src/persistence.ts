/** Split persistence: what an epoch keeps is written once, what messages change in small records. Both versioned. */
import { hex } from './bytes.ts'
import { decode, encode, type Reader, type Writer } from './codec.ts'
import type { GroupState, GroupStatus, PendingUpdate, ReinitParameters, StoredProposal } from './group-state.ts'
import { epochSecretNames, type EpochSecrets } from './key-schedule.ts'
import { decodeTree, encodeTree } from './ratchet-tree.ts'
import { decodeSecretTree, recordVersion, secretTreeRecords, type RecordChanges, type Records } from './records.ts'
import { encodeGroupContext, readGroupContext, writeGroupContext } from './structures/group-context.ts'
import { readProposal, writeProposal } from './structures/proposal.ts'
import { suiteParameters } from './suites.ts'
import type { Proposer } from './types.ts'

const epochVersion = 1

/** Tree, GroupContext, private keys and the key schedule's secrets: the same from the first to the last message of an epoch. */
export function encodeEpoch(state: GroupState): Uint8Array {
  const tree = encodeTree(state.tree)
  return encode((w) => {
    w.u8(epochVersion)
    writeGroupContext(w, state.context)
    w.raw(tree)
    w.u32(state.ownLeaf)
    w.opaque(state.signaturePrivateKey)
    w.vector(() => {
      for (const [node, key] of state.privateKeys) {
        w.u32(node)
        w.opaque(key)
      }
    })
    for (const name of epochSecretNames) w.opaque(state.secrets[name])
    w.opaque(state.confirmationTag)
    w.opaque(state.interimTranscriptHash)
    w.vector(() => {
      for (const { epoch, psk } of state.resumptionPsks) {
        w.u64(epoch)
        w.opaque(psk)
      }
    })
    w.u8(state.reinit === undefined ? 0 : 1)
    if (state.reinit !== undefined) writeProposal(w, { kind: 'reinit', ...state.reinit })
  }, tree.length + 4096)
}

/** Records that differ from `since` (a state of the same epoch); all of them without it. Write them in the transaction that makes the state current. */
export function encodeRatchets(state: GroupState, since?: GroupState): RecordChanges {
  const before = since !== undefined && since.context === state.context ? since : undefined
  const changes = secretTreeRecords(state.secretTree, before?.secretTree)
  const now = handshakeRecords(state)
  const known = before === undefined ? new Map<string, Uint8Array>() : handshakeRecords(before)
  for (const name of known.keys()) if (!now.has(name)) changes.set(name, undefined)
  for (const [name, record] of now) if (!known.has(name)) changes.set(name, record)
  return changes
}

const statuses: readonly GroupStatus[] = ['open', 'reinit', 'removed']
const handshakeCache = new WeakMap<GroupState, Map<string, Uint8Array>>()

/** p<ref>: a waiting proposal; u<key>: an own pending Update; x<status>: a closed group. */
function handshakeRecords(state: GroupState): Map<string, Uint8Array> {
  const known = handshakeCache.get(state)
  if (known !== undefined) return known
  const records = new Map<string, Uint8Array>()
  let order = 0
  for (const [name, stored] of state.proposals) records.set(`p${name}`, encodeStored(stored, order++))
  for (const update of state.pendingUpdates)
    records.set(`u${hex(update.encryptionKey.subarray(0, 32))}`, encodePending(update))
  if (state.status !== 'open') records.set(`x${statuses.indexOf(state.status)}`, Uint8Array.of(recordVersion))
  handshakeCache.set(state, records)
  return records
}

function encodeStored(stored: StoredProposal, order: number): Uint8Array {
  return encode((w) => {
    w.u8(recordVersion)
    w.u32(order)
    w.opaque(stored.reference)
    writeProposer(w, stored.proposer)
    writeProposal(w, stored.proposal)
  })
}

function writeProposer(w: Writer, proposer: Proposer): void {
  w.u8(proposer.kind === 'member' ? 1 : proposer.kind === 'external' ? 2 : 3)
  if (proposer.kind === 'member') w.u32(proposer.leafIndex)
  else if (proposer.kind === 'external') w.u32(proposer.senderIndex)
}

function readProposer(r: Reader): Proposer {
  const kind = r.u8()
  if (kind === 1) return { kind: 'member', leafIndex: r.u32() }
  if (kind === 2) return { kind: 'external', senderIndex: r.u32() }
  if (kind !== 3) r.fail()
  return { kind: 'new-member' }
}

function encodePending(update: PendingUpdate): Uint8Array {
  return encode((w) => {
    w.u8(recordVersion)
    w.opaque(update.encryptionKey)
    w.opaque(update.privateKey)
    w.opaque(update.signaturePrivateKey)
  })
}

function readEpochSecrets(r: Reader): EpochSecrets {
  return {
    initSecret: r.opaque(),
    senderDataSecret: r.opaque(),
    exporterSecret: r.opaque(),
    externalSecret: r.opaque(),
    confirmationKey: r.opaque(),
    membershipKey: r.opaque(),
    resumptionPsk: r.opaque(),
    epochAuthenticator: r.opaque(),
  }
}

function readReinit(r: Reader): ReinitParameters | undefined {
  const proposal = readProposal(r)
  if (proposal.kind === 'reinit') return proposal
  r.fail()
  return undefined
}

/** The state of an epoch record and the ratchet records written with or after it. `undefined`: not what this version wrote. */
export function decodeState(epochRecord: Uint8Array, ratchetRecords: Records): GroupState | undefined {
  const base = decode(epochRecord, (r) => {
    if (r.u8() !== epochVersion) r.fail()
    const context = readGroupContext(r)
    const treeStart = r.position()
    r.opaque()
    const tree = decodeTree(r.since(treeStart))
    return {
      context,
      tree,
      ownLeaf: r.u32(),
      signaturePrivateKey: r.opaque(),
      privateKeys: new Map(r.vector((v): [number, Uint8Array] => [v.u32(), v.opaque()], 64)),
      secrets: readEpochSecrets(r),
      confirmationTag: r.opaque(),
      interimTranscriptHash: r.opaque(),
      resumptionPsks: r.vector((v) => ({ epoch: v.u64(), psk: v.opaque() }), 1024),
      reinit: r.optional(readReinit),
    }
  })
  if (base?.tree === undefined || suiteParameters(base.context.suite) === undefined) return undefined
  const secretTree = decodeSecretTree(base.tree.leaves.length, ratchetRecords)
  const handshake = secretTree && decodeHandshake(ratchetRecords)
  if (secretTree === undefined || handshake === undefined || base.tree.leaves[base.ownLeaf] === undefined)
    return undefined
  return { ...base, tree: base.tree, encodedContext: encodeGroupContext(base.context), secretTree, ...handshake }
}

function decodeHandshake(records: Records): Pick<GroupState, 'proposals' | 'pendingUpdates' | 'status'> | undefined {
  const proposals: { order: number; stored: StoredProposal }[] = []
  const pendingUpdates: PendingUpdate[] = []
  let status: GroupStatus = 'open'
  for (const [name, record] of records) {
    if (name.startsWith('p')) {
      const decoded = decode(record, (r) => {
        if (r.u8() !== recordVersion) r.fail()
        const order = r.u32()
        const reference = r.opaque()
        const proposer = readProposer(r)
        return { order, stored: { reference, proposer, proposal: readProposal(r) } }
      })
      if (decoded === undefined) return undefined
      proposals.push(decoded)
    } else if (name.startsWith('u')) {
      const decoded = decode(record, (r) => {
        if (r.u8() !== recordVersion) r.fail()
        return { encryptionKey: r.opaque(), privateKey: r.opaque(), signaturePrivateKey: r.opaque() }
      })
      if (decoded === undefined) return undefined
      pendingUpdates.push(decoded)
    } else if (name.startsWith('x')) {
      const closed = statuses[Number(name.slice(1))]
      if (closed === undefined) return undefined
      status = closed
    }
  }
  proposals.sort((a, b) => a.order - b.order)
  return { proposals: new Map(proposals.map(({ stored }) => [hex(stored.reference), stored])), pendingUpdates, status }
}
