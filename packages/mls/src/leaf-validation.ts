/** Validity of leaf nodes (RFC 9420 §7.3) and key packages (§10.1). */
import { noBytes, sameBytes } from './bytes.ts'
import { keyPackageReference, verifyWithLabel, type Crypto } from './crypto.ts'
import { refuse } from './group-state.ts'
import { keySet } from './key-set.ts'
import { eachLeaf, type RatchetTree } from './ratchet-tree.ts'
import {
  decodeRequiredCapabilities,
  extensionTypes,
  findExtension,
  isDefaultExtension,
  type Extension,
} from './structures/extension.ts'
import { mls10, type KeyPackage } from './structures/key-package.ts'
import { leafToBeSigned, type LeafNode } from './structures/leaf-node.ts'
import type { Judge, Refusal } from './types.ts'

/** Extensions the engine itself understands in a GroupContext; others need a mention in the own capabilities. */
export type GroupRules = { readonly groupId: Uint8Array; readonly extensions: readonly Extension[] }

function leafRefusal(reason: string): Refusal {
  return refuse('leaf-invalid', 'sender', reason)
}

/** Keys of the suite, and a list of capabilities that covers what the leaf itself uses. */
function selfConsistent(c: Crypto, leaf: LeafNode): Refusal | undefined {
  const { capabilities } = leaf
  if (leaf.encryptionKey.length !== c.suite.kem.publicLength) return leafRefusal('encryption key of wrong length')
  if (!capabilities.versions.includes(mls10)) return leafRefusal('does not speak mls10')
  if (!capabilities.suites.includes(c.suite.number)) return leafRefusal('does not list the suite')
  if (!capabilities.credentials.includes(leaf.credential.type))
    return leafRefusal('does not list its own credential type')
  for (const { type } of leaf.extensions) {
    if (!isDefaultExtension(type) && !capabilities.extensions.includes(type))
      return leafRefusal('uses an extension it does not list')
  }
  return undefined
}

/** Support for what the group requires (§11.1) and uses (§13.4). */
export function supportsGroup(leaf: LeafNode, extensions: readonly Extension[]): boolean {
  const { capabilities } = leaf
  if (!extensions.every(({ type }) => isDefaultExtension(type) || capabilities.extensions.includes(type))) return false
  const data = findExtension(extensions, extensionTypes.requiredCapabilities)
  const required = data && decodeRequiredCapabilities(data)
  return (
    required === undefined ||
    (required.extensions.every((type) => isDefaultExtension(type) || capabilities.extensions.includes(type)) &&
      required.proposals.every((type) => (type >= 1 && type <= 7) || capabilities.proposals.includes(type)) &&
      required.credentials.every((type) => capabilities.credentials.includes(type)))
  )
}

/** The signature of a leaf at its place (LeafNodeTBS). */
export function leafSignatureValid(
  c: Crypto,
  leaf: LeafNode,
  groupId: Uint8Array,
  leafIndex: number,
): Promise<boolean> {
  const content = leaf.encoded.subarray(0, leaf.signedLength)
  return verifyWithLabel(
    c,
    leaf.signatureKey,
    'LeafNodeTBS',
    leafToBeSigned(content, leaf.source, groupId, leafIndex),
    leaf.signature,
  )
}

/** Lifetime of a key package's leaf: total length always, the present moment where `now` matters (§7.2, §7.3). */
export function lifetimeRefusal(leaf: LeafNode, judge: Judge, presentMoment: boolean): Refusal | undefined {
  if (leaf.source.kind !== 'key-package') return undefined
  const { notBefore, notAfter } = leaf.source
  const refusal = (reason: string): Refusal => refuse('lifetime-refused', 'sender', reason)
  if (notAfter < notBefore) return refusal('ends before it begins')
  if (Number(notAfter - notBefore) > judge.lifetimeMaxS) return refusal('lives longer than allowed')
  if (!presentMoment) return undefined
  if (Number(notBefore) > judge.nowS) return refusal('not yet valid')
  return Number(notAfter) < judge.nowS ? refusal('expired') : undefined
}

/** Everything about one leaf that needs neither the other members nor a judge. `groupId` and `leafIndex` matter for leaves made in a group. */
export async function leafRefusalAlone(
  c: Crypto,
  leaf: LeafNode,
  rules: GroupRules,
  leafIndex: number,
): Promise<Refusal | undefined> {
  const inconsistent = selfConsistent(c, leaf)
  if (inconsistent !== undefined) return inconsistent
  if (!supportsGroup(leaf, rules.extensions)) return leafRefusal('lacks a capability the group requires')
  return (await leafSignatureValid(c, leaf, rules.groupId, leafIndex))
    ? undefined
    : refuse('bad-signature', 'sender', 'leaf signature')
}

/** A key package by itself (§10.1): version, suite, both signatures, source, distinct keys. `rules` of the group it is for. */
export async function keyPackageRefusal(
  c: Crypto,
  keyPackage: KeyPackage,
  rules: GroupRules,
): Promise<Refusal | undefined> {
  const { leaf } = keyPackage
  if (keyPackage.version !== mls10 || keyPackage.suite !== c.suite.number)
    return leafRefusal('key package of another version or suite')
  if (leaf.source.kind !== 'key-package') return leafRefusal('a key package needs a leaf made for one')
  if (keyPackage.initKey.length !== c.suite.kem.publicLength) return leafRefusal('init key of wrong length')
  if (sameBytes(keyPackage.initKey, leaf.encryptionKey)) return leafRefusal('init key and encryption key are the same')
  const alone = await leafRefusalAlone(c, leaf, rules, 0)
  if (alone !== undefined) return alone
  const content = keyPackage.encoded.subarray(0, keyPackage.signedLength)
  const signed = await verifyWithLabel(c, leaf.signatureKey, 'KeyPackageTBS', content, keyPackage.signature)
  return signed ? undefined : refuse('bad-signature', 'sender', 'key package signature')
}

/** Shape of a key package met outside any group: as above without a group's rules, plus its reference. */
export async function checkedKeyPackage(c: Crypto, keyPackage: KeyPackage): Promise<Uint8Array | undefined> {
  if ((await keyPackageRefusal(c, keyPackage, { groupId: noBytes, extensions: [] })) !== undefined) return undefined
  return keyPackageReference(c, keyPackage.encoded)
}

/** Unique keys and mutually supported credential types over a whole tree (§7.3): linear in its size. */
export function membersFit(tree: RatchetTree): Refusal | undefined {
  const signatureKeys = keySet()
  const encryptionKeys = keySet()
  let refusal: Refusal | undefined
  const inUse = new Set<number>()
  eachLeaf(tree, (leaf) => inUse.add(leaf.credential.type))
  eachLeaf(tree, (leaf) => {
    if (!signatureKeys.add(leaf.signatureKey)) refusal = leafRefusal('a signature key stands in two leaves')
    if (!encryptionKeys.add(leaf.encryptionKey)) refusal = leafRefusal('an encryption key stands in two nodes')
    for (const type of inUse)
      if (!leaf.capabilities.credentials.includes(type))
        refusal = leafRefusal('a credential type not all members support')
  })
  for (const parent of tree.parents) {
    if (parent !== undefined && !encryptionKeys.add(parent.encryptionKey))
      refusal = leafRefusal('an encryption key stands in two nodes')
  }
  return refusal
}
