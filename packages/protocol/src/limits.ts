/** Every bound on what comes from outside, with its reason. Units last in the name. */
export const limits = {
  /** A frame of a device that has signed in: the tree of the largest group fits, with hundreds of Welcomes beside it. */
  frameMaxBytes: 8 * 1024 * 1024,
  /** Before signing in: an admission or a proof, never content. */
  frameBeforeLoginMaxBytes: 64 * 1024,
  commandNameMaxLength: 40,
  /** A name of a person or network, in UTF-16 code units: fits one line of a header. */
  nameMaxLength: 64,
  /** Text of one message, in UTF-16 code units: some ten printed pages. */
  textMaxLength: 20_000,
  rangesMax: 500,
  urlMaxLength: 2_000,
  draftMaxLength: 20_000,
  /** One sealed application message after padding. */
  messageMaxBytes: 256 * 1024,
  proposalMaxBytes: 4 * 1024,
  commitMaxBytes: 3 * 1024 * 1024,
  welcomeMaxBytes: 3 * 1024 * 1024,
  /** The sealed tree beside the Welcomes: 2,000 leaves, with every key above them filled, are 5.6 MB. */
  treeMaxBytes: 6 * 1024 * 1024,
  whisperMaxBytes: 4 * 1024,
  linkMaxBytes: 8 * 1024,
  linksPerAccountMax: 500,
  networkLinksMax: 5_000,
  inviteSealedMaxBytes: 1024,
  profileSealedMaxBytes: 64 * 1024,
  recoverySealedMaxBytes: 1024,
  /** What all devices of an account agree on, sealed: most of it drafts, and 20 bytes for each conversation. */
  accountStateMaxBytes: 1024 * 1024,
  /** Directory keys a device hands on to those that come after it: one per person removed, the newest. */
  directoryKeysKept: 64,
  /** A new device's code: shown this long, and good for so long again once an own device has found it. */
  offerLifetimeMs: 60_000,
  approvalLifetimeMs: 120_000,
  offerCodeMaxLength: 16,
  sealKeyMaxBytes: 1_300,
  platformMaxLength: 80,
  deviceOfferMaxBytes: 2_048,
  deviceGrantMaxBytes: 1024 * 1024,
  /** A person cannot be reached by more devices than this (product limit). */
  devicesPerAccountMax: 20,
  devicesPerConversationMax: 2_000,
  /** Above this a commit of everybody's keys takes seconds on a phone (product limit). */
  peoplePerConversationMax: 1_000,
  moderatorsMax: 64,
  /** A group's picture stands in its GroupContext, which every Welcome carries: sharp at 64 CSS pixels, and no more. */
  pictureMaxBytes: 8 * 1024,
  /** In pixels, both ways. */
  pictureSide: 128,
  /** In larger conversations nobody says *delivered* and *read*: each message would cause one row per reader. */
  receiptsPeopleMax: 50,
  ownersMax: 16,
  removedAccountsMax: 200,
  keyPackageMaxBytes: 8 * 1024,
  keyPackagePoolMax: 20,
  /** In one message to an own device. */
  keyPackagesHandedMax: 40,
  keyPackageLifetimeMaxMs: 90 * 24 * 3600_000,
  lastResortLifetimeMaxMs: 7 * 24 * 3600_000,
  claimsPerTenMinutesMax: 6,
  /** Half of the bits of an invite are in its locator, all of its secret in the fragment. */
  inviteLifetimeMs: 7 * 24 * 3600_000,
  admissionLapsesAfterMs: 7 * 24 * 3600_000,
  openInvitesPerAccountMax: 100,
  /** Wrong locators and wrong setup tokens per minute, over all callers without a session. */
  guessesPerMinuteMax: 60,
  rowsPerFetchMax: 500,
  feedPerFetchMax: 200,
  mailboxPerFetchMax: 50,
  conversationsPerDeviceMax: 20_000,
  /** How often a device may ask to be let into one conversation again (trust.md §3 (b)). */
  entriesPerDayMax: 3,
  /** MLS windows (trust.md §3). */
  pastEpochsMax: 2,
  generationJumpMax: 1_000,
  skippedKeysMax: 500,
  updateAfterMs: 7 * 24 * 3600_000,
  updateAfterGenerations: 1_000,
  /** A commit with a complaint is void only when a later one stands at least this much row time after it. */
  complaintPatienceMs: 30_000,
  /** A removal that has not gone through after this long with a connection is an alarm (trust.md §3). */
  removalPatienceMs: 60_000,
  /** Row time further off the own clock than this is an alarm. */
  clockSkewMaxMs: 10 * 60_000,
  /** Ids of payloads are remembered at least this long (outlives the longest timer). */
  idMemoryMs: 400 * 24 * 3600_000,
  /** Smallest size a sealed payload is padded to, so that receipts, typing and short texts look alike. */
  paddingFloorBytes: 256,
  idleMinutesMax: 24 * 60,
} as const
