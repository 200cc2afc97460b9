/** What the engine must get right, 6, 7 and 9, and who refuses what. */
import { describe, expect, it } from 'vitest'
import { hex, noBytes, sameBytes } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import {
  createCommit,
  createGroupInfo,
  createProposal,
  encodeEpoch,
  encodePastEpoch,
  encodePastRatchets,
  encodeRatchets,
  encodeRatchetTree,
  epochAuthenticator,
  generateSignatureKeyPair,
  joinByExternalCommit,
  joinGroup,
  members,
  protect,
  receive,
  receivePast,
  refusedByAll,
  suites,
  toPastEpoch,
  type GroupState,
} from './index.ts'
import { alteringPathSecrets, flipped, forge, publicApplication, retagged } from '../test/forging.ts'
import { decodeTree, draftOf, encodeTree, nodeKey, setParent } from './ratchet-tree.ts'
import { encodeProposal } from './structures/proposal.ts'
import { provider } from '../test/provider.ts'
import {
  acceptAll,
  commit,
  device,
  everyoneFollows,
  got,
  gotCommit,
  group,
  joined,
  nth,
  ok,
  plain,
  refused,
  said,
  text,
} from '../test/test-kit.ts'
import { parentHashesValid } from './tree-hash.ts'
import { treeStructureValid, unmergedLeavesValid } from './tree-validation.ts'

const both = [suites.x25519Aes128Ed25519, suites.hybrid]

async function code(state: GroupState, message: Uint8Array, judge = acceptAll): Promise<string> {
  return refused(await receive({ provider, state, message, judge })).code
}

describe('6: private keys', () => {
  it('those of blanked and replaced nodes are gone and named as consumed', async () => {
    let states = await group(provider, 1, ['a', 'b', 'c', 'd', 'e'], true)
    const before = nth(states, 1)
    expect(before.privateKeys.size).toBeGreaterThan(2)
    const made = await commit(provider, nth(states, 0), { proposals: [{ remove: 4 }, { remove: 2 }] })
    const received = await gotCommit(provider, before, made.message)
    const after = received.newState
    for (const [node, key] of before.privateKeys) {
      const kept = after.privateKeys.get(node) === key
      expect(kept || received.consumed.includes(key), `node ${node}`).toBe(true)
    }
    for (const node of after.privateKeys.keys()) expect(nodeKey(after.tree, node), `node ${node}`).toBeDefined()
    const stored = hex(encodeEpoch(after))
    for (const key of received.consumed) if (key.length === 32) expect(stored.includes(hex(key))).toBe(false)
    states = [made.newState, after]
    expect(hex(epochAuthenticator(nth(states, 0)))).toBe(hex(epochAuthenticator(nth(states, 1))))
  })

  it('a past epoch opens late messages, holds no ratchet tree and nothing to follow the group with', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const early = await said(provider, nth(states, 0), 'early')
    const late = await said(provider, early.newState, 'late')
    const reader = (await got(provider, nth(states, 1), early.message)).newState
    const past = toPastEpoch(reader)
    const proposal = ok(
      await createProposal({ provider, state: nth(states, 2), proposal: { remove: 0 }, judge: acceptAll }),
    )
    expect(refused(await receivePast({ provider, past, message: proposal.message })).code).toBe('old-epoch')
    const received = ok(await receivePast({ provider, past, message: late.message }))
    expect(plain(received.data)).toBe('late')
    expect(refused(await receivePast({ provider, past: received.newState, message: late.message })).code).toBe(
      'already-consumed',
    )
    const stored =
      hex(encodePastEpoch(past)) +
      [...encodePastRatchets(past).values()].map((record) => hex(record ?? noBytes)).join('')
    for (let node = 0; node < 7; node++) {
      const key = nodeKey(reader.tree, node)
      if (key !== undefined) expect(stored.includes(hex(key))).toBe(false)
    }
    const sender =
      reader.secretTree.root.kind === 'parent' && reader.secretTree.root.left.kind === 'parent'
        ? reader.secretTree.root.left.left
        : undefined
    if (sender?.kind !== 'leaf') throw new Error('the sender was heard')
    expect(stored.includes(hex(sender.application.secret))).toBe(true)
    for (const secret of [
      sender.handshake.secret,
      ...reader.privateKeys.values(),
      reader.secrets.initSecret,
      reader.secrets.exporterSecret,
      reader.secrets.confirmationKey,
      reader.signaturePrivateKey,
    ]) {
      expect(stored.includes(hex(secret))).toBe(false)
    }
  })
})

