/**
 * The signed statements that say who is who: account links, network links, invites, confirmations, profiles.
 * Each is carried as a `Signed` whose `body` is the exact encoding that was signed under the label of its kind.
 */
import { blob, bytes, flag, list, maybe, record, text, uint, variant } from './codec/schema.ts'
import type { Infer } from './codec/schema.ts'
import { limits } from './limits.ts'

export const networkId = bytes(32)
export const accountId = bytes(32)
export const deviceId = bytes(16)
export const conversationId = bytes(16)
export const entryId = bytes(16)
export const hash = bytes(32)
export const publicKey = bytes(32)
export const signature = bytes(64)
export const version = uint(65_535)

/** A place in a chain: sequence number and hash of the link that stands there. */
export const head = record({ seq: uint(), hash })
export type Head = Infer<typeof head>

export const signed = record({ body: blob(limits.linkMaxBytes), signature })
export type Signed = Infer<typeof signed>

/** A device: one key, one use. `chainKey` signs links, `mlsKey` leaves and rows, `transportKey` login proofs. */
export const deviceEntry = record({
  device: deviceId,
  chainKey: publicKey,
  mlsKey: publicKey,
  transportKey: publicKey,
  notBeforeMs: uint(),
  notAfterMs: uint(),
})
export type DeviceEntry = Infer<typeof deviceEntry>

/** Stands as signer where the recovery key signs, which is in no list of devices; no device has this id. */
export const recoverySigner: Uint8Array = new Uint8Array(16)

const approval = record({ account: accountId, device: deviceId, signature })

/** A link of an account's chain. Account id = hash of the genesis link. */
export const accountLink = record({
  version,
  network: networkId,
  seq: uint(),
  previous: hash, // 32 zero bytes in the genesis
  signer: deviceId,
  change: variant({
    genesis: record({
      createdMs: uint(),
      entry: deviceEntry,
      recoveryKey: maybe(publicKey),
      /** The invite record whose holder this is; absent for the founder of the network. */
      invite: maybe(hash),
      nonce: bytes(16),
    }),
    'add-device': record({ atMs: uint(), entry: deviceEntry }),
    'remove-device': record({ atMs: uint(), device: deviceId }),
    'replace-recovery-key': record({ atMs: uint(), recoveryKey: publicKey }),
    reset: record({ atMs: uint(), entry: deviceEntry, approvals: list(approval, limits.ownersMax) }),
    suspend: record({ atMs: uint(), approvals: list(approval, limits.ownersMax) }),
    delete: record({ atMs: uint() }),
  }),
})
export type AccountLink = Infer<typeof accountLink>

/** `byInvite` is the invite key's signature over the same body (genesis with an invite only). */
export const signedAccountLink = record({ body: blob(limits.linkMaxBytes), signature, byInvite: maybe(signature) })
export type SignedAccountLink = Infer<typeof signedAccountLink>

/** A link of the network's chain. Network id = hash of the genesis link, signed by the founder's key. */
export const networkLink = record({
  version,
  seq: uint(),
  previous: hash,
  /** Absent while the founder's key signs (genesis and the first state). */
  signer: maybe(record({ account: accountId, device: deviceId, chain: head })),
  change: variant({
    genesis: record({ founderKey: publicKey, createdMs: uint(), nonce: bytes(16) }),
    state: record({
      atMs: uint(),
      owners: list(accountId, limits.ownersMax),
      removed: list(record({ account: accountId, admissionsStand: flag }), limits.removedAccountsMax),
      directoryKey: bytes(16),
      policyHead: maybe(hash),
    }),
  }),
})
export type NetworkLink = Infer<typeof networkLink>

/** What an invite promises. Its hash and the seed of its key stand in the link's fragment. */
export const inviteRecord = record({
  version,
  network: networkId,
  networkHead: head,
  inviteKey: publicKey,
  uses: uint(1),
  guest: flag,
  notAfterMs: uint(),
  inviter: accountId,
  inviterDevice: deviceId,
  inviterHead: head,
  /** Hash of the bundle a client pins; the network id alone until there is a log. */
  bundle: hash,
  sealed: blob(limits.inviteSealedMaxBytes),
})
export type InviteRecord = Infer<typeof inviteRecord>
/** Opened with the seed: the only names the server carries for an invite, sealed. */
export const inviteNames = record({ network: text(limits.nameMaxLength), inviter: text(limits.nameMaxLength) })

/** The inviter's (or an owner's) word that this admission, and no other, used the invite. */
export const confirmation = record({
  version,
  network: networkId,
  invite: hash,
  admission: accountId,
  by: accountId,
  device: deviceId,
  /** The signer's chain as it knew it: its device is judged there. */
  chain: head,
  /** How much of the network it knew. Who is an owner is judged by the newest state: nobody can date a right back. */
  networkHead: head,
  atMs: uint(),
})
export type Confirmation = Infer<typeof confirmation>

