/** A past epoch (RFC 9420 §9.2, §14): what opens and judges late application messages, and nothing else. No ratchet tree, no key schedule. */
import { noBytes } from './bytes.ts'
import { decode, encode } from './codec.ts'
import { cryptoOf } from './crypto.ts'
import { isRefusal, membersOf, refuse, type GroupState } from './group-state.ts'
import { epochRefusal, openPrivate } from './message-protection.ts'
import type { Provider } from './provider.ts'
import type { ApplicationReceived } from './receive.ts'
import { decodeSecretTree, secretTreeRecords, type RecordChanges, type Records } from './records.ts'
import type { Ratchet, SecretNode, SecretTree } from './secret-tree.ts'
import { contentTypes } from './structures/framing.ts'
import {
  encodeGroupContext,
  readGroupContext,
  writeGroupContext,
  type GroupContext,
} from './structures/group-context.ts'
import { decodeMlsMessage } from './structures/mls-message.ts'
import { suiteParameters } from './suites.ts'
import { windows as productWindows, type Member, type Refusal, type Windows } from './types.ts'

/** Its leaf's other key is of no use any more. */
type PastMember = Omit<Member, 'encryptionKey'>

/** What opens late application messages of an epoch that is over: unused keys, the GroupContext, who signed with what. No tree, and nothing to send with. */
export type PastEpoch = {
  readonly context: GroupContext
  readonly encodedContext: Uint8Array
  readonly ownLeaf: number
  readonly senderDataSecret: Uint8Array
  /** who could write in this epoch, by leaf */
  readonly members: ReadonlyMap<number, PastMember>
  readonly secretTree: SecretTree
}

/** No handshake of a past epoch counts, so its handshake keys are not kept. */
const spent: Ratchet = { secret: noBytes, generation: 0xffffffff, skipped: [] }

function withoutHandshakes(node: SecretNode): SecretNode {
  if (node.kind === 'leaf') return { ...node, handshake: spent }
  if (node.kind === 'secret') return node
  return { kind: 'parent', left: withoutHandshakes(node.left), right: withoutHandshakes(node.right) }
}

/** What to keep of a state that a commit has left behind. How many, and for how long, is the caller's window. */
export function toPastEpoch(state: GroupState): PastEpoch {
  return {
    context: state.context,
    encodedContext: state.encodedContext,
    ownLeaf: state.ownLeaf,
    senderDataSecret: state.secrets.senderDataSecret,
    members: new Map(membersOf(state.tree).map((member) => [member.leafIndex, member])),
    secretTree: { leafCount: state.secretTree.leafCount, root: withoutHandshakes(state.secretTree.root) },
  }
}

/** As `receive`, for a late application message of a past epoch; handshakes are `old-epoch`. */
export async function receivePast(options: {
  readonly provider: Provider
  readonly past: PastEpoch
  readonly message: Uint8Array
  readonly windows?: Windows
}): Promise<ApplicationReceived<PastEpoch> | Refusal> {
  const { past } = options
  const decoded = decodeMlsMessage(options.message)
  if (decoded?.kind !== 'private') return refuse('malformed', 'message', 'not a private message')
  const { message } = decoded
  const wrong = epochRefusal(past.context, message.groupId, message.epoch)
  if (wrong !== undefined) return wrong
  if (message.contentType !== contentTypes.application)
    return refuse('old-epoch', 'message', 'a handshake of a past epoch')
  const view = {
    groupId: past.context.groupId,
    epoch: past.context.epoch,
    encodedContext: past.encodedContext,
    senderDataSecret: past.senderDataSecret,
    secretTree: past.secretTree,
    ownLeaf: past.ownLeaf,
    signatureKeyAt: (leafIndex: number) => past.members.get(leafIndex)?.signatureKey,
  }
  const opened = await openPrivate(
    cryptoOf(options.provider, past.context.suite),
    view,
    message,
    options.windows ?? productWindows,
  )
  if (isRefusal(opened)) return opened
  const sender = past.members.get(opened.senderLeaf)
  const { content, authenticatedData } = opened.content.framed
  if (sender === undefined || content.kind !== 'application') throw new Error('opened what was not asked for')
  return {
    ok: true,
    kind: 'application',
    newState: { ...past, secretTree: opened.secretTree },
    data: content.data,
    authenticatedData,
    senderLeaf: opened.senderLeaf,
    senderIdentity: sender.identity,
    senderSignatureKey: sender.signatureKey,
    epoch: Number(past.context.epoch),
    generation: opened.generation,
    consumed: opened.consumed,
  }
}

const pastVersion = 1

/** The part of a past epoch that no message changes. */
export function encodePastEpoch(past: PastEpoch): Uint8Array {
  return encode(
    (w) => {
      w.u8(pastVersion)
      writeGroupContext(w, past.context)
      w.u32(past.ownLeaf)
      w.u32(past.secretTree.leafCount)
      w.opaque(past.senderDataSecret)
      w.vector(() => {
        for (const member of past.members.values()) {
          w.u32(member.leafIndex)
          w.opaque(member.identity)
          w.opaque(member.signatureKey)
        }
      })
    },
    past.members.size * 128 + 512,
  )
}

/** Its secrets, as records of the same kind as those of a state. */
export function encodePastRatchets(past: PastEpoch, since?: PastEpoch): RecordChanges {
  return secretTreeRecords(past.secretTree, since?.secretTree)
}

/** The past epoch of its record and its ratchet records. `undefined`: not what this version wrote. */
export function decodePastEpoch(epochRecord: Uint8Array, ratchetRecords: Records): PastEpoch | undefined {
  const base = decode(epochRecord, (r) => {
    if (r.u8() !== pastVersion) r.fail()
    return {
      context: readGroupContext(r),
      ownLeaf: r.u32(),
      leafCount: r.u32(),
      senderDataSecret: r.opaque(),
      members: new Map(
        r.vector((v): [number, PastMember] => {
          const leafIndex = v.u32()
          return [leafIndex, { leafIndex, identity: v.opaque(), signatureKey: v.opaque() }]
        }),
      ),
    }
  })
  if (
    base === undefined ||
    suiteParameters(base.context.suite) === undefined ||
    base.leafCount === 0 ||
    (base.leafCount & (base.leafCount - 1)) !== 0
  )
    return undefined
  const secretTree = decodeSecretTree(base.leafCount, ratchetRecords)
  const { leafCount: _, ...rest } = base
  return secretTree && { ...rest, encodedContext: encodeGroupContext(base.context), secretTree }
}