describe('7: structure', () => {
  it('unmerged leaves are checked in both directions', async () => {
    let states = await group(provider, 1, ['a', 'b', 'c', 'd', 'e', 'f', 'g'], true)
    const newcomer = await device(provider, 1, 'h')
    const made = await commit(provider, nth(states, 0), {
      proposals: [{ add: newcomer.kit.keyPackage }],
      withPath: false,
    })
    const c = cryptoOf(provider, 1)
    const { tree } = made.newState
    expect(tree.parents.map((parent) => parent?.unmergedLeaves.join())).toContain('7')
    expect(await treeStructureValid(c, tree)).toBe(true)
    let tried = 0
    const named = tree.parents
      .map((parent, i) => [2 * i + 1, parent?.unmergedLeaves.join()] as const)
      .filter(([, list]) => list === '7')
      .map(([node]) => node)
    expect(named).toEqual([7, 11])
    const tampered: [string, number, number[]][] = [
      ['not below', 1, [7]],
      ['unknown leaf', 11, [9]],
      ['named above, not in between', 11, []],
    ]
    for (const [what, node, unmergedLeaves] of tampered) {
      const draft = draftOf(tree)
      const parent = draft.parents[node >> 1]
      if (parent === undefined) throw new Error(`node ${node} is blank`)
      setParent(draft, node, { ...parent, unmergedLeaves })
      expect(unmergedLeavesValid(draft), what).toBe(false)
      expect(await treeStructureValid(c, draft), what).toBe(false)
      tried++
    }
    expect(tried).toBe(tampered.length)
    const below = draftOf(tree)
    const top = nth(below.parents, 3)
    if (top !== undefined) setParent(below, 7, { ...top, unmergedLeaves: [] })
    // Named below and not above: what the lists alone cannot show, the parent hashes do.
    expect(await treeStructureValid(c, below)).toBe(false)
    // A leaf outside the tree stands in no resolution and in no hash of a parent: only the lists show it.
    if (top !== undefined) setParent(below, 7, { ...top, unmergedLeaves: [7, 9] })
    expect(await parentHashesValid(c, below)).toBe(true)
    expect(await treeStructureValid(c, below)).toBe(false)
    states = [made.newState]
    expect((await joined(provider, newcomer, made)).state.ownLeaf).toBe(7)
  })

  it('version bytes and trailing bytes', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const { message } = await said(provider, nth(states, 0), 'x')
    expect(await code(nth(states, 1), Uint8Array.of(...message, 0))).toBe('malformed')
    expect(await code(nth(states, 1), message.slice(0, -1))).toBe('malformed')
    for (const version of [0, 2, 0xff])
      expect(await code(nth(states, 1), Uint8Array.of(0, version, ...message.slice(2)))).toBe('malformed')
    expect(decodeTree(Uint8Array.of(...encodeRatchetTree(nth(states, 0)), 0))).toBeUndefined()
  })

  it('external_init stands only in external commits', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const proposal = { kind: 'external-init', kemOutput: provider.random(32) } as const
    expect(encodeProposal(proposal).length).toBe(35)
    const alone = await forge(provider, nth(states, 0), { kind: 'proposal', proposal })
    expect(await code(nth(states, 1), alone)).toBe('proposals-invalid')
    const inCommit = await forge(
      provider,
      nth(states, 0),
      { kind: 'commit', commit: { proposals: [{ kind: 'proposal', proposal }], path: undefined } },
      { tag: provider.random(32) },
    )
    expect(await code(nth(states, 1), inCommit)).toBe('proposals-invalid')
  })

  it('succession: an Update, a commit and an external resync show the judge whom they replace', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const strict = {
      ...acceptAll,
      credential: (q: { identity: Uint8Array; previous: { identity: Uint8Array } | undefined }) =>
        q.previous === undefined || sameBytes(q.identity, q.previous.identity),
    }
    const update = ok(
      await createProposal({
        provider,
        state: nth(states, 0),
        proposal: { update: { identity: text('eve') } },
        judge: acceptAll,
      }),
    )
    expect(await code(nth(states, 1), update.message, strict)).toBe('credential-refused')
    const made = await commit(provider, nth(states, 0), { leaf: { identity: text('eve') } })
    expect(await code(nth(states, 1), made.message, strict)).toBe('credential-refused')
    const keys = await generateSignatureKeyPair(provider, 1)
    const groupInfo = await createGroupInfo({ provider, state: nth(states, 1) })
    const resync = ok(
      await joinByExternalCommit({
        provider,
        groupInfo,
        identity: text('eve'),
        signatureKeyPair: keys,
        replaces: 0,
        judge: acceptAll,
      }),
    )
    expect(await code(nth(states, 1), resync.message, strict)).toBe('credential-refused')
    const closed = { ...acceptAll, commit: ({ external }: { external: boolean }) => !external }
    expect(await code(nth(states, 1), resync.message, closed)).toBe('commit-refused')
    expect(
      await code(nth(states, 1), (await commit(provider, nth(states, 0))).message, strict).catch(
        (error: Error) => error.message,
      ),
    ).toBe('not refused')
  })

  it('application data is never taken from a PublicMessage', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const made = await commit(provider, nth(states, 0), { wireFormat: 'public' })
    expect((await gotCommit(provider, nth(states, 1), made.message)).kind).toBe('commit')
    expect(await code(nth(states, 1), flipped(made.message, made.message.length - 1))).toBe('bad-membership-tag')
    expect(await code(nth(states, 1), await publicApplication(provider, nth(states, 0), text('in the clear')))).toBe(
      'malformed',
    )
  })
})

