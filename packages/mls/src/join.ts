/** Joining by a Welcome (RFC 9420 §12.4.3.1). */
import { noBytes, sameBytes, sameSecret } from './bytes.ts'
import { encode } from './codec.ts'
import { cryptoOf, decryptWith, encryptContext, keyPackageReference, verifyWithLabel, type Crypto } from './crypto.ts'
import { isRefusal, membersOf, refuse, type GroupState, type ReinitParameters } from './group-state.ts'
import { erase } from './hpke/kem.ts'
import { decodePrivateKeys } from './key-packages.ts'
import {
  confirmationTagOf,
  epochSecretOf,
  epochSecrets,
  interimTranscriptHashOf,
  welcomeKeys,
  welcomeSecretOf,
} from './key-schedule.ts'
import { lookUpPsks } from './next-epoch.ts'
import type { Provider } from './provider.ts'
import { decodeTree, type RatchetTree } from './ratchet-tree.ts'
import { secretTree } from './secret-tree.ts'
import { extensionTypes, findExtension, writeExtensions, type Extension } from './structures/extension.ts'
import { encodeGroupContext } from './structures/group-context.ts'
import { decodeGroupInfo, groupInfoToBeSigned, type GroupInfo } from './structures/group-info.ts'
import { decodeKeyPackage, mls10, type KeyPackage } from './structures/key-package.ts'
import { decodeMlsMessage } from './structures/mls-message.ts'
import { decodeGroupSecrets, type GroupSecrets, type Welcome } from './structures/welcome.ts'
import { suiteParameters } from './suites.ts'
import { treeHash } from './tree-hash.ts'
import { belongsTo, joinerPathKeys } from './tree-kem.ts'
import { commonAncestor } from './tree-math.ts'
import { treeRefusal } from './tree-validation.ts'
import type { Judge, Member, PskLookup, Refusal, SignatureKeyPair } from './types.ts'

/** The first state of a newcomer (§12.4.3.1): store it, erase `consumed` and the key package's private keys. `signerLeaf` is who says that the group is so. */
export type Joined = {
  readonly ok: true
  readonly state: GroupState
  /** the leaf of who sent the Welcome */
  readonly signerLeaf: number
  /** extensions of the GroupInfo beside the tree; unknown ones are the caller's to read or ignore */
  readonly groupInfoExtensions: readonly Extension[]
  /** secrets used up: erase with the key package's private keys */
  readonly consumed: readonly Uint8Array[]
}

/** The group a new one is linked to: its last state, and the application's word on whether the members are the right ones. */
export type ParentGroup = {
  readonly state: GroupState
  /** `reinit`: every old member must be there; `branch`: none but old members may be */
  readonly membersMatch: (usage: 'reinit' | 'branch', before: readonly Member[], after: readonly Member[]) => boolean
}

/** A Welcome with what belongs to it: the key package it answers and that package's private keys. */
export type JoinOptions = {
  readonly provider: Provider
  /** MLSMessage(Welcome) */
  readonly welcome: Uint8Array
  /** the encoded KeyPackage the Welcome answers */
  readonly keyPackage: Uint8Array
  /** what `createKeyPackage` gave with it */
  readonly privateKeys: Uint8Array
  readonly signatureKeyPair: SignatureKeyPair
  /** encoded ratchet_tree, when it is not in the Welcome; or how to come by it, from what the GroupInfo says */
  readonly ratchetTree?: Uint8Array | ((groupInfoExtensions: readonly Extension[]) => Promise<Uint8Array | undefined>)
  readonly judge: Judge
  readonly psk?: PskLookup
  /** needed when the Welcome continues or branches another group (§11.2, §11.3) */
  readonly parent?: ParentGroup
}

/**
 * Opens a Welcome, verifies the group it describes down to every leaf (each credential is put to the judge with source `join`) and
 * returns the state. Whether the group id is already in use is the caller's to check.
 */
export async function joinGroup(o: JoinOptions): Promise<Joined | Refusal> {
  const decoded = decodeMlsMessage(o.welcome)
  if (decoded?.kind !== 'welcome') return refuse('malformed', 'message', 'not a Welcome')
  const keyPackage = decodeKeyPackage(o.keyPackage)
  const privateKeys = decodePrivateKeys(o.privateKeys)
  if (keyPackage === undefined || privateKeys === undefined)
    return refuse('bad-argument', 'caller', 'own key package or its private keys')
  const { welcome } = decoded
  if (suiteParameters(welcome.suite) === undefined) return refuse('unsupported', 'message', 'a suite not spoken here')
  if (welcome.suite !== keyPackage.suite) return refuse('not-for-us', 'message', 'another suite than the key package')
  const joined = await openWelcome(o, welcome, keyPackage, privateKeys)
  // Copies of the caller's, who keeps them when nothing was joined.
  erase(isRefusal(joined) ? [privateKeys.init, privateKeys.leaf] : [privateKeys.init])
  return joined
}