/**
 * What the holder of a recovery key is told of who they are: sealed under a key that only the card gives, so that nobody
 * who lacks it, the server least of all, leads a clean browser to another network or account.
 */
export const recoveryRecord = record({
  version,
  network: networkId,
  account: accountId,
  networkName: text(limits.nameMaxLength),
  name: text(limits.nameMaxLength),
  directoryKey: maybe(record({ id: bytes(16), key: bytes(32) })),
})
export type RecoveryRecord = Infer<typeof recoveryRecord>

/** What a new device shows of itself to the one that is asked to let it in; its hash goes into the number people type. */
export const deviceOffer = record({
  version,
  entry: deviceEntry,
  /** Public key (X-Wing) that the grant is sealed to. */
  sealKey: blob(limits.sealKeyMaxBytes),
  /** SHA-256 of the nonce that is revealed once the other side has shown its own. */
  commitment: hash,
  /** What asks, in the words of its platform; its own word, and shown as that. */
  platform: text(limits.platformMaxLength),
  atMs: uint(),
})
export type DeviceOffer = Infer<typeof deviceOffer>

/** What the new device gets, sealed to it alone: who it is now, and the chains that prove it. */
export const deviceGrant = record({
  version,
  /** The part of the code that the server never sees: whoever knows it has read the new device's screen. */
  secret: text(limits.offerCodeMaxLength),
  network: networkId,
  account: accountId,
  approver: deviceId,
  networkName: text(limits.nameMaxLength),
  name: text(limits.nameMaxLength),
  directoryKey: maybe(record({ id: bytes(16), key: bytes(32) })),
  networkLinks: list(signed, 2),
  accountLinks: list(signedAccountLink, limits.linksPerAccountMax),
  /** The record of the invite that the account came with. */
  invite: maybe(signed),
  /** How many conversations it will be added to: so many key packages are asked of it. */
  conversations: uint(limits.conversationsPerDeviceMax),
})
export type DeviceGrant = Infer<typeof deviceGrant>

/** A name or picture, sealed under the directory key `key`; `revision` only grows. */
export const profile = record({
  version,
  network: networkId,
  account: accountId,
  device: deviceId,
  chain: head,
  field: uint(15), // 1 name, 2 picture
  revision: uint(),
  key: bytes(16),
  sealed: blob(limits.profileSealedMaxBytes),
})
export type Profile = Infer<typeof profile>
export const profileFields = { name: 1, picture: 2 } as const
export const signedProfile = record({ body: blob(limits.profileSealedMaxBytes + 512), signature })

/** What stands in every MLS leaf: no address, no name. */
export const leafCredential = record({ version, network: networkId, account: accountId, device: deviceId, chain: head })
export type LeafCredential = Infer<typeof leafCredential>

/**
 * A device of an account that has a leaf in a conversation and cannot use it (a lost device's) asks to come in its place:
 * one Remove and one Add, by any member, as long as that leaf is there (trust.md §3 (b)).
 */
export const entryRequest = record({
  version,
  network: networkId,
  conversation: conversationId,
  account: accountId,
  device: deviceId,
  /** The account's chain as the device knows it: it is valid there. */
  chain: head,
  /** Whose leaf may go for it: devices of the same account. */
  lost: list(deviceId, limits.devicesPerAccountMax),
  /** Of a device that is in and cannot follow: SHA-256 of the encryption key of its own leaf, which goes. No other is lost then. */
  leaf: maybe(hash),
  /** SHA-256 of the key package that comes in. */
  keyPackage: hash,
  atMs: uint(),
})
export type EntryRequest = Infer<typeof entryRequest>

/** What a device signs to come in; the nonce is the server's, used once. */
export const loginProof = record({ version, origin: text(300), network: networkId, device: deviceId, nonce: bytes(32) })
export type LoginProof = Infer<typeof loginProof>

/** Every signing context, so that a signature from one is worth nothing in another. */
export const labels = {
  accountLink: 'Halyard 1 account link',
  networkLink: 'Halyard 1 network link',
  inviteRecord: 'Halyard 1 invite',
  inviteUse: 'Halyard 1 invite use',
  confirmation: 'Halyard 1 confirmation',
  profile: 'Halyard 1 profile',
  loginProof: 'Halyard 1 login',
  row: 'Halyard 1 row',
  entryRequest: 'Halyard 1 entry request',
  accountState: 'Halyard 1 account state',
} as const
export type Label = (typeof labels)[keyof typeof labels]
