/**
 * What each step cannot do without (RFC 9420), and why. Counted are primitives alone: encoding, copying and looking up are the engine's
 * own, and so is whatever it asks for beyond this table. Imports of keys count where every key is new to the one who does the step.
 */
import type { Need } from './floor.ts'
import type { Primitive } from './recording.ts'

export interface Size {
  /** X-Wing instead of X25519 */
  readonly hybrid: boolean
  /** leaves of the tree after the step */
  readonly leaves: number
  readonly members: number
  /** height of the secret tree that protects the message */
  readonly height: number
  /** nodes on the committer's filtered direct path */
  readonly path: number
  /** of these, nodes at or above the one shared with the reader */
  readonly shared: number
  /** parents of the tree that are not blank */
  readonly parents: number
  readonly added: number
}

const need = (primitive: Primitive, count: number, why: string): Need => ({ primitive, count, why })

/** A KEM key pair from random bytes. X25519 has one public key each; X-Wing expands its seed, then has two. */
const keyPairs = (size: Size, count: number, why: string): readonly Need[] => [
  need('key pair', count, why),
  ...(size.hybrid
    ? [need('ml-kem key pair', count, why), need('shake', count, 'X-Wing §5.2: the seed is expanded')]
    : []),
]

const hpke = (size: Size, count: number): readonly Need[] => [
  need(
    'hmac',
    (size.hybrid ? 0 : 2) * count,
    'RFC 9180 §4.1: eae_prk and shared_secret; X-Wing combines by SHA3 instead',
  ),
  need('hmac', 3 * count, 'RFC 9180 §5.1: secret, key and base_nonce of each recipient'),
  need('dh', count, 'RFC 9180 §4.1: one exchange per recipient'),
  ...(size.hybrid ? [need('sha3', count, 'X-Wing §5.3: the combiner')] : []),
]
const hpkeInfo = need('hmac', 1, 'RFC 9180 §5.1: info_hash, the same for all recipients (psk_id_hash is a constant)')

const hpkeSeals = (size: Size, count: number): readonly Need[] => [
  ...hpke(size, count),
  need('key pair', count, 'RFC 9180 §4.1: an ephemeral key per recipient'),
  need('random', count, 'the ephemeral key'),
  need('seal', count, 'RFC 9180 §6.1'),
  ...(size.hybrid ? [need('encapsulate', count, 'X-Wing §5.4')] : []),
]
const hpkeOpens = (size: Size): readonly Need[] => [
  hpkeInfo,
  ...hpke(size, 1),
  need('open', 1, 'RFC 9180 §6.1'),
  ...(size.hybrid ? [need('decapsulate', 1, 'X-Wing §5.5')] : []),
]

const upward = (size: Size, count: number): readonly Need[] => [
  need('hmac', 2 * count, '§7.4: node_secret and the next path_secret of each node'),
  need('hmac', (size.hybrid ? 0 : 2) * count, 'RFC 9180 §7.1.3: DeriveKeyPair of each node'),
  need('shake', (size.hybrid ? 1 : 0) * count, 'X-Wing §5.8: DeriveKeyPair of each node'),
  ...keyPairs(size, count, '§7.4: the key pair of each node'),
]

const messageKeys: readonly Need[] = [
  need('hmac', 3, '§9.1: key, nonce and the next secret of the ratchet'),
  need('hmac', 2, '§6.3.2: key and nonce of the sender data'),
]
const secretTree = (size: Size): readonly Need[] => [
  need('hmac', 2 * size.height, '§9: both children of each node down to the leaf, so that its own secret can go'),
  need('hmac', 2, '§9.1: both ratchets of the leaf'),
]
const sealMessage: readonly Need[] = [
  need('sign', 1, '§6.1: the FramedContent'),
  need('seal', 2, '§6.3: content and sender data'),
  need('random', 1, '§6.3.1: the reuse guard'),
]
const openMessage: readonly Need[] = [
  need('verify', 1, '§6.1: the FramedContent'),
  need('open', 2, '§6.3: content and sender data'),
]
const epochSecrets: readonly Need[] = [
  need('hmac', 2, '§8: member secret and epoch_secret'),
  need('hmac', 9, '§8, table 4: every secret, before epoch_secret goes'),
  need('hmac', 1, '§8.1: the confirmation tag'),
]
const nextEpoch: readonly Need[] = [
  need('hmac', 2, '§8: the commit secret goes in, joiner_secret comes out'),
  ...epochSecrets,
  need('hash', 2, '§8.2: both transcript hashes'),
]
const treeAbove = (size: Size): readonly Need[] => [
  need('hash', Math.log2(size.leaves) + 1, '§7.8: the tree hash of the leaf and of all above it'),
  need('hash', size.path, '§7.9: the parent hash of each node of the path'),
]

