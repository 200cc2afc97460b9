/** What every row must be, whoever reads it: by this device, for this conversation, signed by its leaf's key. */
import { decode, encode, equal, labels, protocolVersion, refuse, row as rowSchema, signedRow } from '@halyard/protocol'
import type { Refusal, Row, SignedRow } from '@halyard/protocol'
import { labelled } from '@halyard/crypto/verify'
import type { Core, Member } from '../core.ts'

export interface VerifiedRow {
  readonly row: Row
  /** Encoded signedRow, as it is kept and chained. */
  readonly encoded: Uint8Array
}

/**
 * What moves the conversation for everybody (commits, complaints) is verified here as well. Application rows are not:
 * their sender is the session's device, and every reader verifies every row (docs/decisions/row-signatures.md).
 */
export const verifiedRow = async (
  core: Core,
  member: Member,
  conversation: Uint8Array,
  signed: SignedRow,
): Promise<VerifiedRow | Refusal> => {
  const row = decode(rowSchema, signed.body)
  if (row?.version !== protocolVersion) return refused(core, 'frame-malformed')
  const own =
    equal(row.device, member.device) && equal(row.account, member.account) && equal(row.conversation, conversation)
  if (!own) return refused(core, 'policy-denied')
  if (row.content.kind !== 'application') {
    const holds = await core.verifier.verify(member.mlsKey, signed.signature, labelled(labels.row, signed.body))
    if (!holds) return refused(core, 'policy-denied')
  }
  // Encoded again rather than cut out of the request: one value has one encoding.
  return { row, encoded: encode(signedRow, signed) }
}

const refused = (core: Core, code: 'frame-malformed' | 'policy-denied'): Refusal => {
  core.count('row-refused')
  return refuse(code)
}
