/**
 * The MLS engine: RFC 9420 as values. State in, state out: nothing is mutated, and no clock, randomness or I/O is inside.
 * Whoever calls lends a {@link Provider} and says, by a {@link Judge}, whose credentials and which commits are good.
 */
export * from './types.ts'
export type { Provider, KeyPair, MaybePromise, HashName, AeadName, CurveName, SignatureName } from './provider.ts'
export { suites, spokenSuites } from './suites.ts'
export {
  generateSignatureKeyPair,
  createKeyPackage,
  readKeyPackage,
  type KeyPackageCreated,
  type KeyPackageRead,
} from './key-packages.ts'
export { createGroup } from './create-group.ts'
export { createCommit, type CommitCreated, type CommitOptions } from './create-commit.ts'
export type { WelcomeSlice } from './make-welcome.ts'
export {
  createProposal,
  protect,
  type LeafChange,
  type ProposalCreated,
  type ProposalInput,
  type Protected,
} from './send.ts'
export {
  receive,
  waitingProposalsMax,
  type ApplicationReceived,
  type CommitReceived,
  type ProposalReceived,
  type Received,
  type ReceiveOptions,
} from './receive.ts'
export { clearPartOf, type ClearPart } from './clear-part.ts'
export { joinGroup, type JoinOptions, type Joined, type ParentGroup } from './join.ts'
export { createExternalProposal } from './external-proposal.ts'
export {
  createGroupInfo,
  joinByExternalCommit,
  type ExternalJoinOptions,
  type ExternallyJoined,
} from './external-join.ts'
export {
  members,
  memberAt,
  groupId,
  epoch,
  suite,
  ownLeaf,
  confirmedTranscriptHash,
  epochAuthenticator,
  groupContextExtensions,
  groupStatus,
  reinitParameters,
  pendingProposals,
  storedProposal,
  encodeRatchetTree,
  isRefusal,
  type GroupState,
  type GroupStatus,
  type ReinitParameters,
  type StoredProposal,
} from './group-state.ts'
export { exportSecret } from './export-secret.ts'
export { createSealKeyPair, deriveSealKeyPair, openSealedTo, sealTo, type SealedTo } from './seal-to.ts'
export { erase } from './hpke/kem.ts'
export { secretsOver } from './secrets-over.ts'
export { decodeState, encodeEpoch, encodeRatchets } from './persistence.ts'
export type { RecordChanges, Records } from './records.ts'
export {
  toPastEpoch,
  receivePast,
  encodePastEpoch,
  encodePastRatchets,
  decodePastEpoch,
  type PastEpoch,
} from './past-epoch.ts'
export {
  extensionTypes,
  findExtension,
  encodeRequiredCapabilities,
  encodeExternalSenders,
  type Extension,
  type ExternalSender,
  type RequiredCapabilities,
} from './structures/extension.ts'
export type { PreSharedKeyId, ResumptionUsage } from './structures/pre-shared-key.ts'
