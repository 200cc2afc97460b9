/** What a commit of a group says in its authenticated data, as an attacker writes it. */
import { accountId, encode, head, list, maybe, protocolVersion, record, signed, uint } from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'

const basis = record({
  version: uint(65_535),
  ended: list(record({ account: accountId, chain: head }), 2_000),
  network: maybe(head),
  entry: maybe(signed),
  people: list(accountId, 1_000),
})

export const commitBasis = (said: Partial<Omit<Infer<typeof basis>, 'version'>>): Uint8Array =>
  encode(basis, { version: protocolVersion, ended: [], network: undefined, entry: undefined, people: [], ...said })
