/** Checks on who somebody is: links of accounts and of the network, invites, admissions, confirmations, names. */
import type { Check } from '../checks.ts'

const account = 'crypto/src/verify/account-chain.ts'
const network = 'crypto/src/verify/network-chain.ts'
const invite = 'crypto/src/verify/invite.ts'
const standing = 'crypto/src/verify/standing.ts'
const begin = 'client/src/core/account/begin.ts'
const directory = 'client/src/core/directory/directory.ts'
const attack = {
  account: 'crypto/src/verify/account-chain.test.ts',
  network: 'crypto/src/verify/network-chain.test.ts',
  standing: 'crypto/src/verify/standing.test.ts',
  statements: 'crypto/src/verify/statements.test.ts',
  admissions: 'sim/test/attacks/admissions.test.ts',
} as const

export const chainChecks: readonly Check[] = [
  {
    name: 'account: a link is of this network',
    file: account,
    from: `if (!equal(value.network, network)) return faulty('network')`,
    to: '',
    attack: { file: attack.account, name: 'of another network' },
  },
  {
    name: 'account: a link follows the head',
    file: account,
    from: `if (value.seq !== state.head.seq + 1 || !equal(value.previous, state.head.hash)) return faulty('order')`,
    to: '',
    attack: { file: attack.account, name: 'that follows another head' },
  },
  {
    name: 'account: a valid device has signed it',
    file: account,
    from: `if (!(await signedBy(verifier, state, value, link))) return faulty('signature')
      return applyChange`,
    to: 'return applyChange',
    attack: { file: attack.account, name: 'of a removed device, also when it comes back' },
  },
  {
    name: 'account: two links at one place are told',
    file: directory,
    from: `if (next.fault === 'conflict') context.alarm('two-links', '')
      else if (next.fault !== 'known') context.count('account-link')`,
    to: `if (next.fault !== 'known') context.count('account-link')`,
    attack: { file: attack.admissions, name: 'two links with one sequence number' },
  },
  {
    name: 'account: its id is the hash of its genesis',
    file: directory,
    from: `if (!equal(next.value.account, item.account)) return context.count('account-id')`,
    to: '',
    attack: { file: attack.admissions, name: 'an account id that is not the hash of its genesis' },
  },
  {
    name: 'account: one key, one use',
    file: account,
    from: '!saneEntry(change.entry) || sharesKey(state, change.entry)',
    to: 'false',
    attack: { file: attack.account, name: 'that adds a device with a key any device' },
  },
  {
    name: 'account: a card lets a device in and does nothing else',
    file: account,
    from: `return change.kind === 'add-device' ? recoveryKeyOf(state, before) : undefined`,
    to: 'return recoveryKeyOf(state, before)',
    attack: { file: attack.account, name: 'does nothing else, and nothing for an account without one' },
  },
  {
    name: 'account: the newest card alone',
    file: account,
    from: 'state.recoveryKeys.findLast(({ sinceSeq }) => sinceSeq <= atSeq)',
    to: 'state.recoveryKeys.find(({ sinceSeq }) => sinceSeq <= atSeq)',
    attack: { file: attack.account, name: 'that was replaced adds nothing' },
  },
  {
    name: 'account: no reset, suspension or deletion by a device',
    file: account,
    from: `} else if (change.kind !== 'replace-recovery-key') {`,
    to: '} else if (false) {',
    attack: { file: attack.account, name: 'a reset by a device' },
  },
  {
    name: 'network: by an owner',
    file: network,
    from: 'if (signer === undefined || !isOwner(state, signer.account)) return undefined',
    to: 'if (signer === undefined) return undefined',
    attack: { file: attack.network, name: 'an owner who is one no longer' },
  },
  {
    name: 'network: whom it names has signed it',
    file: network,
    from: `if (!(await verifier.verify(key, link.signature, labelled(labels.networkLink, link.body)))) return faulty('signature')
      if (there`,
    to: 'if (there',
    attack: { file: attack.network, name: 'signed by somebody else' },
  },
  {
    name: 'network: a link follows the head',
    file: network,
    from: `if (value.seq !== state.head.seq + 1 || !equal(value.previous, state.head.hash)) return faulty('order')`,
    to: '',
    attack: { file: attack.network, name: 'that follows another head' },
  },
  {
    name: 'network: judged at the head that its link names',
    file: network,
    from: 'account !== undefined && holdsHead(account, signer.chain)',
    to: 'account !== undefined',
    attack: { file: attack.network, name: 'is judged at the head it names' },
  },
  {
    name: 'network: the feed does not become shorter',
    file: 'client/src/core/delivery/sync.ts',
    from: `if (answer.feedPosition < directory.store.feedPosition()) context.alarm('network-rolled-back', '')`,
    to: '',
    attack: { file: attack.admissions, name: 'the feed is rolled back' },
  },
  {
    name: 'invite: its link follows from its secret',
    file: begin,
    from: `if (!equal(inviteLocator(secrets.key.publicKey), link.locator)) return refuse('invite-altered')`,
    to: '',
    attack: { file: attack.admissions, name: 'an altered link: each byte of it' },
  },
  {
    name: 'invite: the record is the one that the link names',
    file: begin,
    from: `if (!equal(inviteHash(record), link.hash)) return refuse('invite-altered')`,
    to: '',
    attack: { file: attack.admissions, name: 'an altered link: each byte of it' },
  },
  {
    name: 'invite: not after its time',
    file: begin,
    from: `if (clock.nowMs() > value.notAfterMs) return refuse('invite-expired')`,
    to: '',
    attack: { file: attack.admissions, name: 'used, expired and unknown links' },
  },
  {
    name: 'invite: its inviter stands in the network',
    file: begin,
    from: `if (standing.kind !== 'confirmed') return undefined`,
    to: '',
    attack: { file: attack.admissions, name: 'the server swaps the inviter, the proof' },
  },
  {
    name: 'invite: the network is at least as new as when it was made',
    file: begin,
    from: 'if (there === undefined || !equal(there, record.networkHead.hash)) return undefined',
    to: '',
    attack: { file: attack.admissions, name: 'the server swaps the inviter, the proof' },
  },
  {
    name: 'admission: it names the record',
    file: invite,
    from: '!equal(newcomer.invite, inviteHash(record)) ||',
    to: '',
    attack: { file: attack.standing, name: 'a record signed again with other limits' },
  },
  {
    name: 'admission: in its time',
    file: invite,
    from: '|| newcomer.createdMs > invite.notAfterMs',
    to: '',
    attack: { file: attack.standing, name: 'an admission later than the invite allows' },
  },
  {
    name: 'admission: the key of the invite has signed it',
    file: invite,
    from: 'return verifier.verify(invite.inviteKey, genesis.byInvite, labelled(labels.inviteUse, genesis.body))',
    to: 'return true',
    attack: { file: attack.admissions, name: 'an admission that the invite key did not sign' },
  },
  {
    name: 'admission: nobody hangs on somebody unconfirmed',
    file: standing,
    from: `if (!step.confirmed) return { kind: 'refused' }`,
    to: '',
    attack: { file: attack.standing, name: 'nobody hangs on somebody who is not confirmed' },
  },
  {
    name: 'admission: it lapses',
    file: standing,
    from: 'return nowMs > lapsesAtMs',
    to: 'return false',
    attack: { file: attack.standing, name: 'waiting until seven days are over, then lapsed' },
  },
  {
    name: 'admission: the one that was confirmed',
    file: standing,
    from: `if (confirmed !== undefined && !equal(confirmed.admission, account)) return { kind: 'refused' }`,
    to: '',
    attack: { file: attack.standing, name: 'before the confirmation both wait' },
  },
  {
    name: 'admission: whoever was removed is out',
    file: standing,
    from: `if (evidence.network.removed.has(toHex(account))) return { kind: 'removed' }`,
    to: '',
    attack: { file: attack.standing, name: 'the removed; those they admitted' },
  },
  {
    name: 'admission: a founder is the one who founded',
    file: standing,
    from: 'equal(first.chainKey, network.founderKey)',
    to: 'true',
    attack: { file: attack.standing, name: "a genesis without an invite that is not the founder's" },
  },
  {
    name: 'confirmation: by the inviter or an owner',
    file: invite,
    from: 'if (!equal(value.by, inviter) && !isOwner(network, value.by)) return undefined',
    to: '',
    attack: { file: attack.standing, name: 'somebody else may not' },
  },
  {
    name: 'confirmation: two of one invite contradict each other',
    file: standing,
    from: `if (found !== undefined && !equal(found.admission, read.value.admission)) return 'contradicted'`,
    to: '',
    attack: { file: attack.admissions, name: 'two confirmations of one invite' },
  },
  {
    name: 'name: its account gave it',
    file: 'crypto/src/verify/statements.ts',
    from: 'equal(value.account, account.account) && holdsHead(account, value.chain)',
    to: 'holdsHead(account, value.chain)',
    attack: { file: attack.statements, name: 'is taken from a device of its account' },
  },
]
