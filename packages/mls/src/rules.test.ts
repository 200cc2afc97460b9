/** What the engine must get right, 1 to 5. */
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import {
  createCommit,
  createKeyPackage,
  encodeRatchets,
  epochAuthenticator,
  generateSignatureKeyPair,
  members,
  ownLeaf,
  readKeyPackage,
  receive,
  suites,
  windows,
} from './index.ts'
import { flipped, forge, withSenderData } from '../test/forging.ts'
import { secretTree, takeKeysFor } from './secret-tree.ts'
import { provider } from '../test/provider.ts'
import {
  acceptAll,
  commit,
  device,
  everyoneFollows,
  founded,
  got,
  gotCommit,
  group,
  joined,
  lifetime,
  nowS,
  nth,
  plain,
  refused,
  said,
  text,
} from '../test/test-kit.ts'
import { deriveTreeSecret, expandWithLabel } from './crypto.ts'
import { noBytes } from './bytes.ts'

for (const suite of [suites.x25519Aes128Ed25519, suites.hybrid]) {
  describe(`suite ${suite}`, () => {
    it('1: the sender leaf is checked against the tree before anything is derived from it', async () => {
      const [a, b] = (await group(provider, suite, ['a', 'b', 'c'])) as [never, never]
      const from = a as Parameters<typeof forge>[1]
      for (const leafIndex of [3, 4, 1000, 0x7fffffff, 0xffffffff]) {
        const message = await withSenderData(provider, from, {
          leafIndex,
          generation: 0,
          reuseGuard: new Uint8Array(4),
        })
        expect(refused(await receive({ provider, state: b, message, judge: acceptAll })).code).toBe('unknown-sender')
      }
      const blank = await forge(provider, from, { kind: 'application', data: text('x') }, { ownLeaf: 3 })
      expect(refused(await receive({ provider, state: b, message: blank, judge: acceptAll })).code).toBe(
        'unknown-sender',
      )
      const next = await got(provider, b, (await said(provider, from, 'still here')).message)
      expect(next.kind === 'application' && plain(next.data)).toBe('still here')
    })

    it('2: skipped messages keep key and nonce only; what was opened opens never again', async () => {
      const states = await group(provider, suite, ['a', 'b'])
      let sender = nth(states, 0)
      let reader = nth(states, 1)
      const sent: Uint8Array[] = []
      for (let i = 0; i < 6; i++) {
        const one = await said(provider, sender, `m${i}`)
        sender = one.newState
        sent.push(one.message)
      }
      const secrets = await ratchetSecrets(suite, reader)
      for (const i of [4, 1]) reader = (await got(provider, reader, nth(sent, i))).newState
      const stored = [...encodeRatchets(reader)].map(([name, record]) => `${name}=${hex(record ?? noBytes)}`).join('\n')
      for (let i = 0; i <= 4; i++) expect(stored.includes(nth(secrets, i)), `ratchet secret ${i}`).toBe(false)
      expect(stored.includes(nth(secrets, 5))).toBe(true)
      for (const i of [4, 1])
        expect(refused(await receive({ provider, state: reader, message: nth(sent, i), judge: acceptAll })).code).toBe(
          'already-consumed',
        )
      for (const i of [0, 3, 2, 5]) {
        const received = await got(provider, reader, nth(sent, i))
        expect(received.kind === 'application' && plain(received.data)).toBe(`m${i}`)
        reader = received.newState
      }
      expect([...encodeRatchets(reader).keys()].filter((name) => name.startsWith('s'))).toEqual([])
    })

    /** application_ratchet_secret of leaf 0, generations 0 to 5, in hex, as the reader could derive them before its first message */
    async function ratchetSecrets(
      suiteNumber: number,
      reader: Parameters<typeof encodeRatchets>[0],
    ): Promise<string[]> {
      const c = cryptoOf(provider, suiteNumber)
      if (reader.secretTree.root.kind !== 'secret') throw new Error('expanded already')
      const leaf = await expandWithLabel(c, reader.secretTree.root.secret, 'tree', text('left'), c.suite.hashLength)
      let secret = await expandWithLabel(c, leaf, 'application', noBytes, c.suite.hashLength)
      const found = [hex(secret)]
      for (let i = 0; i < 5; i++)
        found.push(hex((secret = await deriveTreeSecret(c, secret, 'secret', i, c.suite.hashLength))))
      return found
    }

    it('3: a member removed by a commit that gives its leaf to another is told so', async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'], true)
      const newcomer = await device(provider, suite, 'd')
      const made = await commit(provider, nth(states, 0), {
        proposals: [{ remove: 1 }, { add: newcomer.kit.keyPackage }],
      })
      const gone = await gotCommit(provider, nth(states, 1), made.message)
      expect(gone.removed).toBe(true)
      expect(plain(nth(members(made.newState), 1).identity)).toBe('d')
      expect(
        refused(await receive({ provider, state: gone.newState, message: made.message, judge: acceptAll })).code,
      ).toBe('group-closed')
      const stays = await gotCommit(provider, nth(states, 2), made.message)
      expect(stays.removed).toBe(false)
      const { state } = await joined(provider, newcomer, made)
      expect(ownLeaf(state)).toBe(1)
      expect(hex(epochAuthenticator(state))).toBe(hex(epochAuthenticator(stays.newState)))
    })

    it('4: a new signature key and an Add in one commit: the newcomer joins', async () => {
      const states = await group(provider, suite, ['a', 'b'])
      const newcomer = await device(provider, suite, 'c')
      const keys = await generateSignatureKeyPair(provider, suite)
      const made = await commit(provider, nth(states, 0), {
        proposals: [{ add: newcomer.kit.keyPackage }],
        leaf: { signatureKeyPair: keys },
      })
      const { state } = await joined(provider, newcomer, made)
      const other = await gotCommit(provider, nth(states, 1), made.message)
      expect(hex(nth(members(state), 0).signatureKey)).toBe(hex(keys.publicKey))
      const hello = await got(provider, state, (await said(provider, made.newState, 'hi')).message)
      expect(hello.kind === 'application' && plain(hello.data)).toBe('hi')
      expect(hex(epochAuthenticator(other.newState))).toBe(hex(epochAuthenticator(state)))
    })

    it('5: lifetimes are judged by the committer and by every receiver; key packages are validated before they are committed', async () => {
      const states = await group(provider, suite, ['a', 'b'])
      const late = await device(provider, suite, 'late', { lifetime: { notBeforeS: nowS - 1000, notAfterS: nowS - 1 } })
      const early = await device(provider, suite, 'early', {
        lifetime: { notBeforeS: nowS + 1, notAfterS: nowS + 1000 },
      })
      const long = await device(provider, suite, 'long', {
        lifetime: { notBeforeS: nowS - 1, notAfterS: nowS + acceptAll.lifetimeMaxS + 1 },
      })
      for (const { kit } of [late, early, long]) {
        const result = refused(
          await createCommit({
            provider,
            state: nth(states, 0),
            proposals: [{ add: kit.keyPackage }],
            judge: acceptAll,
          }),
        )
        expect([result.code, result.fault]).toEqual(['lifetime-refused', 'caller'])
        const lax = {
          ...acceptAll,
          nowS: kit === late.kit ? nowS - 10 : kit === early.kit ? nowS + 10 : nowS,
          lifetimeMaxS: Number.POSITIVE_INFINITY,
        }
        const made = await commit(provider, nth(states, 0), { proposals: [{ add: kit.keyPackage }], judge: lax })
        expect(
          refused(await receive({ provider, state: nth(states, 1), message: made.message, judge: acceptAll })).code,
        ).toBe('lifetime-refused')
      }
      const good = await device(provider, suite, 'good')
      for (const at of [good.kit.keyPackage.length - 1, 20, 200]) {
        const bad = flipped(good.kit.keyPackage, at)
        expect(await readKeyPackage(provider, bad)).toBeUndefined()
        expect(
          refused(await createCommit({ provider, state: nth(states, 0), proposals: [{ add: bad }], judge: acceptAll }))
            .ok,
        ).toBe(false)
      }
      expect((await readKeyPackage(provider, good.kit.keyPackage))?.lastResort).toBe(false)
      const last = await createKeyPackage({
        provider,
        suite,
        identity: text('l'),
        signatureKeyPair: good.keys,
        lifetime,
        lastResort: true,
      })
      expect(await readKeyPackage(provider, last.keyPackage)).toMatchObject({ suite, lastResort: true, lifetime })
    })

    it('a credential the judge refuses is refused at the adder, at members, at joiners', async () => {
      const states = await group(provider, suite, ['a', 'b'])
      const mallory = await device(provider, suite, 'mallory')
      const judge = {
        ...acceptAll,
        credential: ({ identity }: { identity: Uint8Array }) => plain(identity) !== 'mallory',
      }
      expect(
        refused(
          await createCommit({ provider, state: nth(states, 0), proposals: [{ add: mallory.kit.keyPackage }], judge }),
        ).code,
      ).toBe('credential-refused')
      const made = await commit(provider, nth(states, 0), { proposals: [{ add: mallory.kit.keyPackage }] })
      expect(refused(await receive({ provider, state: nth(states, 1), message: made.message, judge })).code).toBe(
        'credential-refused',
      )
      const no = { ...acceptAll, commit: () => false }
      expect(refused(await receive({ provider, state: nth(states, 1), message: made.message, judge: no })).code).toBe(
        'commit-refused',
      )
      expect(refused(await createCommit({ provider, state: nth(states, 0), proposals: [], judge: no })).code).toBe(
        'commit-refused',
      )
    })
  })
}