async function openWelcome(
  o: JoinOptions,
  welcome: Welcome,
  keyPackage: KeyPackage,
  privateKeys: { readonly init: Uint8Array; readonly leaf: Uint8Array },
): Promise<Joined | Refusal> {
  const c = cryptoOf(o.provider, welcome.suite)
  const secrets = await openGroupSecrets(c, welcome, keyPackage, privateKeys.init)
  if (isRefusal(secrets)) return secrets
  const pskSecret = await pskSecretFor(c, secrets, o)
  if (isRefusal(pskSecret)) return pskSecret
  const info = await openGroupInfo(c, welcome, secrets, pskSecret)
  if (isRefusal(info)) return info
  if (info.context.suite !== welcome.suite) return refuse('welcome-invalid', 'sender', 'the group has another suite')
  const given = typeof o.ratchetTree === 'function' ? await o.ratchetTree(info.extensions) : o.ratchetTree
  const tree = await checkedTree(c, info, given, o.judge, 'join')
  if (isRefusal(tree)) return tree
  const linked = linkRefusal(secrets, info, tree, o.parent)
  if (linked !== undefined) return linked
  return buildState(c, o, keyPackage, privateKeys.leaf, secrets, pskSecret, info, tree)
}

async function openGroupSecrets(
  c: Crypto,
  welcome: Welcome,
  keyPackage: KeyPackage,
  initPrivateKey: Uint8Array,
): Promise<GroupSecrets | Refusal> {
  const reference = await keyPackageReference(c, keyPackage.encoded)
  const entry = welcome.secrets.find((candidate) => sameBytes(candidate.newMember, reference))
  if (entry === undefined) return refuse('not-for-us', 'message', 'no secrets for this key package')
  const info = await encryptContext(c, 'Welcome', welcome.encryptedGroupInfo)
  const opened = await decryptWith(c, info, { publicKey: keyPackage.initKey, privateKey: initPrivateKey }, entry.sealed)
  const secrets = opened && decodeGroupSecrets(opened)
  opened?.fill(0)
  if (secrets === undefined) return refuse('welcome-invalid', 'message', 'the group secrets do not open')
  return secrets.joinerSecret.length === c.suite.hashLength
    ? secrets
    : refuse('welcome-invalid', 'sender', 'joiner secret of wrong length')
}

async function pskSecretFor(c: Crypto, secrets: GroupSecrets, o: JoinOptions): Promise<Uint8Array | Refusal> {
  const links = secrets.psks.filter((id) => id.kind === 'resumption' && id.usage !== 'application')
  if (links.length > 1) return refuse('welcome-invalid', 'sender', 'more than one link to another group')
  if (secrets.psks.some((id) => id.nonce.length !== c.suite.hashLength))
    return refuse('welcome-invalid', 'sender', 'psk nonce of wrong length')
  return lookUpPsks(c, secrets.psks, [o.parent?.state], o.psk)
}

/** Checks of a group that continues or branches another (§12.4.3.1, last step). */
function linkRefusal(
  secrets: GroupSecrets,
  info: GroupInfo,
  tree: RatchetTree,
  parent: ParentGroup | undefined,
): Refusal | undefined {
  const link = secrets.psks.find((id) => id.kind === 'resumption' && id.usage !== 'application')
  if (link?.kind !== 'resumption' || link.usage === 'application') return undefined
  const wrong = (reason: string): Refusal => refuse('welcome-invalid', 'sender', reason)
  if (info.context.epoch !== 1n) return wrong('a linked group is joined at its first epoch')
  if (parent === undefined || !sameBytes(link.groupId, parent.state.context.groupId))
    return refuse('welcome-invalid', 'state', 'the group it is linked to is not at hand')
  if (link.usage === 'branch' && parent.state.context.suite !== info.context.suite)
    return wrong('a branch keeps the suite')
  if (link.usage === 'reinit' && !matchesReinit(info, parent.state.reinit))
    return wrong('not the group the ReInit asked for')
  return parent.membersMatch(link.usage, membersOf(parent.state.tree), membersOf(tree))
    ? undefined
    : wrong('not the members it should have')
}

function matchesReinit({ context }: GroupInfo, asked: ReinitParameters | undefined): boolean {
  if (
    asked === undefined ||
    asked.version !== mls10 ||
    asked.suite !== context.suite ||
    !sameBytes(asked.groupId, context.groupId)
  )
    return false
  const encoded = [asked.extensions, context.extensions].map((extensions) =>
    encode((w) => writeExtensions(w, extensions)),
  )
  return sameBytes(encoded[0] ?? noBytes, encoded[1] ?? noBytes)
}