describe('9: races', () => {
  for (const suite of both) {
    it(`losing costs nothing, suite ${suite}`, async () => {
      const states = await group(provider, suite, ['a', 'b', 'c'])
      const dump = (state: GroupState): string =>
        hex(encodeEpoch(state)) +
        JSON.stringify([...encodeRatchets(state)].map(([name, record]) => [name, hex(record ?? noBytes)]))
      const before = dump(nth(states, 1))
      const lost = await commit(provider, nth(states, 1), { proposals: [{ remove: 2 }] })
      expect(dump(nth(states, 1))).toBe(before)
      const won = await commit(provider, nth(states, 0))
      const [bySame, bySpent] = [
        await gotCommit(provider, nth(states, 1), won.message),
        await gotCommit(provider, lost.currentState, won.message),
      ]
      expect(dump(bySame.newState)).toBe(dump(bySpent.newState))
      expect(await code(won.newState, lost.message)).toBe('old-epoch')
      const again = await commit(provider, bySame.newState, { proposals: [{ remove: 2 }] })
      expect((await gotCommit(provider, won.newState, again.message)).senderLeaf).toBe(1)
    })
  }

  it('a key is never used twice: after a lost or withdrawn commit the next handshake has the next generation', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const first = await commit(provider, nth(states, 0))
    const second = await commit(provider, first.currentState)
    expect(await code((await gotCommit(provider, nth(states, 1), second.message)).newState, first.message)).toBe(
      'old-epoch',
    )
    const records = encodeRatchets(first.currentState, nth(states, 0))
    expect([...records.keys()]).toContain('r0')
  })

  it('of what waits, what was chosen is committed, and the rest is gone', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c', 'd'])
    for (const from of [1, 2]) {
      const proposal = { remove: from }
      const asked = ok(await createProposal({ provider, state: nth(states, from), proposal, judge: acceptAll }))
      states[0] = (await got(provider, nth(states, 0), asked.message)).newState as GroupState
    }
    const made = await commit(provider, nth(states, 0), {
      alsoByReference: ({ proposal }) => proposal.kind === 'remove' && proposal.leafIndex === 2,
    })
    expect(members(made.newState).map((one) => one.leafIndex)).toEqual([0, 1, 3])
    expect(made.newState.proposals.size).toBe(0)
  })

  it('a by-reference proposal dies with its epoch', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const proposed = ok(
      await createProposal({ provider, state: nth(states, 1), proposal: { remove: 2 }, judge: acceptAll }),
    )
    const reader = (await got(provider, nth(states, 0), proposed.message)).newState as GroupState
    expect(reader.proposals.size).toBe(1)
    const made = await commit(provider, nth(states, 2), { alsoByReference: false })
    const after = await gotCommit(provider, reader, made.message)
    expect(after.newState.proposals.size).toBe(0)
    const dead = await forge(
      provider,
      made.newState,
      {
        kind: 'commit',
        commit: { proposals: [{ kind: 'reference', reference: proposed.reference }], path: undefined },
      },
      { tag: provider.random(32) },
    )
    expect(await code(after.newState, dead)).toBe('proposal-unknown')
  })
})

