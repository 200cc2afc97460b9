/** Making and reading key packages (RFC 9420 §10), and the leaves of one's own. */
import { noBytes } from './bytes.ts'
import { decode, encode } from './codec.ts'
import { cryptoOf, keyPackageReference, signWithLabel, type Crypto } from './crypto.ts'
import { erase, kemGenerate } from './hpke/kem.ts'
import { checkedKeyPackage } from './leaf-validation.ts'
import type { Provider } from './provider.ts'
import { identityOf } from './structures/credential.ts'
import { extensionTypes, findExtension, isDefaultExtension } from './structures/extension.ts'
import {
  assembleKeyPackage,
  decodeKeyPackage,
  encodeKeyPackageContent,
  mls10,
  type KeyPackageContent,
} from './structures/key-package.ts'
import {
  assembleLeaf,
  encodeLeafContent,
  leafToBeSigned,
  type Capabilities,
  type LeafContent,
  type LeafNode,
} from './structures/leaf-node.ts'
import { knownSuite, spokenSuites, suiteParameters } from './suites.ts'
import type { CipherSuite, Lifetime, SignatureKeyPair } from './types.ts'

/** A key pair for the suite's signatures: one per device and group leaf chain. */
export async function generateSignatureKeyPair(provider: Provider, suite: CipherSuite): Promise<SignatureKeyPair> {
  return provider.signatureKeyPair(knownSuite(suite).signature)
}

/** What a leaf of this engine says it can do: `extensionTypes` are the caller's own GroupContext extensions. */
export function ownCapabilities(callersTypes: readonly number[]): Capabilities {
  const extensions = [
    extensionTypes.lastResort,
    ...callersTypes.filter((type) => !isDefaultExtension(type) && type !== extensionTypes.lastResort),
  ]
  return { versions: [mls10], suites: spokenSuites, extensions, proposals: [], credentials: [1, 2] }
}

/** Signs a leaf of one's own. Group id and index count only for leaves made in a group. */
export async function signLeaf(
  c: Crypto,
  content: LeafContent,
  privateKey: Uint8Array,
  groupId: Uint8Array,
  leafIndex: number,
): Promise<LeafNode> {
  const encoded = encodeLeafContent(content)
  return assembleLeaf(
    content,
    encoded,
    await signWithLabel(c, privateKey, 'LeafNodeTBS', leafToBeSigned(encoded, content.source, groupId, leafIndex)),
  )
}

/** What {@link createKeyPackage} gives: what to publish, what to call it, what to keep. */
export type KeyPackageCreated = {
  /** the encoded KeyPackage, to be published */
  readonly keyPackage: Uint8Array
  /** KeyPackageRef (§5.2): what a Welcome calls it */
  readonly reference: Uint8Array
  /** versioned encoding of the init and leaf private keys, for {@link ./join.ts} alone; erase after joining unless it is a last resort */
  readonly privateKeys: Uint8Array
}

/** A key package of this device (§10): what others need to add it to one group. Store `privateKeys` before showing it to anybody; use it once, unless it is a last resort. The keys in the arguments are the caller's and stay valid. */
export async function createKeyPackage(options: {
  readonly provider: Provider
  readonly suite: CipherSuite
  /** the identity of a basic credential */
  readonly identity: Uint8Array
  readonly signatureKeyPair: SignatureKeyPair
  readonly lifetime: Lifetime
  /** may be used more than once, when nothing else is left */
  readonly lastResort?: boolean
  /** the caller's own extension types this device understands in a GroupContext */
  readonly extensionTypes?: readonly number[]
}): Promise<KeyPackageCreated> {
  const c = cryptoOf(options.provider, options.suite)
  const { signatureKeyPair, lifetime } = options
  const leafKeys = await kemGenerate(c.provider, c.suite.kem)
  const initKeys = await kemGenerate(c.provider, c.suite.kem)
  const leaf = await signLeaf(
    c,
    {
      encryptionKey: leafKeys.publicKey,
      signatureKey: signatureKeyPair.publicKey,
      credential: { type: 1, identity: options.identity },
      capabilities: ownCapabilities(options.extensionTypes ?? []),
      source: sourceOf(lifetime),
      extensions: [],
    },
    signatureKeyPair.privateKey,
    noBytes,
    0,
  )
  const extensions = options.lastResort === true ? [{ type: extensionTypes.lastResort, data: noBytes }] : []
  const content: KeyPackageContent = {
    version: mls10,
    suite: options.suite,
    initKey: initKeys.publicKey,
    leaf,
    extensions,
  }
  const encoded = encodeKeyPackageContent(content)
  const keyPackage = assembleKeyPackage(
    content,
    encoded,
    await signWithLabel(c, signatureKeyPair.privateKey, 'KeyPackageTBS', encoded),
  ).encoded
  const privateKeys = encodePrivateKeys(initKeys.privateKey, leafKeys.privateKey)
  erase([initKeys.privateKey, leafKeys.privateKey])
  return { keyPackage, reference: await keyPackageReference(c, keyPackage), privateKeys }
}

export function sourceOf(lifetime: Lifetime): Extract<LeafContent['source'], { kind: 'key-package' }> {
  return { kind: 'key-package', notBefore: BigInt(lifetime.notBeforeS), notAfter: BigInt(lifetime.notAfterS) }
}

const privateKeysVersion = 1

export function encodePrivateKeys(initPrivateKey: Uint8Array, leafPrivateKey: Uint8Array): Uint8Array {
  return encode((w) => {
    w.u8(privateKeysVersion)
    w.opaque(initPrivateKey)
    w.opaque(leafPrivateKey)
  })
}

export function decodePrivateKeys(
  bytes: Uint8Array,
): { readonly init: Uint8Array; readonly leaf: Uint8Array } | undefined {
  return decode(bytes, (r) => {
    if (r.u8() !== privateKeysVersion) r.fail()
    return { init: r.opaque(), leaf: r.opaque() }
  })
}

/** A foreign key package whose signatures and rules hold (§10.1). Whose keys these are, and whether its time is now, is for the reader to judge. */
export type KeyPackageRead = {
  readonly suite: CipherSuite
  readonly identity: Uint8Array
  readonly signatureKey: Uint8Array
  readonly lifetime: Lifetime
  readonly lastResort: boolean
  readonly reference: Uint8Array
}

/** Reads and fully checks a foreign key package (§10.1) but for what only a group or a clock can say. `undefined`: hostile or of a suite not spoken. */
export async function readKeyPackage(provider: Provider, bytes: Uint8Array): Promise<KeyPackageRead | undefined> {
  const keyPackage = decodeKeyPackage(bytes)
  if (keyPackage === undefined || suiteParameters(keyPackage.suite) === undefined) return undefined
  const { source } = keyPackage.leaf
  const reference = await checkedKeyPackage(cryptoOf(provider, keyPackage.suite), keyPackage)
  if (reference === undefined || source.kind !== 'key-package' || source.notAfter < source.notBefore) return undefined
  return {
    suite: keyPackage.suite,
    identity: identityOf(keyPackage.leaf.credential),
    signatureKey: keyPackage.leaf.signatureKey,
    lifetime: { notBeforeS: Number(source.notBefore), notAfterS: Number(source.notAfter) },
    lastResort: findExtension(keyPackage.extensions, extensionTypes.lastResort) !== undefined,
    reference,
  }
}
