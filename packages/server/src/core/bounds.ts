/** Bounds that are the server's own affair; what both sides must know stands in `protocol/limits.ts`. */
export const bounds = {
  /** Requests of one connection that are not answered yet, and the bytes they hold. */
  pendingRequestsMax: 256,
  pendingMaxBytes: 16 * 1024 * 1024,
  /** Requests per connection: a burst, then a steady rate far above what a person causes. */
  requestsBurst: 4_000,
  requestsPerSecond: 1_000,
  bytesBurst: 64 * 1024 * 1024,
  bytesPerSecond: 8 * 1024 * 1024,
  /** Refusals for speed after which a connection that does not slow down is closed. */
  overspeedMax: 1_000,
  /** Malformed request bodies after which a connection is closed. */
  malformedMax: 20,
  /** Wrong locators or tokens on one connection. */
  guessesPerConnectionMax: 10,
  whispersBurst: 40,
  whispersPerSecond: 10,
  /** Browsers that ask to be let in at one time; each holds a few kilobytes for two minutes. */
  offersMax: 1_000,
  /** So many readers are shown an entry request: one of them is enough. */
  entryReadersMax: 24,
  conversationsBurst: 200,
  conversationsPerSecond: 1,
  profilesBurst: 20,
  profilesPerSecond: 1 / 60,
  publishBurst: 40,
  publishPerSecond: 1 / 10,
  /** Drafts are stored some seconds after they were typed, by each device of the account. */
  statesBurst: 60,
  statesPerSecond: 1 / 2,
  linksBurst: 40,
  linksPerSecond: 1 / 10,
  /** The largest group at once; how often anybody's key packages are taken is bounded per pair. */
  claimsPerRequesterBurst: 1_200,
  claimsPerRequesterPerSecond: 1 / 5,
  /** Pairs of requester and target whose bucket is not full again. */
  claimPairsMax: 50_000,
  /** Row bytes of one answer; one row always fits a frame. */
  fetchMaxBytes: 1024 * 1024,
  /** What waits for one device outside conversations. */
  mailboxItemsMax: 20_000,
  mailboxMaxBytes: 256 * 1024 * 1024,
  /** A Welcome with its tree must fit one frame back to the device it is for. */
  mailboxItemMaxBytes: 8 * 1024 * 1024 - 4096,
  /** Epochs a row may be ahead of the settled one: commits land faster than their committers say so. */
  epochsAheadMax: 16,
  /** So long after a restore devices may still say what it has lost. */
  revivalMs: 30 * 24 * 3600_000,
  /** So many epochs later a commit may still be settled: others go on before its committer has said so. */
  settledLateMax: 3,
  /** After this an own commit that nobody has followed makes room for another of the same device and epoch. */
  openCommitMs: 60_000,
  /** Conversations whose readers are remembered, and rows a gap is repaired with before the device must fetch. */
  routingCacheMax: 20_000,
  gapRowsMax: 50,
  sentCacheMax: 2_000,
  accountCacheMax: 2_000,
  /** Bytes waiting in a connection's output above which rows are not rung any more (the log has them). */
  ringWaitingMaxBytes: 1024 * 1024,
  /** Expired and never used: told apart from unknown for this long. */
  expiredInviteKeptMs: 30 * 24 * 3600_000,
  /** Key packages whose hash is remembered after they were claimed, so that a repeated upload offers none twice. */
  claimedKeyPackagesKept: 1_000,
  /** Readers up to which every pass looks for entries that all have passed; above, one pass in so many. */
  sweepAtOnceMax: 16,
} as const
