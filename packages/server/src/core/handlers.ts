/** Every command and its file; the compiler lists what is missing. */
import { assert } from '@halyard/protocol'
import type { CommandName } from '@halyard/protocol'
import { fetchAccountState, putAccountState } from './accounts/account-state.ts'
import { confirm } from './accounts/confirm.ts'
import { findOffer, grantDevice, nextOffer, offerDevice, revealOffer } from './accounts/device-offers.ts'
import { findRecovery } from './accounts/find-recovery.ts'
import { createInvite } from './accounts/create-invite.ts'
import { join } from './accounts/join.ts'
import { logIn } from './accounts/log-in.ts'
import { previewInvite } from './accounts/preview-invite.ts'
import { proveRemoval } from './accounts/prove-removal.ts'
import { putRecoveryKey } from './accounts/put-recovery-key.ts'
import { restore } from './accounts/restore.ts'
import { setUp } from './accounts/set-up.ts'
import type { Handler, MemberHandler } from './core.ts'
import { append } from './delivery/append.ts'
import { askEntry, listAccountConversations } from './delivery/ask-entry.ts'
import { createConversation } from './delivery/create-conversation.ts'
import { fetchMailbox } from './delivery/fetch-mailbox.ts'
import { fetchRows } from './delivery/fetch-rows.ts'
import { listConversations } from './delivery/list-conversations.ts'
import { passMailbox } from './delivery/pass-mailbox.ts'
import { pass } from './delivery/pass.ts'
import { reviveConversation } from './delivery/revive-conversation.ts'
import { settle } from './delivery/settle.ts'
import { whisper } from './delivery/whisper.ts'
import { appendAccountLink } from './directory/append-account-link.ts'
import { appendNetworkLink } from './directory/append-network-link.ts'
import { claimKeyPackages } from './directory/claim-key-packages.ts'
import { fetchFeed } from './directory/fetch-feed.ts'
import { publishKeyPackages } from './directory/publish-key-packages.ts'
import { putProfile } from './directory/put-profile.ts'

/** The session has refused everybody who has not signed in before this is called. */
const ofMember =
  <N extends CommandName>(handler: MemberHandler<N>): Handler<N> =>
  (core, session, request) => {
    assert(session.member !== undefined, 'a command of a member without one')
    return handler(core, session.member, request, session)
  }

export const handlers: { readonly [N in CommandName]: Handler<N> } = {
  'set-up': setUp,
  'preview-invite': previewInvite,
  join,
  'find-recovery': findRecovery,
  restore,
  'offer-device': offerDevice,
  'next-offer': nextOffer,
  'log-in': logIn,
  'prove-removal': proveRemoval,
  'fetch-feed': ofMember(fetchFeed),
  'append-network-link': ofMember(appendNetworkLink),
  'append-account-link': ofMember(appendAccountLink),
  'put-recovery-key': ofMember(putRecoveryKey),
  'find-offer': ofMember(findOffer),
  'reveal-offer': ofMember(revealOffer),
  'grant-device': ofMember(grantDevice),
  'create-invite': ofMember(createInvite),
  confirm: ofMember(confirm),
  'put-profile': ofMember(putProfile),
  'publish-key-packages': ofMember(publishKeyPackages),
  'claim-key-packages': ofMember(claimKeyPackages),
  'create-conversation': ofMember(createConversation),
  'revive-conversation': ofMember(reviveConversation),
  append: ofMember(append),
  settle: ofMember(settle),
  'list-conversations': ofMember(listConversations),
  'list-account-conversations': ofMember(listAccountConversations),
  'ask-entry': ofMember(askEntry),
  'fetch-rows': ofMember(fetchRows),
  pass: ofMember(pass),
  'fetch-mailbox': ofMember(fetchMailbox),
  'pass-mailbox': ofMember(passMailbox),
  'fetch-account-state': ofMember(fetchAccountState),
  'put-account-state': ofMember(putAccountState),
  whisper: ofMember(whisper),
}
