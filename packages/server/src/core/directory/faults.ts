/** What a fault of a link means to its sender; undefined for one that stands there already, which is no fault of a retry. */
import { refuse } from '@halyard/protocol'
import type { Refusal } from '@halyard/protocol'
import type { Fault } from '@halyard/crypto/verify'

export const refusalOf = (fault: Fault): Refusal | undefined =>
  fault === 'known' ? undefined : refuse(fault === 'conflict' ? 'chain-conflict' : 'chain-refused')
