/** 11: every byte of every message mutated: nothing but a refusal comes out. */
import { describe, expect, it } from 'vitest'
import { noBytes } from './bytes.ts'
import {
  createGroupInfo,
  createProposal,
  decodePastEpoch,
  decodeState,
  encodeEpoch,
  encodePastEpoch,
  encodePastRatchets,
  encodeRatchets,
  generateSignatureKeyPair,
  joinByExternalCommit,
  joinGroup,
  readKeyPackage,
  receive,
  suites,
  toPastEpoch,
  type GroupState,
  type Records,
} from './index.ts'
import { flipped } from '../test/forging.ts'
import { provider } from '../test/provider.ts'
import { acceptAll, commit, device, group, nth, ok, said, text } from '../test/test-kit.ts'

/** Every byte (or, for long inputs, every `stride`-th) with one bit and with all bits turned, every truncation on the way, and a byte too many. */
function* mutants(bytes: Uint8Array, stride: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += at < 128 ? 1 : stride) {
    yield flipped(bytes, at, 1 << (at % 8))
    yield flipped(bytes, at, 0xff)
    if (at % 16 === 0) yield bytes.slice(0, at)
  }
  yield Uint8Array.of(...bytes, 0)
}

for (const [suite, stride] of [
  [suites.x25519Aes128Ed25519, 1],
  [suites.hybrid, 13],
] as const) {
  describe(`mutated bytes, suite ${suite}`, { timeout: 60_000 }, () => {
    async function onlyRefusals(state: GroupState, message: Uint8Array): Promise<void> {
      expect((await receive({ provider, state, message, judge: acceptAll })).ok).toBe(true)
      for (const mutant of mutants(message, stride)) {
        const result = await receive({ provider, state, message: mutant, judge: acceptAll })
        expect(result.ok).toBe(false)
      }
    }

    it('application message, proposal, private and public commit', async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'], true)
      const a = nth(states, 0)
      const b = nth(states, 1)
      const newcomer = await device(provider, suite, 'd')
      await onlyRefusals(b, (await said(provider, a, 'hello')).message)
      await onlyRefusals(
        b,
        ok(await createProposal({ provider, state: a, proposal: { update: {} }, judge: acceptAll })).message,
      )
      const proposals = [{ remove: 2 }, { add: newcomer.kit.keyPackage }]
      await onlyRefusals(b, (await commit(provider, a, { proposals })).message)
      await onlyRefusals(b, (await commit(provider, a, { proposals, wireFormat: 'public' })).message)
    })

    it('external commit and the GroupInfo it takes', async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'], true)
      const groupInfo = await createGroupInfo({ provider, state: nth(states, 0) })
      const keys = await generateSignatureKeyPair(provider, suite)
      const join = (bytes: Uint8Array) =>
        joinByExternalCommit({
          provider,
          groupInfo: bytes,
          identity: text('x'),
          signatureKeyPair: keys,
          judge: acceptAll,
        })
      await onlyRefusals(nth(states, 1), ok(await join(groupInfo)).message)
      for (const mutant of mutants(groupInfo, stride * 3)) expect((await join(mutant)).ok).toBe(false)
    })

    it('Welcome, ratchet tree and key package', async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'], true)
      const newcomer = await device(provider, suite, 'd')
      const made = await commit(provider, nth(states, 0), { proposals: [{ add: newcomer.kit.keyPackage }] })
      const join = (welcome: Uint8Array, ratchetTree: Uint8Array) =>
        joinGroup({
          provider,
          welcome,
          ratchetTree,
          keyPackage: newcomer.kit.keyPackage,
          privateKeys: newcomer.kit.privateKeys,
          signatureKeyPair: newcomer.keys,
          judge: acceptAll,
        })
      const welcome = made.welcome ?? noBytes
      expect((await join(welcome, made.ratchetTree)).ok).toBe(true)
      for (const mutant of mutants(welcome, stride)) expect((await join(mutant, made.ratchetTree)).ok).toBe(false)
      for (const mutant of mutants(made.ratchetTree, stride * 3)) expect((await join(welcome, mutant)).ok).toBe(false)
      for (const mutant of mutants(newcomer.kit.keyPackage, stride))
        expect(await readKeyPackage(provider, mutant)).toBeUndefined()
    })

    it('stored records: read or not read, never an exception', async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'], true)
      const state = nth(states, 1)
      const records = [...encodeRatchets(state)] as [string, Uint8Array][]
      const epochRecord = encodeEpoch(state)
      const past = toPastEpoch(state)
      const pastRecords = new Map(encodePastRatchets(past)) as Records
      expect(decodeState(epochRecord, new Map(records))).toBeDefined()
      for (const mutant of mutants(epochRecord, stride * 3)) {
        const read = decodeState(mutant, new Map(records))
        if (mutant.length !== epochRecord.length) expect(read).toBeUndefined()
      }
      for (const [name, record] of records) {
        for (const mutant of mutants(record, 1)) decodeState(epochRecord, new Map([...records, [name, mutant]]))
        const missing = new Map(records)
        missing.delete(name)
        expect(decodeState(epochRecord, missing)).toBeUndefined()
      }
      const pastRecord = encodePastEpoch(past)
      for (const mutant of mutants(pastRecord, stride)) {
        const read = decodePastEpoch(mutant, pastRecords)
        if (mutant.length !== pastRecord.length) expect(read).toBeUndefined()
      }
    })
  })
}
