import {
  accountLink,
  confirmation,
  encode,
  inviteRecord,
  labels,
  loginProof,
  networkLink,
  profile,
  row,
  signedRow,
  toHex,
} from '@halyard/protocol'
import type { Label, LoginProof, Row } from '@halyard/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  filled,
  makeConfirmation,
  makeInvite,
  makeJoin,
  makeSigned,
  makeWorld,
  must,
  replaceDevice,
  verifier,
} from '../../test/people.ts'
import type { World } from '../../test/people.ts'
import { extendAccountChain } from './account-chain.ts'
import { admits, readConfirmation, readInvite } from './invite.ts'
import { extendNetworkChain } from './network-chain.ts'
import { labelled, readSigned, statementHash, zeroHash } from './signed.ts'
import { chainStep, provesLogin, readProfile, readRow } from './statements.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const proofOf = (over: Partial<LoginProof> = {}): LoginProof => ({
  version: 1,
  origin: 'https://chat.example',
  network: world.network.network,
  device: world.founder.device.id,
  nonce: filled(32, 5),
  ...over,
})
const rowOf = (over: Partial<Row> = {}): Row => ({
  version: 1,
  conversation: filled(16, 1),
  account: world.founder.state.account,
  device: world.founder.device.id,
  epoch: 4,
  madeBy: filled(32, 2),
  digest: filled(16, 3),
  content: { kind: 'application', message: filled(300, 4) },
  ...over,
})
const encodedRow = (value: Row, key = world.founder.device.mls): Uint8Array =>
  encode(signedRow, makeSigned(row, labels.row, value, key))
const profileOf = (over: object = {}) => ({
  version: 1,
  network: world.network.network,
  account: world.founder.state.account,
  device: world.founder.device.id,
  chain: world.founder.state.head,
  field: 1,
  revision: 1,
  key: filled(16, 1),
  sealed: filled(80, 1),
  ...over,
})

describe('T-75: a login proof', () => {
  test('holds for exactly one origin, network, device, nonce and version', () => {
    const { transport } = world.founder.device
    const signature = transport.sign(labelled(labels.loginProof, encode(loginProof, proofOf())))
    expect(provesLogin(verifier, transport.publicKey, proofOf(), signature)).toBe(true)
    for (const over of [
      { origin: 'https://chat.example.org' },
      { network: filled(32, 1) },
      { device: filled(16, 2) },
      { nonce: filled(32, 6) },
      { version: 2 },
    ]) {
      expect(provesLogin(verifier, transport.publicKey, proofOf(over), signature)).toBe(false)
    }
    expect(provesLogin(verifier, world.founder.device.chain.publicKey, proofOf(), signature)).toBe(false)
  })
})

describe('T-10: a row', () => {
  const keyFor = (value: Row) =>
    toHex(value.account) === toHex(world.founder.state.account) ? world.founder.device.mls.publicKey : undefined

  test('is taken as its sender signed it', async () => {
    expect(must(await readRow(verifier, encodedRow(rowOf()), keyFor))).toEqual(rowOf())
  })

  test('is refused with another key, of another account, another version, or cut', async () => {
    expect(await readRow(verifier, encodedRow(rowOf(), world.founder.device.chain), keyFor)).toEqual({
      ok: false,
      fault: 'signature',
    })
    expect(await readRow(verifier, encodedRow(rowOf({ account: filled(32, 1) })), keyFor)).toEqual({
      ok: false,
      fault: 'not-allowed',
    })
    expect(await readRow(verifier, encodedRow(rowOf({ version: 2 })), keyFor)).toEqual({
      ok: false,
      fault: 'malformed',
    })
    expect(await readRow(verifier, encodedRow(rowOf()).subarray(1), keyFor)).toEqual({ ok: false, fault: 'malformed' })
  })

  test('every field outside the ciphertext is under the signature', async () => {
    const signed = makeSigned(row, labels.row, rowOf(), world.founder.device.mls)
    const changes: readonly Partial<Row>[] = [
      { conversation: filled(16, 9) },
      { device: filled(16, 9) },
      { epoch: 5 },
      { madeBy: filled(32, 9) },
      { digest: filled(16, 9) },
      { content: { kind: 'application', message: filled(300, 9) } },
      { content: { kind: 'complaint', commit: filled(32, 9) } },
    ]
    for (const change of changes) {
      const forged = encode(signedRow, { body: encode(row, rowOf(change)), signature: signed.signature })
      expect(await readRow(verifier, forged, () => world.founder.device.mls.publicKey)).toEqual({
        ok: false,
        fault: 'signature',
      })
    }
  })
})

