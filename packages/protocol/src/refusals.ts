/**
 * Every expected "no", defined once: the same code on the wire, in the client and in the words on screen.
 * `retry` says what a program should do: `never` (the same request will be refused again), `later` (after a pause),
 * `now` (after fetching what changed).
 */
export const refusals = {
  // the connection
  'version-unsupported': { retry: 'never', why: 'The two sides speak different versions.' },
  'frame-malformed': { retry: 'never', why: 'The frame is not what the protocol says.' },
  'frame-too-large': { retry: 'never', why: 'The frame is larger than its limit.' },
  'command-unknown': { retry: 'never', why: 'There is no such command.' },
  'rate-limited': { retry: 'later', why: 'Too many requests; wait before the next one.' },
  'server-busy': { retry: 'later', why: 'The server cannot take this now.' },
  'server-full': { retry: 'later', why: 'The server has no room to store this.' },
  offline: { retry: 'later', why: 'There is no connection.' },
  // signing in
  'login-required': { retry: 'never', why: 'The command needs a device that has signed in.' },
  'login-refused': { retry: 'never', why: 'The proof does not belong to a valid device.' },
  'device-removed': { retry: 'never', why: 'This device is no longer part of its account.' },
  'lease-lost': { retry: 'never', why: 'The same device has signed in from elsewhere.' },
  // setting up and joining
  'setup-token-unknown': { retry: 'never', why: 'The setup link is not the one this server printed.' },
  'setup-done': { retry: 'never', why: 'This server already has its network.' },
  'setup-missing': { retry: 'never', why: 'This server has no network yet.' },
  'invite-unknown': { retry: 'never', why: 'There is no such invite here.' },
  'invite-used': { retry: 'never', why: 'Somebody has already joined with this invite.' },
  'invite-expired': { retry: 'never', why: 'The invite is older than its limit.' },
  'invite-altered': { retry: 'never', why: 'The invite is not what its link says.' },
  'invite-limit': { retry: 'later', why: 'Too many invites are open.' },
  'recovery-unknown': { retry: 'never', why: 'No account here has this recovery key.' },
  'recovery-replaced': { retry: 'never', why: 'The account has a newer recovery key.' },
  'offer-unknown': { retry: 'never', why: 'No device offers itself under this code, or not any more.' },
  'offer-taken': { retry: 'never', why: 'Another device has this code.' },
  'number-wrong': { retry: 'never', why: 'The number is not the one the new device shows.' },
  'grant-refused': { retry: 'never', why: 'What came back is not from whoever read the code.' },
  'admission-refused': { retry: 'never', why: 'The admission does not follow from its invite.' },
  'confirmation-refused': { retry: 'never', why: 'The confirmation is not by the inviter or an owner.' },
  // chains
  'account-unknown': { retry: 'never', why: 'There is no such account in this network.' },
  'chain-conflict': { retry: 'now', why: 'Another link already stands at that place.' },
  'chain-refused': { retry: 'never', why: 'The link does not follow from the chain.' },
  'state-changed': { retry: 'now', why: 'Another device has stored a newer account state.' },
  'network-behind': { retry: 'now', why: 'The sender knows a newer state of the network than this one.' },
  // key packages
  'key-package-refused': { retry: 'never', why: 'The key package does not belong to the device.' },
  'key-packages-missing': { retry: 'later', why: 'The other side has no key package left.' },
  // conversations
  'conversation-unknown': { retry: 'never', why: 'There is no such conversation for this device.' },
  'conversation-exists': { retry: 'never', why: 'A conversation with that id already exists.' },
  'epoch-old': { retry: 'now', why: 'The row belongs to an epoch that is past.' },
  'commit-quota': { retry: 'now', why: 'This device already has an open commit for the epoch.' },
  'cursor-unknown': { retry: 'now', why: 'The cursor does not stand in this log.' },
  'message-too-large': { retry: 'never', why: 'The message is longer than its limit.' },
  'sending-paused': { retry: 'never', why: 'Sending is paused in this conversation by an alarm.' },
  'policy-denied': { retry: 'never', why: 'The rules of the network do not allow this.' },
  // this device
  'name-refused': { retry: 'never', why: 'The name is empty, too long, or has signs that are not allowed.' },
  'picture-refused': { retry: 'never', why: 'The picture is not a small square JPEG.' },
  'passphrase-weak': { retry: 'never', why: 'The passphrase is too easy to guess.' },
  'unlock-refused': { retry: 'never', why: 'This does not unlock the device.' },
  'passkey-unsupported': { retry: 'never', why: 'The passkey cannot unlock data on this device.' },
  'disk-full': { retry: 'later', why: 'This device has no room to store more.' },
  'database-damaged': { retry: 'never', why: 'The data on this device is damaged.' },
  'database-newer': { retry: 'never', why: 'The data on this device was written by a newer version.' },
} as const satisfies Record<string, { readonly retry: 'never' | 'later' | 'now'; readonly why: string }>

export type RefusalCode = keyof typeof refusals

/** An expected no, as a value. `waitMs` says after how long a retry makes sense. */
export interface Refusal {
  readonly ok: false
  readonly code: RefusalCode
  readonly waitMs?: number
}
export type Result<T> = { readonly ok: true; readonly value: T } | Refusal

export const accept = <T>(value: T): Result<T> => ({ ok: true, value })
export const refuse = (code: RefusalCode, waitMs?: number): Refusal =>
  waitMs === undefined ? { ok: false, code } : { ok: false, code, waitMs }
export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(refusals, code)
