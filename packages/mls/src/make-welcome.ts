/** GroupInfo and Welcome for those a commit adds (RFC 9420 §12.4.3). */
import { encryptContext, encryptWith, signWithLabel, type Crypto } from './crypto.ts'
import { noBytes } from './bytes.ts'
import { kemDerive } from './hpke/kem.ts'
import { refuse, type GroupState } from './group-state.ts'
import { welcomeKeys, welcomeSecretOf } from './key-schedule.ts'
import type { NextEpoch } from './next-epoch.ts'
import type { Applied } from './proposal-list.ts'
import { identityOf } from './structures/credential.ts'
import { encodeExternalPub, extensionTypes, type Extension } from './structures/extension.ts'
import { encodeGroupInfo, groupInfoToBeSigned, type GroupInfo } from './structures/group-info.ts'
import type { KeyPackage } from './structures/key-package.ts'
import { encodeMlsMessage } from './structures/mls-message.ts'
import { encodeGroupSecrets, type EncryptedGroupSecrets, type Welcome } from './structures/welcome.ts'
import type { NewPath } from './tree-kem.ts'
import { commonAncestor } from './tree-math.ts'
import type { Refusal } from './types.ts'

/** A Welcome for one newcomer. */
export type WelcomeSlice = {
  /** KeyPackageRef of the key package it answers */
  readonly reference: Uint8Array
  readonly identity: Uint8Array
  readonly leafIndex: number
  /** MLSMessage(Welcome) with this newcomer's secrets alone */
  readonly welcome: Uint8Array
}

export type Welcomes = { readonly all: Welcome | undefined; readonly slices: readonly WelcomeSlice[] }

/** A signed GroupInfo of a state (§12.4.3). */
export async function groupInfoOf(c: Crypto, state: GroupState, extensions: readonly Extension[]): Promise<GroupInfo> {
  const content = { context: state.context, extensions, confirmationTag: state.confirmationTag, signer: state.ownLeaf }
  return {
    ...content,
    signature: await signWithLabel(c, state.signaturePrivateKey, 'GroupInfoTBS', groupInfoToBeSigned(content)),
  }
}

/** The extension that lets others join by external commit: whoever holds it, and a judge's yes, can (§12.4.3.2). */
export async function externalPubOf(c: Crypto, state: GroupState): Promise<Extension> {
  const { publicKey } = await kemDerive(c.provider, c.suite.kem, state.secrets.externalSecret)
  return { type: extensionTypes.externalPub, data: encodeExternalPub(publicKey) }
}

/** Nothing when nobody was added: then no GroupInfo is built, signed or sealed. `references` are those of the added key packages. */
export async function makeWelcomes(
  c: Crypto,
  state: GroupState,
  next: NextEpoch,
  pskSecret: Uint8Array,
  applied: Applied,
  references: readonly Uint8Array[],
  made: NewPath | undefined,
  ratchetTree: Uint8Array | undefined,
  others: readonly Extension[],
): Promise<Welcomes | Refusal> {
  if (applied.added.length === 0) return { all: undefined, slices: [] }
  const tree = ratchetTree === undefined ? [] : [{ type: extensionTypes.ratchetTree, data: ratchetTree }]
  const extensions = [...tree, ...others]
  const groupInfo = encodeGroupInfo(await groupInfoOf(c, state, extensions))
  const welcomeSecret = await welcomeSecretOf(c, next.joinerSecret, pskSecret)
  const { key, nonce } = await welcomeKeys(c, welcomeSecret)
  const encryptedGroupInfo = await c.provider.seal(c.suite.aead.name, key, nonce, noBytes, groupInfo)
  for (const spent of [welcomeSecret, key]) spent.fill(0)
  const info = await encryptContext(c, 'Welcome', encryptedGroupInfo)
  const secrets: EncryptedGroupSecrets[] = []
  const slices: WelcomeSlice[] = []
  for (const [i, leafIndex] of applied.added.entries()) {
    const keyPackage = applied.addedKeyPackages[i]
    const newMember = references[i]
    if (keyPackage === undefined || newMember === undefined) throw new Error('every Add has its key package')
    const pathSecret = pathSecretFor(state.ownLeaf, leafIndex, made)
    const groupSecrets = encodeGroupSecrets({ joinerSecret: next.joinerSecret, pathSecret, psks: applied.psks })
    const sealed = await encryptWith(c, info, keyPackage.initKey, groupSecrets)
    groupSecrets.fill(0)
    if (sealed === undefined) return refuse('key-package-invalid', 'caller', 'an init key is no public key')
    const entry: EncryptedGroupSecrets = { newMember, sealed }
    secrets.push(entry)
    slices.push(slice(c, keyPackage, leafIndex, entry, encryptedGroupInfo))
  }
  return { all: { suite: c.suite.number, secrets, encryptedGroupInfo }, slices }
}

function slice(
  c: Crypto,
  keyPackage: KeyPackage,
  leafIndex: number,
  entry: EncryptedGroupSecrets,
  encryptedGroupInfo: Uint8Array,
): WelcomeSlice {
  return {
    reference: entry.newMember,
    identity: identityOf(keyPackage.leaf.credential),
    leafIndex,
    welcome: encodeMlsMessage({
      kind: 'welcome',
      welcome: { suite: c.suite.number, secrets: [entry], encryptedGroupInfo },
    }),
  }
}

/** The path secret of the lowest node above both the committer and the newcomer. */
function pathSecretFor(committer: number, newcomer: number, made: NewPath | undefined): Uint8Array | undefined {
  if (made === undefined) return undefined
  const ancestor = commonAncestor(committer, newcomer)
  const at = made.path.findIndex(({ node }) => node === ancestor)
  return made.keys.pathSecrets[at]
}
