/** Proposals from outside the group (RFC 9420 §12.1.8). Members take them only if their judge lets a commit that names them pass. */
import { noBytes } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import { refuse } from './group-state.ts'
import { signFramed } from './message-protection.ts'
import { mayPropose } from './proposal-list.ts'
import type { Provider } from './provider.ts'
import { proposalOf, type ProposalInput } from './send.ts'
import { encodeFramedContent, wireFormats, type FramedContent } from './structures/framing.ts'
import { encodeMlsMessage } from './structures/mls-message.ts'
import type { CipherSuite, Refusal, SignatureKeyPair } from './types.ts'

/**
 * MLSMessage(PublicMessage) with a proposal by a sender of the `external_senders` extension (`senderIndex`), or, without an index, by a
 * newcomer who asks to be added (then an Add of its own key package, signed with that package's key).
 */
export async function createExternalProposal(o: {
  readonly provider: Provider
  readonly suite: CipherSuite
  readonly groupId: Uint8Array
  readonly epoch: number
  readonly proposal: ProposalInput
  readonly signatureKeyPair: SignatureKeyPair
  readonly senderIndex?: number
  readonly authenticatedData?: Uint8Array
}): Promise<{ readonly ok: true; readonly message: Uint8Array } | Refusal> {
  const proposal = proposalOf(o.proposal)
  if (proposal === undefined) return refuse('key-package-invalid', 'caller', 'the key package cannot be read')
  const proposer =
    o.senderIndex === undefined
      ? ({ kind: 'new-member' } as const)
      : ({ kind: 'external', senderIndex: o.senderIndex } as const)
  if (!mayPropose(proposer, proposal.kind)) return refuse('bad-argument', 'caller', 'not a proposal for this sender')
  const framed: FramedContent = {
    groupId: o.groupId,
    epoch: BigInt(o.epoch),
    authenticatedData: o.authenticatedData ?? noBytes,
    content: { kind: 'proposal', proposal },
    sender:
      o.senderIndex === undefined ? { kind: 'new-member-proposal' } : { kind: 'external', senderIndex: o.senderIndex },
  }
  const c = cryptoOf(o.provider, o.suite)
  const signature = await signFramed(
    c,
    wireFormats.publicMessage,
    encodeFramedContent(framed),
    undefined,
    o.signatureKeyPair.privateKey,
  )
  return {
    ok: true,
    message: encodeMlsMessage({
      kind: 'public',
      message: { framed, auth: { signature, confirmationTag: undefined }, membershipTag: undefined },
    }),
  }
}