export const needsOf = {
  encrypt: (): readonly Need[] => [...messageKeys, ...sealMessage],
  decrypt: (): readonly Need[] => [...messageKeys, ...openMessage],

  /** `recipients`: how many ciphertexts the path carries. */
  createUpdate: (size: Size, recipients: number): readonly Need[] => [
    ...upward(size, size.path),
    need('random', 2, '§7.4, §7.5: the first path secret and the own leaf key'),
    ...keyPairs(size, 1, '§7.5: the own leaf'),
    need('sign', 1, '§7.2: the own leaf'),
    ...treeAbove(size),
    ...(recipients > 0 ? [hpkeInfo] : []),
    ...hpkeSeals(size, recipients),
    ...nextEpoch,
    ...secretTree(size),
    ...messageKeys,
    ...sealMessage,
  ],
  processUpdate: (size: Size): readonly Need[] => [
    ...secretTree(size),
    ...messageKeys,
    ...openMessage,
    need('verify', 1, '§7.3: the committer’s leaf'),
    ...treeAbove(size),
    ...hpkeOpens(size),
    ...upward(size, size.shared),
    ...nextEpoch,
  ],

  createAdd: (size: Size): readonly Need[] => [
    ...needsOf.createUpdate(size, 0),
    need('verify', 2 * size.added, '§10.1: leaf and key package of each newcomer'),
    need('import verify', size.added, 'each newcomer’s signature key is new'),
    need('hash', size.added, '§5.2: the reference of each key package, by which the Welcome names it'),
    need(
      'hash',
      2 * size.leaves - 1 - (Math.log2(size.leaves) + 1),
      '§7.8: every node of the new tree off the own path',
    ),
    need('sign', 1, '§12.4.3: the GroupInfo'),
    need('hmac', 3, '§12.4.3.1: welcome_secret, key and nonce'),
    need('seal', 1, '§12.4.3.1: the GroupInfo'),
    hpkeInfo,
    ...hpkeSeals(size, size.added),
    need('import dh public', size.added, 'each newcomer’s init key is new'),
    ...(size.hybrid ? [need('import ml-kem public', size.added, 'each newcomer’s init key is new')] : []),
  ],
  processAdd: (size: Size): readonly Need[] => [
    ...needsOf.processUpdate(size),
    need('verify', 2 * size.added, '§10.1: leaf and key package of each newcomer'),
    need('import verify', size.added, 'each newcomer’s signature key is new'),
    need('hash', 2 * size.leaves - 1 - (Math.log2(size.leaves) + 1), '§7.8: every node of the new tree off the path'),
  ],
  createFirstUpdate: (size: Size): readonly Need[] => [
    ...needsOf.createUpdate(size, size.members - 1),
    need('import dh public', size.members - 1, 'each member’s leaf key is new to who never sealed to it'),
    ...(size.hybrid ? [need('import ml-kem public', size.members - 1, 'the same')] : []),
  ],

  join: (size: Size): readonly Need[] => [
    need('hash', 1, '§5.2: which secrets are the own ones'),
    ...hpkeOpens(size),
    ...(size.hybrid
      ? [
          need('import ml-kem private', 1, 'the init key is new'),
          need('import dh private', 1, 'the init key is new'),
          need('shake', 1, 'the init key is expanded'),
        ]
      : [need('import dh private', 1, 'the init key is new')]),
    need('hmac', 3, '§12.4.3.1: welcome_secret, key and nonce'),
    need('open', 1, '§12.4.3.1: the GroupInfo'),
    need('verify', 1, '§12.4.3.1: the GroupInfo'),
    need('hash', 2 * size.leaves - 1, '§7.8: every node of the tree'),
    need('hash', size.parents, '§7.9.2: every parent once'),
    need('verify', size.members, '§7.3: every leaf'),
    need('import verify', size.members, 'every signature key is new'),
    ...upward(size, size.shared),
    ...keyPairs(size, 1, 'the own leaf key is new: it is imported and seen to belong to the leaf'),
    ...epochSecrets,
    need('hash', 1, '§8.2: the interim transcript hash'),
  ],
} as const