describe('a profile', () => {
  test('is taken from a device of its account, of this network and version alone', async () => {
    const { founder, network } = world
    const read = (over: object, key = founder.device.chain) =>
      readProfile(verifier, network.network, makeSigned(profile, labels.profile, profileOf(over), key), founder.state)
    expect((await read({})).ok).toBe(true)
    expect(await read({ network: filled(32, 1) })).toEqual({ ok: false, fault: 'network' })
    expect(await read({ version: 2 })).toEqual({ ok: false, fault: 'network' })
    expect(await read({ account: filled(32, 1) })).toEqual({ ok: false, fault: 'not-allowed' })
    expect(await read({ device: filled(16, 1) })).toEqual({ ok: false, fault: 'not-allowed' })
    expect(await read({}, founder.device.mls)).toEqual({ ok: false, fault: 'signature' })
  })

  test('by a device that was removed later stays readable; one it made after its removal does not', async () => {
    const { founder, network } = world
    const now = await replaceDevice(founder)
    const read = (over: object, key = founder.device.chain) =>
      readProfile(verifier, network.network, makeSigned(profile, labels.profile, profileOf(over), key), now.state)
    expect((await read({})).ok).toBe(true)
    expect(await read({ chain: now.state.head })).toEqual({ ok: false, fault: 'not-allowed' })
    expect(await read({ chain: { seq: 0, hash: filled(32, 1) } })).toEqual({ ok: false, fault: 'not-allowed' })
    expect((await read({ device: now.device.id, chain: now.state.head }, now.device.chain)).ok).toBe(true)
    expect(await read({ device: now.device.id }, now.device.chain)).toEqual({ ok: false, fault: 'not-allowed' })
  })
})

describe('T-12: the chain of a log', () => {
  const step = fc.record({
    seq: fc.nat(1000),
    timeMs: fc.nat(),
    entry: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    row: fc.uint8Array({ minLength: 1, maxLength: 50 }),
  })
  type Step = Omit<Parameters<typeof chainStep>[1], 'conversation'>
  const headOf = (steps: readonly Step[], conversation = filled(16, 1)): string =>
    toHex(steps.reduce<Uint8Array>((previous, one) => chainStep(previous, { ...one, conversation }), zeroHash))

  test('changed, dropped, reordered or doubled rows and another conversation give another head', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(step, { minLength: 2, maxLength: 6, selector: (one) => toHex(one.entry) }),
        fc.nat(),
        fc.nat(15),
        (steps, where, byte) => {
          const at = where % (steps.length - 1)
          const [one, two] = [steps[at] as Step, steps[at + 1] as Step]
          const replaced = (change: Partial<Step>) => steps.with(at, { ...one, ...change } as (typeof steps)[number])
          const flipped = (bytes: Uint8Array) =>
            bytes.map((value, index) => (index === byte % bytes.length ? value ^ 1 : value))
          const others = [
            replaced({ row: flipped(one.row) }),
            replaced({ entry: flipped(one.entry) }),
            replaced({ seq: one.seq + 1 }),
            replaced({ timeMs: one.timeMs + 1 }),
            steps.toSpliced(at, 1),
            steps.toSpliced(at, 2, two as (typeof steps)[number], one as (typeof steps)[number]),
            steps.toSpliced(at, 0, one as (typeof steps)[number]),
            steps.slice(0, -1),
          ]
          for (const other of others) expect(headOf(other)).not.toBe(headOf(steps))
          expect(headOf(steps, filled(16, 2))).not.toBe(headOf(steps))
        },
      ),
    )
  })
})

