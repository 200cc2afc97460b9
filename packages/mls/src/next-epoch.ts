/** From a committed change to the state of the next epoch: transcript, key schedule, secret tree (RFC 9420 §8, §12.4). */
import { noBytes, sameBytes } from './bytes.ts'
import { hpkeInfo, hpkeReceiveExport } from './hpke/hpke.ts'
import { kemDerive } from './hpke/kem.ts'
import type { Crypto } from './crypto.ts'
import { refuse, resumptionEpochs, type GroupState, type ReinitParameters } from './group-state.ts'
import {
  confirmationTagOf,
  confirmedTranscriptHashOf,
  epochSecretOf,
  epochSecrets,
  interimTranscriptHashOf,
  joinerSecretOf,
  pskSecretOf,
  type EpochSecrets,
} from './key-schedule.ts'
import type { RatchetTree } from './ratchet-tree.ts'
import { secretTree, type SecretTree } from './secret-tree.ts'
import type { Extension } from './structures/extension.ts'
import { encodeGroupContext, type GroupContext } from './structures/group-context.ts'
import type { PreSharedKeyId } from './structures/pre-shared-key.ts'
import { treeHash } from './tree-hash.ts'
import type { PrivateKeys } from './tree-kem.ts'
import type { PskLookup, Refusal } from './types.ts'

/** The GroupContext after the change but before its commit is hashed in: what path secrets are sealed under (§12.4.1). */
export async function provisionalContext(
  c: Crypto,
  before: GroupContext,
  tree: RatchetTree,
  extensions: readonly Extension[],
): Promise<GroupContext> {
  return { ...before, epoch: before.epoch + 1n, treeHash: await treeHash(c, tree), extensions }
}

export type NextEpoch = {
  readonly context: GroupContext
  readonly encodedContext: Uint8Array
  readonly secrets: EpochSecrets
  readonly secretTree: SecretTree
  readonly confirmationTag: Uint8Array
  readonly interimTranscriptHash: Uint8Array
  readonly joinerSecret: Uint8Array
  /** intermediate secrets, to be erased */
  readonly consumed: readonly Uint8Array[]
}

/** Runs the key schedule of the epoch a commit begins. */
export async function nextEpoch(
  c: Crypto,
  o: {
    readonly provisional: GroupContext
    readonly leafCount: number
    readonly interimBefore: Uint8Array
    readonly wireFormat: number
    readonly encodedFramed: Uint8Array
    readonly signature: Uint8Array
    readonly initSecret: Uint8Array
    readonly commitSecret: Uint8Array
    readonly pskSecret: Uint8Array
  },
): Promise<NextEpoch> {
  const confirmedTranscriptHash = await confirmedTranscriptHashOf(
    c,
    o.interimBefore,
    o.wireFormat,
    o.encodedFramed,
    o.signature,
  )
  const context = { ...o.provisional, confirmedTranscriptHash }
  const encodedContext = encodeGroupContext(context)
  const joinerSecret = await joinerSecretOf(c, o.initSecret, o.commitSecret, encodedContext)
  const epochSecret = await epochSecretOf(c, joinerSecret, o.pskSecret, encodedContext)
  const { secrets, encryptionSecret } = await epochSecrets(c, epochSecret)
  const confirmationTag = await confirmationTagOf(c, secrets.confirmationKey, confirmedTranscriptHash)
  return {
    context,
    encodedContext,
    secrets,
    secretTree: secretTree(o.leafCount, encryptionSecret),
    confirmationTag,
    joinerSecret,
    interimTranscriptHash: await interimTranscriptHashOf(c, confirmedTranscriptHash, confirmationTag),
    consumed: [epochSecret],
  }
}

/** The state a member is in after a commit. */
export function stateAfter(
  before: GroupState,
  next: NextEpoch,
  tree: RatchetTree,
  privateKeys: PrivateKeys,
  signaturePrivateKey: Uint8Array,
  reinit: ReinitParameters | undefined,
): GroupState {
  const resumption = [...before.resumptionPsks, { epoch: before.context.epoch, psk: before.secrets.resumptionPsk }]
  return {
    context: next.context,
    encodedContext: next.encodedContext,
    tree,
    ownLeaf: before.ownLeaf,
    privateKeys,
    signaturePrivateKey,
    secrets: next.secrets,
    secretTree: next.secretTree,
    confirmationTag: next.confirmationTag,
    interimTranscriptHash: next.interimTranscriptHash,
    proposals: new Map(),
    pendingUpdates: [],
    resumptionPsks: resumption.slice(-resumptionEpochs),
    status: reinit === undefined ? 'open' : 'reinit',
    reinit,
  }
}

/** Finds each PSK a commit or Welcome names, first among the resumption secrets of the states at hand. */
export async function lookUpPsks(
  c: Crypto,
  ids: readonly PreSharedKeyId[],
  states: readonly (GroupState | undefined)[],
  lookup: PskLookup | undefined,
): Promise<Uint8Array | Refusal> {
  const psks: { id: PreSharedKeyId; psk: Uint8Array }[] = []
  for (const id of ids) {
    const psk =
      states.reduce<Uint8Array | undefined>(
        (found, state) => found ?? (state && resumptionPskOf(state, id)),
        undefined,
      ) ?? (await lookup?.(id))
    if (psk === undefined) return refuse('psk-unknown', 'state', 'a pre-shared key is not at hand')
    psks.push({ id, psk })
  }
  return pskSecretOf(c, psks)
}

function resumptionPskOf(state: GroupState, id: PreSharedKeyId): Uint8Array | undefined {
  if (id.kind !== 'resumption' || !sameBytes(id.groupId, state.context.groupId)) return undefined
  if (id.epoch === state.context.epoch) return state.secrets.resumptionPsk
  return state.resumptionPsks.find((kept) => kept.epoch === id.epoch)?.psk
}

export const externalInitLabel = new Uint8Array(
  Array.from('MLS 1.0 external init secret').map((character) => character.charCodeAt(0)),
)

/** The init secret a newcomer sent by ExternalInit (§8.3). `undefined`: the KEM output is none. */
export async function externalInitSecret(
  c: Crypto,
  externalSecret: Uint8Array,
  kemOutput: Uint8Array,
): Promise<Uint8Array | undefined> {
  const keys = await kemDerive(c.provider, c.suite.kem, externalSecret)
  const info = await hpkeInfo(c.provider, c.suite, noBytes)
  return hpkeReceiveExport(c.provider, info, keys, kemOutput, externalInitLabel, c.suite.hashLength)
}