describe('who refuses', () => {
  for (const suite of both) {
    it(`a path one member cannot open is that member's alone, suite ${suite}`, async () => {
      for (const where of ['plaintext', 'ciphertext'] as const) {
        const states = await group(provider, suite, ['a', 'b', 'c', 'd'], true)
        const evil = alteringPathSecrets(provider, suite, 0, where)
        const made = ok(await createCommit({ provider: evil, state: nth(states, 0), proposals: [], judge: acceptAll }))
        expect(await code(nth(states, 1), made.message)).toBe('path-unreadable')
        expect(refusedByAll.has('path-unreadable')).toBe(false)
        expect((await gotCommit(provider, nth(states, 2), made.message)).kind).toBe('commit')
        expect((await gotCommit(provider, nth(states, 3), made.message)).kind).toBe('commit')
      }
    })

    it(`a wrong tag after a path that opened is everyone's, suite ${suite}`, async () => {
      const states = await group(provider, suite, ['a', 'b', 'c', 'd'], true)
      const made = await commit(provider, nth(states, 0))
      const message = await retagged(provider, nth(states, 0), nth(states, 1), made.message)
      for (const i of [1, 2, 3]) expect(await code(nth(states, i), message)).toBe('wrong-confirmation-tag')
      expect(refusedByAll.has('wrong-confirmation-tag')).toBe(true)
      expect((await gotCommit(provider, nth(states, 1), made.message)).kind).toBe('commit')
    })
  }

  it("a foreign signature takes nobody's key", async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const forged = await forge(provider, nth(states, 2), { kind: 'application', data: text('as a') }, { ownLeaf: 0 })
    expect(await code(nth(states, 1), forged)).toBe('bad-signature')
    const real = await got(provider, nth(states, 1), (await said(provider, nth(states, 0), 'as a')).message)
    expect(real.kind).toBe('application')
  })

  it('a joiner refuses a poisoned tree, another tree and a Welcome for someone else', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const [d, e] = [await device(provider, 1, 'd'), await device(provider, 1, 'e')]
    const made = await commit(provider, nth(states, 0), { proposals: [{ add: d.kit.keyPackage }] })
    const base = {
      provider,
      keyPackage: d.kit.keyPackage,
      privateKeys: d.kit.privateKeys,
      signatureKeyPair: d.keys,
      welcome: made.welcome ?? noBytes,
      judge: acceptAll,
    }
    expect(refused(await joinGroup(base)).code).toBe('tree-missing')
    expect(refused(await joinGroup({ ...base, ratchetTree: encodeTree(nth(states, 0).tree) })).code).toBe(
      'tree-invalid',
    )
    expect(
      refused(
        await joinGroup({
          ...base,
          ratchetTree: made.ratchetTree,
          keyPackage: e.kit.keyPackage,
          privateKeys: e.kit.privateKeys,
          signatureKeyPair: e.keys,
        }),
      ).code,
    ).toBe('not-for-us')
    expect(
      refused(
        await joinGroup({
          ...base,
          ratchetTree: made.ratchetTree,
          judge: { ...acceptAll, credential: ({ identity }) => plain(identity) !== 'b' },
        }),
      ).code,
    ).toBe('credential-refused')
    expect(ok(await joinGroup({ ...base, ratchetTree: made.ratchetTree })).signerLeaf).toBe(0)
  })

  it('the committer may not remove itself, remove a blank leaf, or add someone twice', async () => {
    const states = await everyoneFollows(provider, await group(provider, 1, ['a', 'b', 'c']), 0)
    const d = await device(provider, 1, 'd')
    for (const proposals of [[{ remove: 0 }], [{ remove: 3 }], [{ remove: 99 }], [{ remove: 1 }, { remove: 1 }]]) {
      expect(refused(await createCommit({ provider, state: nth(states, 0), proposals, judge: acceptAll })).code).toBe(
        'proposals-invalid',
      )
    }
    const twice = await createCommit({
      provider,
      state: nth(states, 0),
      proposals: [{ add: d.kit.keyPackage }, { add: d.kit.keyPackage }],
      judge: acceptAll,
    })
    expect(refused(twice).code).toBe('leaf-invalid')
    expect(refused(await protect({ provider, state: nth(states, 0), data: text('long'), paddedLength: 3 })).code).toBe(
      'bad-argument',
    )
  })
})