describe('T-60: a signature of one kind is worth nothing as another', () => {
  test('every body under every label but its own is refused', async () => {
    const { founder, network } = world
    const invite = makeInvite(world, founder)
    const person = await makeJoin(world, invite)
    const key = founder.device.chain
    const kinds = [
      { label: labels.accountLink, schema: accountLink, body: founder.genesis.body },
      { label: labels.networkLink, schema: networkLink, body: world.links[1]?.body ?? zeroHash },
      { label: labels.inviteRecord, schema: inviteRecord, body: invite.record.body },
      {
        label: labels.confirmation,
        schema: confirmation,
        body: makeConfirmation(world, founder, invite, person.state.account).body,
      },
      { label: labels.profile, schema: profile, body: encode(profile, profileOf()) },
      { label: labels.loginProof, schema: loginProof, body: encode(loginProof, proofOf()) },
      { label: labels.row, schema: row, body: encode(row, rowOf()) },
    ] as const
    for (const { label, schema, body } of kinds) {
      for (const other of Object.values(labels)) {
        const signature = key.sign(labelled(other, body))
        const read = await readSigned(
          verifier,
          label,
          schema as Parameters<typeof readSigned<unknown>>[2],
          { body, signature },
          () => key.publicKey,
        )
        expect(read.ok, `${label} signed as ${other}`).toBe(other === label)
      }
    }
    expect(new Set(Object.values(labels).map((label) => toHex(statementHash(label, network.network)))).size).toBe(
      Object.keys(labels).length,
    )
  })

  test('an admission is signed with the invite key under its own label, never as a link', async () => {
    const invite = makeInvite(world, world.founder)
    const person = await makeJoin(world, invite)
    for (const other of Object.values(labels) as readonly Label[]) {
      const byInvite = invite.key.sign(labelled(other, person.genesis.body))
      expect(await admits(verifier, invite.record, invite.value, { ...person.genesis, byInvite }, person.state)).toBe(
        other === labels.inviteUse,
      )
    }
  })
})

test('ten thousand random changes to signed statements: none is taken', async () => {
  const { founder, network } = world
  const invite = makeInvite(world, founder)
  const person = await makeJoin(world, invite)
  const confirmed = makeConfirmation(world, founder, invite, person.state.account)
  const named = makeSigned(profile, labels.profile, profileOf(), founder.device.chain)
  const sent = makeSigned(row, labels.row, rowOf(), founder.device.mls)
  type Statement = { readonly body: Uint8Array; readonly signature: Uint8Array }
  const readers: readonly {
    readonly statement: Statement
    readonly read: (statement: Statement) => Promise<{ readonly ok: boolean }>
  }[] = [
    {
      statement: founder.genesis,
      read: (one) => extendAccountChain(verifier, network.network, undefined, { ...one, byInvite: undefined }),
    },
    {
      statement: world.links[0] ?? confirmed,
      read: (one) => extendNetworkChain(verifier, undefined, one, () => founder.state),
    },
    { statement: invite.record, read: (one) => readInvite(verifier, network.network, one, founder.state) },
    {
      statement: confirmed,
      read: (one) => readConfirmation(verifier, network, one, founder.state.account, () => founder.state),
    },
    { statement: named, read: (one) => readProfile(verifier, network.network, one, founder.state) },
    { statement: sent, read: (one) => readRow(verifier, encode(signedRow, one), () => founder.device.mls.publicKey) },
  ]
  for (const { statement, read } of readers) expect((await read(statement)).ok).toBe(true)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(readers.length - 1),
      fc.boolean(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (index, inBody, where, change) => {
        const reader = readers[index]
        if (reader === undefined) return
        const part = inBody ? reader.statement.body : reader.statement.signature
        const changed = part.map((byte, place) => (place === where % part.length ? byte ^ change : byte))
        expect(
          (
            await reader.read(
              inBody ? { ...reader.statement, body: changed } : { ...reader.statement, signature: changed },
            )
          ).ok,
        ).toBe(false)
      },
    ),
    { numRuns: 10_000 },
  )
})
