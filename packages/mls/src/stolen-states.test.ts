/** What a thief can do with a stored state: nothing with messages that were read, nothing after an Update or a removal. */
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import { cryptoOf, decryptWith, encryptContext } from './crypto.ts'
import {
  decodeState,
  encodeEpoch,
  encodeRatchets,
  isRefusal,
  receive,
  suites,
  windows,
  type CommitCreated,
  type GroupState,
} from './index.ts'
import { openPrivate } from './message-protection.ts'
import { nodeKey } from './ratchet-tree.ts'
import { viewOfState } from './send.ts'
import { encodeGroupContext } from './structures/group-context.ts'
import { decodeMlsMessage } from './structures/mls-message.ts'
import { provider } from '../test/provider.ts'
import { acceptAll, commit, everyoneFollows, got, gotCommit, group, nth, said } from '../test/test-kit.ts'

const both = [suites.x25519Aes128Ed25519, suites.hybrid]

/** All that a store holds of a state. */
function dump(state: GroupState): { readonly epoch: Uint8Array; readonly records: Map<string, Uint8Array> } {
  const records = new Map<string, Uint8Array>()
  for (const [name, record] of encodeRatchets(state)) if (record !== undefined) records.set(name, record)
  return { epoch: encodeEpoch(state), records }
}
function stolen(state: GroupState): GroupState {
  const { epoch, records } = dump(state)
  const back = decodeState(epoch, records)
  if (back === undefined) throw new Error('a dump that does not decode')
  return back
}
const inHex = (state: GroupState): string => {
  const { epoch, records } = dump(state)
  return [epoch, ...records.values()].map(hex).join(' ')
}

/** How many secrets of a commit's path the private keys of a state open, whichever node they were sealed to. */
async function pathSecretsOpened(made: CommitCreated, reader: GroupState, thief: GroupState): Promise<number> {
  const c = cryptoOf(provider, thief.context.suite)
  const decoded = decodeMlsMessage(made.message)
  if (decoded?.kind !== 'private') throw new Error('not private')
  const opened = await openPrivate(c, viewOfState(reader), decoded.message, windows)
  if (isRefusal(opened) || opened.content.framed.content.kind !== 'commit') throw new Error('not a commit')
  const { confirmedTranscriptHash } = reader.context
  const context = encodeGroupContext({ ...made.newState.context, confirmedTranscriptHash })
  const info = await encryptContext(c, 'UpdatePathNode', context)
  let count = 0
  for (const { sealedPathSecrets } of opened.content.framed.content.commit.path?.nodes ?? []) {
    for (const sealed of sealedPathSecrets) {
      for (const [node, privateKey] of thief.privateKeys) {
        const publicKey = nodeKey(thief.tree, node)
        if (publicKey !== undefined && (await decryptWith(c, info, { publicKey, privateKey }, sealed)) !== undefined)
          count++
      }
    }
  }
  return count
}

describe.each(both)('a stolen state, suite %i', (suite) => {
  it('opens no message again that its owner has sent or read, nor holds a key of one', async () => {
    const [first, second] = await group(provider, suite, ['a', 'b'])
    if (first === undefined || second === undefined) throw new Error('no group')
    let [sender, reader] = [first, second]
    const spent: { readonly message: Uint8Array; readonly consumed: readonly Uint8Array[] }[] = []
    for (let count = 0; count < 5; count++) {
      const sent = await said(provider, sender, `message ${count}`)
      const heard = await got(provider, reader, sent.message)
      sender = sent.newState
      reader = heard.newState as GroupState
      spent.push({ message: sent.message, consumed: [...sent.consumed, ...heard.consumed] })
    }
    for (const state of [stolen(sender), stolen(reader)]) {
      const all = inHex(state)
      for (const { message, consumed } of spent) {
        expect(isRefusal(await receive({ provider, state, message, judge: acceptAll }))).toBe(true)
        for (const secret of consumed) if (secret.length >= 16) expect(all.includes(hex(secret))).toBe(false)
      }
    }
    // The search finds what is there.
    expect(inHex(reader)).toContain(hex(reader.secrets.exporterSecret))
  })

  it('opens nothing of what its owner agrees on after an Update', async () => {
    const states = await group(provider, suite, ['a', 'b', 'c', 'd', 'e'], true)
    const thief = stolen(nth(states, 1))
    const made = await commit(provider, nth(states, 1))
    expect(await pathSecretsOpened(made, nth(states, 0), nth(states, 3))).toBeGreaterThan(0)
    expect(await pathSecretsOpened(made, nth(states, 0), thief)).toBe(0)
    const late = await said(provider, made.newState, 'healed')
    for (const message of [made.message, late.message])
      expect(isRefusal(await receive({ provider, state: thief, message, judge: acceptAll }))).toBe(true)
    // Nor does what was stolen stand in the new state.
    const all = inHex(made.newState)
    for (const key of thief.privateKeys.values()) expect(all.includes(hex(key))).toBe(false)
    for (const name of [
      'initSecret',
      'senderDataSecret',
      'exporterSecret',
      'confirmationKey',
      'membershipKey',
    ] as const)
      expect(all.includes(hex(thief.secrets[name])), name).toBe(false)
  })

  it('of a removed member opens nothing later', async () => {
    const states = await group(provider, suite, ['a', 'b', 'c', 'd', 'e', 'f'], true)
    const thief = stolen(nth(states, 4))
    const removal = await commit(provider, nth(states, 0), { proposals: [{ remove: 4 }] })
    expect(await pathSecretsOpened(removal, nth(states, 1), nth(states, 2))).toBeGreaterThan(0)
    expect(await pathSecretsOpened(removal, nth(states, 1), thief)).toBe(0)
    const told = await gotCommit(provider, thief, removal.message)
    expect(told.removed).toBe(true)
    let rest = await Promise.all(
      [1, 2, 3, 5].map(async (at) => (await gotCommit(provider, nth(states, at), removal.message)).newState),
    )
    rest = [removal.newState, ...rest]
    for (let round = 0; round < 3; round++) {
      const sent = await said(provider, nth(rest, round), `after ${round}`)
      for (const state of [thief, told.newState])
        expect(isRefusal(await receive({ provider, state, message: sent.message, judge: acceptAll }))).toBe(true)
      rest = await everyoneFollows(provider, rest, round)
    }
  })
})