describe('windows', () => {
  it('8: how far ahead and how many skipped keys are limits with names', async () => {
    const suite = suites.x25519Aes128Ed25519
    const c = cryptoOf(provider, suite)
    const tree = secretTree(2, provider.random(32))
    const limits = { forwardGenerations: 10, skippedKeys: 4 }
    expect(await takeKeysFor(c, tree, 1, 'application', 11, limits)).toBe('too-far-ahead')
    const taken = await takeKeysFor(c, tree, 1, 'application', 10, limits)
    if (typeof taken === 'string') throw new Error(taken)
    for (const generation of [0, 5])
      expect(await takeKeysFor(c, taken.tree, 1, 'application', generation, limits)).toBe('already-consumed')
    for (const generation of [6, 7, 8, 9])
      expect(typeof (await takeKeysFor(c, taken.tree, 1, 'application', generation, limits))).toBe('object')
    const further = await takeKeysFor(c, taken.tree, 1, 'application', 13, limits)
    if (typeof further === 'string') throw new Error(further)
    expect(await takeKeysFor(c, further.tree, 1, 'application', 7, limits)).toBe('already-consumed')
    expect(typeof (await takeKeysFor(c, further.tree, 1, 'application', 8, limits))).toBe('object')
  })

  it('8: the product refuses a jump over 1,000 generations and keeps the newest 500 keys', async () => {
    expect(windows).toEqual({ forwardGenerations: 1000, skippedKeys: 500 })
    const c = cryptoOf(provider, 1)
    const tree = secretTree(2, provider.random(32))
    expect(await takeKeysFor(c, tree, 1, 'application', 1001, windows)).toBe('too-far-ahead')
    const taken = await takeKeysFor(c, tree, 1, 'application', 1000, windows)
    if (typeof taken === 'string') throw new Error(taken)
    expect(await takeKeysFor(c, taken.tree, 1, 'application', 499, windows)).toBe('already-consumed')
    expect(typeof (await takeKeysFor(c, taken.tree, 1, 'application', 500, windows))).toBe('object')
  })
})

describe('epochs', () => {
  it('old and future epochs and other groups are told apart', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const old = await said(provider, nth(states, 0), 'old')
    const after = await everyoneFollows(provider, states, 1)
    const code = async (state: (typeof states)[number], message: Uint8Array) =>
      refused(await receive({ provider, state, message, judge: acceptAll })).code
    expect(await code(nth(after, 2), old.message)).toBe('old-epoch')
    expect(await code(nth(states, 2), (await said(provider, nth(after, 0), 'new')).message)).toBe('future-epoch')
    expect(await code(await founded(provider, 1, 'x'), old.message)).toBe('wrong-group')
    expect(await code(nth(states, 0), old.message)).toBe('own-message')
  })
})
