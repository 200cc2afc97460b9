/** A conversation made by hand, into which somebody is brought by a Welcome. */
import { assert, decode, encode, leafCredential, protocolVersion, signedRow } from '@halyard/protocol'
import type { Answer } from '@halyard/protocol'
import { sha256, zeroHash } from '@halyard/crypto'
import { confirmedTranscriptHash, createCommit, createGroup } from '@halyard/mls'
import type { Person } from '../person.ts'
import { anything } from './hostile-member.ts'
import type { HostileMember } from './hostile-member.ts'
import { roomExtension } from './room-extension.ts'
import { accountOf, bytesOf } from './stage.ts'

export interface MadeHow {
  /** The room says nothing, or something else than that it is of these two. */
  readonly extensions?: 'none' | 'me' | 'other'
  /** Somebody else has a leaf as well. */
  readonly third?: Person
}

/** The id of the conversation; the server has the Welcome when it resolves. */
export const makeConversation = async (
  mallory: HostileMember,
  target: Person,
  how: MadeHow = {},
): Promise<Uint8Array> => {
  const { provider, identity } = mallory
  const conversation = provider.random(16)
  const other = how.extensions === 'other' ? provider.random(32) : bytesOf(accountOf(target))
  const room =
    how.extensions === 'me'
      ? roomExtension('me', [identity.account])
      : roomExtension('direct', [identity.account, other])
  const state = await createGroup({
    provider,
    suite: 0xf07a,
    groupId: conversation,
    identity: encode(leafCredential, {
      version: protocolVersion,
      network: identity.network,
      account: identity.account,
      device: identity.keys.device,
      chain: { seq: 0, hash: identity.account },
    }),
    signatureKeyPair: identity.keys.mls,
    lifetime: { notBeforeS: Date.UTC(2029, 11, 31) / 1000, notAfterS: Date.UTC(2030, 1, 20) / 1000 },
    extensions: how.extensions === 'none' ? [] : [room],
  })
  const packages: Answer<'claim-key-packages'>['packages'][number][] = []
  for (const person of [target, ...(how.third === undefined ? [] : [how.third])]) {
    const claimed = await mallory.ask('claim-key-packages', { account: bytesOf(accountOf(person)) })
    assert(claimed.ok, 'no key packages')
    packages.push(...claimed.value.packages)
  }
  const made = await createCommit({
    provider,
    state,
    proposals: packages.map((one) => ({ add: one.package })),
    withPath: true,
    judge: anything,
    ratchetTreeInWelcome: true,
  })
  assert(made.ok, 'the commit was refused')
  const digest = sha256(confirmedTranscriptHash(state)).slice(0, 16)
  const row = await mallory.row(
    { kind: 'commit', message: made.message, added: packages.map((one) => one.device), removed: [] },
    { conversation, epoch: 0, madeBy: zeroHash, digest },
  )
  const value = decode(signedRow, row)
  assert(value !== undefined, 'a row that is none')
  const placed = await mallory.ask('create-conversation', {
    conversation,
    entry: provider.random(16),
    row: value,
    welcomes: made.welcomes.map((one, index) => ({
      device: packages[index]?.device ?? new Uint8Array(16),
      keyPackage: one.reference,
      welcome: one.welcome,
      tree: undefined,
    })),
  })
  assert(placed.ok, 'the server takes no such conversation')
  return conversation
}
