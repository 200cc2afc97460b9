/** The public shapes of the engine. Sections are those of RFC 9420. */
import type { Extension } from './structures/extension.ts'
import type { PreSharedKeyId } from './structures/pre-shared-key.ts'

/** A number of the "MLS Cipher Suites" registry (§17.1) or of its private-use range. */
export type CipherSuite = number

/** Whose doing a refusal is: the peer who signed the message, bytes on the way, the program that called, or the state it called with. */
export type Fault = 'sender' | 'message' | 'caller' | 'state'

/**
 * Why something was refused. Three families:
 *  - {@link refusedByAll}: every member in the same epoch that read the same messages refuses alike;
 *  - `path-unreadable`, `psk-unknown`: this member alone cannot follow (others may);
 *  - windows: `old-epoch`, `future-epoch`, `too-far-ahead`, `already-consumed`, `own-message`.
 * The rest arise only where the caller asked for something (create, join).
 */
export type RefusalCode =
  | 'malformed'
  | 'unsupported'
  | 'wrong-group'
  | 'unknown-sender'
  | 'cannot-open'
  | 'bad-signature'
  | 'bad-membership-tag'
  | 'bad-padding'
  | 'proposal-unknown'
  | 'proposals-invalid'
  | 'leaf-invalid'
  | 'lifetime-refused'
  | 'credential-refused'
  | 'commit-refused'
  | 'path-missing'
  | 'path-invalid'
  | 'wrong-confirmation-tag'
  | 'path-unreadable'
  | 'psk-unknown'
  | 'old-epoch'
  | 'future-epoch'
  | 'too-far-ahead'
  | 'already-consumed'
  | 'own-message'
  | 'group-closed'
  | 'key-package-invalid'
  | 'not-for-us'
  | 'tree-missing'
  | 'tree-invalid'
  | 'welcome-invalid'
  | 'bad-argument'

/** The refusals of `receive` that every member sees alike: such a commit is skipped by all. */
export const refusedByAll: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'malformed',
  'unsupported',
  'wrong-group',
  'unknown-sender',
  'cannot-open',
  'bad-signature',
  'bad-membership-tag',
  'bad-padding',
  'proposal-unknown',
  'proposals-invalid',
  'leaf-invalid',
  'lifetime-refused',
  'credential-refused',
  'commit-refused',
  'path-missing',
  'path-invalid',
  'wrong-confirmation-tag',
])

/** A refusal is a value. The state it was asked of is unchanged and stays usable. `reason` is for a log, never for a decision. */
export type Refusal = {
  readonly ok: false
  readonly kind: 'refused'
  readonly code: RefusalCode
  readonly fault: Fault
  readonly reason: string
}

/** Raw keys in the encoding of the suite (§5.1.2): Ed25519 seed or ECDSA scalar, and the public key. */
export type SignatureKeyPair = { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array }

/** Seconds since 1970 (§7.2). Both ends belong to the life. */
export type Lifetime = { readonly notBeforeS: number; readonly notAfterS: number }

/** A member as the tree shows it. `identity` is a basic credential's identity, or the encoded certificate chain of an X.509 one. */
export type Member = {
  readonly leafIndex: number
  readonly identity: Uint8Array
  readonly signatureKey: Uint8Array
  /** new with every commit and Update of the leaf: names this state of it */
  readonly encryptionKey: Uint8Array
}

/** One question per leaf that is new to the reader (§5.3.1). `previous` is there on succession (Update, Commit): judge the pair. */
export type CredentialQuestion = {
  readonly identity: Uint8Array
  readonly signatureKey: Uint8Array
  readonly credentialType: number
  readonly source: 'add' | 'update' | 'commit' | 'join' | 'external-join' | 'external-sender'
  readonly leafIndex: number | undefined
  readonly previous: Member | undefined
}

/** Who made a proposal: a member, or a party outside (§12.1.8). */
export type Proposer =
  | { readonly kind: 'member'; readonly leafIndex: number }
  | { readonly kind: 'external'; readonly senderIndex: number }
  | { readonly kind: 'new-member' }

/** A proposal as a judge sees it. `byReference`: it was sent on its own before. */
export type ProposalView = { readonly proposer: Proposer; readonly byReference: boolean } & (
  | {
      readonly kind: 'add'
      readonly identity: Uint8Array
      readonly signatureKey: Uint8Array
      readonly lifetime: Lifetime
      /** the encoded KeyPackage and its reference (§5.2) */
      readonly keyPackage: Uint8Array
      readonly reference: Uint8Array
    }
  | {
      readonly kind: 'update'
      readonly leafIndex: number
      readonly identity: Uint8Array
      readonly signatureKey: Uint8Array
    }
  | {
      readonly kind: 'remove'
      readonly leafIndex: number
      readonly identity: Uint8Array
      readonly signatureKey: Uint8Array
      readonly encryptionKey: Uint8Array
    }
  | { readonly kind: 'psk'; readonly id: PreSharedKeyId }
  | {
      readonly kind: 'reinit'
      readonly groupId: Uint8Array
      readonly version: number
      readonly suite: CipherSuite
      readonly extensions: readonly Extension[]
    }
  | { readonly kind: 'external-init' }
  | { readonly kind: 'group-context-extensions'; readonly extensions: readonly Extension[] }
)

/** The group's agreed parameters at one epoch (§8.1). */
export type GroupContextView = {
  readonly groupId: Uint8Array
  readonly epoch: number
  readonly extensions: readonly Extension[]
}

/** Everything a policy needs to say yes or no to a commit. Asked after all rules of the RFC that need no secret have held, before any path is opened. */
export type CommitQuestion = {
  /** the committer's leaf in the new tree; for an external commit the leaf it takes */
  readonly senderLeaf: number
  readonly senderIdentity: Uint8Array
  /** true: a newcomer commits itself in (§12.4.3.2) */
  readonly external: boolean
  readonly proposals: readonly ProposalView[]
  readonly membersBefore: readonly Member[]
  readonly membersAfter: readonly Member[]
  readonly groupContextBefore: GroupContextView
  readonly groupContextAfter: GroupContextView
  readonly authenticatedData: Uint8Array
}

/**
 * The caller's policy. There is no default: whoever calls says how credentials and commits are judged.
 * Both must be pure functions of what they are given if all members are to agree.
 */
export type Judge = {
  readonly credential: (question: CredentialQuestion) => boolean | Promise<boolean>
  readonly commit: (question: CommitQuestion) => boolean | Promise<boolean>
  /** seconds since 1970 at which lifetimes are judged */
  readonly nowS: number
  /** the longest total lifetime of a key package (§7.2) */
  readonly lifetimeMaxS: number
}

/** Finds a pre-shared key (§8.4) the engine cannot know itself: external ones, and resumption ones of other groups. */
export type PskLookup = (id: PreSharedKeyId) => Uint8Array | undefined | Promise<Uint8Array | undefined>

/** Windows of one receiver (§9.2, §15.3). */
export type Windows = {
  /** a message more than this many generations ahead is refused */
  readonly forwardGenerations: number
  /** per ratchet, only the newest this many skipped keys are kept */
  readonly skippedKeys: number
}

/** The product's windows: forward 1,000 generations, newest 500 skipped keys. */
export const windows: Windows = { forwardGenerations: 1000, skippedKeys: 500 }
