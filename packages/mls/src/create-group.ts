/** Creating a group of one (RFC 9420 §11). */
import { noBytes } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import type { GroupState } from './group-state.ts'
import { kemGenerate } from './hpke/kem.ts'
import { ownCapabilities, signLeaf, sourceOf } from './key-packages.ts'
import { confirmationTagOf, epochSecrets, interimTranscriptHashOf } from './key-schedule.ts'
import type { Provider } from './provider.ts'
import { singleLeafTree } from './ratchet-tree.ts'
import { secretTree } from './secret-tree.ts'
import type { Extension } from './structures/extension.ts'
import { encodeGroupContext, type GroupContext } from './structures/group-context.ts'
import { treeHash } from './tree-hash.ts'
import type { CipherSuite, Lifetime, SignatureKeyPair } from './types.ts'

/** A new group at epoch 0 with its creator as only member. `groupId` must be unique: random bytes are. */
export async function createGroup(options: {
  readonly provider: Provider
  readonly suite: CipherSuite
  readonly groupId: Uint8Array
  readonly identity: Uint8Array
  readonly signatureKeyPair: SignatureKeyPair
  readonly lifetime: Lifetime
  /** GroupContext extensions; their types are added to the creator's capabilities */
  readonly extensions?: readonly Extension[]
  /** further extension types the creator understands */
  readonly extensionTypes?: readonly number[]
}): Promise<GroupState> {
  const c = cryptoOf(options.provider, options.suite)
  const extensions = options.extensions ?? []
  const leafKeys = await kemGenerate(c.provider, c.suite.kem)
  const types = new Set([...extensions.map(({ type }) => type), ...(options.extensionTypes ?? [])])
  const leaf = await signLeaf(
    c,
    {
      encryptionKey: leafKeys.publicKey,
      signatureKey: options.signatureKeyPair.publicKey,
      credential: { type: 1, identity: options.identity },
      capabilities: ownCapabilities([...types]),
      source: sourceOf(options.lifetime),
      extensions: [],
    },
    options.signatureKeyPair.privateKey,
    noBytes,
    0,
  )
  const tree = singleLeafTree(leaf)
  const context: GroupContext = {
    suite: options.suite,
    groupId: options.groupId,
    epoch: 0n,
    treeHash: await treeHash(c, tree),
    confirmedTranscriptHash: noBytes,
    extensions,
  }
  const { secrets, encryptionSecret } = await epochSecrets(c, c.provider.random(c.suite.hashLength))
  const confirmationTag = await confirmationTagOf(c, secrets.confirmationKey, noBytes)
  return {
    context,
    encodedContext: encodeGroupContext(context),
    tree,
    ownLeaf: 0,
    privateKeys: new Map([[0, leafKeys.privateKey]]),
    signaturePrivateKey: options.signatureKeyPair.privateKey,
    secrets,
    secretTree: secretTree(1, encryptionSecret),
    confirmationTag,
    interimTranscriptHash: await interimTranscriptHashOf(c, noBytes, confirmationTag),
    proposals: new Map(),
    pendingUpdates: [],
    resumptionPsks: [],
    status: 'open',
    reinit: undefined,
  }
}