async function openGroupInfo(
  c: Crypto,
  welcome: Welcome,
  secrets: GroupSecrets,
  pskSecret: Uint8Array,
): Promise<GroupInfo | Refusal> {
  const welcomeSecret = await welcomeSecretOf(c, secrets.joinerSecret, pskSecret)
  const { key, nonce } = await welcomeKeys(c, welcomeSecret)
  const opened = await c.provider.open(c.suite.aead.name, key, nonce, noBytes, welcome.encryptedGroupInfo)
  for (const spent of [welcomeSecret, key]) spent.fill(0)
  const info = opened && decodeGroupInfo(opened)
  if (info === undefined) return refuse('welcome-invalid', 'message', 'the group info does not open')
  return info.context.epoch < BigInt(Number.MAX_SAFE_INTEGER)
    ? info
    : refuse('unsupported', 'sender', 'an epoch beyond 2^53')
}

/** The tree of a GroupInfo, fully verified, with the signature over the GroupInfo itself. */
export async function checkedTree(
  c: Crypto,
  info: GroupInfo,
  given: Uint8Array | undefined,
  judge: Judge,
  source: 'join' | 'external-join',
): Promise<RatchetTree | Refusal> {
  const encoded = findExtension(info.extensions, extensionTypes.ratchetTree) ?? given
  if (encoded === undefined)
    return refuse('tree-missing', 'caller', 'the ratchet tree is neither in the message nor given')
  const tree = decodeTree(encoded)
  if (tree === undefined) return refuse('tree-invalid', 'message', 'not a ratchet tree')
  const signer = tree.leaves[info.signer]
  if (signer === undefined) return refuse('welcome-invalid', 'sender', 'signed by a blank leaf')
  if (!(await verifyWithLabel(c, signer.signatureKey, 'GroupInfoTBS', groupInfoToBeSigned(info), info.signature)))
    return refuse('bad-signature', 'sender', 'group info signature')
  if (!sameBytes(await treeHash(c, tree), info.context.treeHash)) return refuse('tree-invalid', 'message', 'tree hash')
  const rules = { groupId: info.context.groupId, extensions: info.context.extensions }
  return (await treeRefusal(c, tree, rules, judge, source)) ?? tree
}

async function buildState(
  c: Crypto,
  o: JoinOptions,
  keyPackage: KeyPackage,
  leafPrivateKey: Uint8Array,
  secrets: GroupSecrets,
  pskSecret: Uint8Array,
  info: GroupInfo,
  tree: RatchetTree,
): Promise<Joined | Refusal> {
  const ownLeaf = tree.leaves.findIndex(
    (leaf) => leaf !== undefined && sameBytes(leaf.encoded, keyPackage.leaf.encoded),
  )
  if (ownLeaf < 0) return refuse('welcome-invalid', 'sender', 'the own leaf is not in the tree')
  if (info.signer === ownLeaf) return refuse('welcome-invalid', 'sender', 'signed by the newcomer itself')
  if (!sameBytes(keyPackage.leaf.signatureKey, o.signatureKeyPair.publicKey))
    return refuse('bad-argument', 'caller', 'not the signature key of the key package')
  if (!(await belongsTo(c, leafPrivateKey, keyPackage.leaf.encryptionKey)))
    return refuse('bad-argument', 'caller', 'not the private key of the key package')
  const pathKeys =
    secrets.pathSecret === undefined
      ? new Map<number, Uint8Array>()
      : await joinerPathKeys(c, tree, commonAncestor(ownLeaf, info.signer), info.signer, secrets.pathSecret)
  if (pathKeys === undefined) return refuse('path-unreadable', 'sender', 'the path secret does not fit the tree')
  const encodedContext = encodeGroupContext(info.context)
  const epochSecret = await epochSecretOf(c, secrets.joinerSecret, pskSecret, encodedContext)
  const { secrets: kept, encryptionSecret } = await epochSecrets(c, epochSecret)
  const tag = await confirmationTagOf(c, kept.confirmationKey, info.context.confirmedTranscriptHash)
  if (!sameSecret(tag, info.confirmationTag))
    return refuse('wrong-confirmation-tag', 'sender', 'confirmation tag of the group info')
  const state: GroupState = {
    context: info.context,
    encodedContext,
    tree,
    ownLeaf,
    privateKeys: new Map([[2 * ownLeaf, leafPrivateKey], ...pathKeys]),
    signaturePrivateKey: o.signatureKeyPair.privateKey,
    secrets: kept,
    secretTree: secretTree(tree.leaves.length, encryptionSecret),
    confirmationTag: tag,
    interimTranscriptHash: await interimTranscriptHashOf(c, info.context.confirmedTranscriptHash, tag),
    proposals: new Map(),
    pendingUpdates: [],
    resumptionPsks: [],
    status: 'open',
    reinit: undefined,
  }
  const consumed = [
    secrets.joinerSecret,
    epochSecret,
    pskSecret,
    ...(secrets.pathSecret === undefined ? [] : [secrets.pathSecret]),
  ]
  return {
    ok: true,
    state,
    signerLeaf: info.signer,
    groupInfoExtensions: info.extensions.filter(({ type }) => type !== extensionTypes.ratchetTree),
    consumed,
  }
}
