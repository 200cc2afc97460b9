/** What a hostile member or outsider might have committed, each refused by everyone with the code that names it. */
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import {
  createCommit,
  createExternalProposal,
  createKeyPackage,
  encodeExternalSenders,
  encodeRequiredCapabilities,
  epoch,
  epochAuthenticator,
  extensionTypes,
  generateSignatureKeyPair,
  groupContextExtensions,
  groupId,
  receive,
  createGroup,
  refusedByAll,
  type GroupState,
  type Provider,
} from './index.ts'
import { flipped, forge } from '../test/forging.ts'
import { signLeaf } from './key-packages.ts'
import { deterministicProvider } from './providers/deterministic.ts'
import { decodeTree, draftOf, encodeTree, setParent } from './ratchet-tree.ts'
import { decodeKeyPackage } from './structures/key-package.ts'
import type { Proposal } from './structures/proposal.ts'
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
  nth,
  ok,
  refused,
  said,
  text,
} from '../test/test-kit.ts'

async function code(state: GroupState, message: Uint8Array): Promise<string> {
  const refusal = refused(await receive({ provider, state, message, judge: acceptAll }))
  expect(refusedByAll.has(refusal.code), refusal.code).toBe(true)
  return refusal.code
}

async function forgedCommit(state: GroupState, proposals: readonly Proposal[]): Promise<Uint8Array> {
  const list = proposals.map((proposal) => ({ kind: 'proposal', proposal }) as const)
  return forge(
    provider,
    state,
    { kind: 'commit', commit: { proposals: list, path: undefined } },
    { tag: provider.random(32) },
  )
}

/** A key package of a device whose signature key is given. */
async function packageWith(keys: { publicKey: Uint8Array; privateKey: Uint8Array }): Promise<Proposal> {
  const made = await createKeyPackage({ provider, suite: 1, identity: text('x'), signatureKeyPair: keys, lifetime })
  const keyPackage = decodeKeyPackage(made.keyPackage)
  if (keyPackage === undefined) throw new Error('own key package')
  return { kind: 'add', keyPackage }
}

describe('hostile commits', () => {
  it('padding that is not zero', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const evil: Provider = {
      ...provider,
      seal: (name, key, nonce, aad, plaintext) =>
        provider.seal(
          name,
          key,
          nonce,
          aad,
          plaintext.length > 60 ? flipped(plaintext, plaintext.length - 1) : plaintext,
        ),
    }
    expect(await code(nth(states, 1), (await said(evil, nth(states, 0), 'x')).message)).toBe('bad-padding')
  })

  it('a Remove, or nothing at all, without a path', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    expect(await code(nth(states, 1), await forgedCommit(nth(states, 0), [{ kind: 'remove', leafIndex: 2 }]))).toBe(
      'path-missing',
    )
    expect(await code(nth(states, 1), await forgedCommit(nth(states, 0), []))).toBe('path-missing')
    expect(
      await code(
        nth(states, 1),
        await forgedCommit(nth(states, 0), [{ kind: 'group-context-extensions', extensions: [] }]),
      ),
    ).toBe('path-missing')
  })

  it('a path whose keys are not new', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const constant = deterministicProvider((length) => new Uint8Array(length).fill(7))
    const lacking: Provider = { ...provider, random: constant.random }
    const first = ok(await createCommit({ provider: lacking, state: nth(states, 0), proposals: [], judge: acceptAll }))
    const reader = (await gotCommit(provider, nth(states, 1), first.message)).newState
    const second = ok(await createCommit({ provider: lacking, state: first.newState, proposals: [], judge: acceptAll }))
    expect(await code(reader, second.message)).toBe('path-invalid')
  })

  it('a path whose parent hashes are wrong', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    // A ParentHashInput begins with a 32-byte key; tree hash inputs begin with 1 or 2.
    const evil: Provider = {
      ...provider,
      hash: async (name, data) =>
        data[0] === 32 && data.length < 110 ? flipped(await provider.hash(name, data), 0) : provider.hash(name, data),
    }
    const made = ok(await createCommit({ provider: evil, state: nth(states, 0), proposals: [], judge: acceptAll }))
    expect(await code(nth(states, 1), made.message)).toBe('path-invalid')
  })

  it('an Update that keeps its key, and one of another leaf', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const c = cryptoOf(provider, 1)
    const state = nth(states, 0)
    const old = nth(state.tree.leaves, 0)
    if (old === undefined) throw new Error('no leaf')
    const same = await signLeaf(c, { ...old, source: { kind: 'update' } }, state.signaturePrivateKey, groupId(state), 0)
    expect(
      await code(
        nth(states, 1),
        await forge(provider, state, { kind: 'proposal', proposal: { kind: 'update', leaf: same } }),
      ),
    ).toBe('proposals-invalid')
    const elsewhere = await signLeaf(
      c,
      { ...old, encryptionKey: provider.random(32), source: { kind: 'update' } },
      state.signaturePrivateKey,
      groupId(state),
      1,
    )
    expect(
      await code(
        nth(states, 1),
        await forge(provider, state, { kind: 'proposal', proposal: { kind: 'update', leaf: elsewhere } }),
      ),
    ).toBe('bad-signature')
    const asAdd = await signLeaf(
      c,
      { ...old, encryptionKey: provider.random(32), source: { kind: 'key-package', notBefore: 0n, notAfter: 1n } },
      state.signaturePrivateKey,
      groupId(state),
      0,
    )
    expect(
      await code(
        nth(states, 1),
        await forge(provider, state, { kind: 'proposal', proposal: { kind: 'update', leaf: asAdd } }),
      ),
    ).toBe('proposals-invalid')
  })

  it('a signature key that is in the group already, or twice in the list', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const state = nth(states, 0)
    const publicKey = nth(state.tree.leaves, 0)?.signatureKey ?? text('')
    const again = await packageWith({ publicKey, privateKey: state.signaturePrivateKey })
    expect(await code(nth(states, 1), await forgedCommit(state, [again]))).toBe('leaf-invalid')
    const keys = await generateSignatureKeyPair(provider, 1)
    expect(
      await code(nth(states, 1), await forgedCommit(state, [await packageWith(keys), await packageWith(keys)])),
    ).toBe('leaf-invalid')
  })

  it('lists that break the rules', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c', 'd'])
    const reinit: Proposal = { kind: 'reinit', groupId: text('g'), version: 1, suite: 1, extensions: [] }
    const psk: Proposal = { kind: 'psk', id: { kind: 'external', id: text('i'), nonce: provider.random(32) } }
    const branch: Proposal = {
      kind: 'psk',
      id: { kind: 'resumption', usage: 'branch', groupId: text('g'), epoch: 1n, nonce: provider.random(32) },
    }
    const extensions: Proposal = { kind: 'group-context-extensions', extensions: [] }
    const lists: Proposal[][] = [
      [reinit, { kind: 'remove', leafIndex: 2 }],
      [{ ...reinit, version: 0 }],
      [psk, psk],
      [branch],
      [extensions, extensions],
      [{ kind: 'remove', leafIndex: 0 }],
      [
        { kind: 'remove', leafIndex: 2 },
        { kind: 'remove', leafIndex: 2 },
      ],
      [{ kind: 'remove', leafIndex: 77 }],
    ]
    for (const list of lists)
      expect(await code(nth(states, 1), await forgedCommit(nth(states, 0), list))).toBe('proposals-invalid')
  })

  it('a Welcome whose GroupInfo is not signed, or has another confirmation tag', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const newcomer = await device(provider, 1, 'c')
    const welcomed = async (by: Provider): Promise<string> => {
      const made = ok(
        await createCommit({
          provider: by,
          state: nth(states, 0),
          proposals: [{ add: newcomer.kit.keyPackage }],
          judge: acceptAll,
        }),
      )
      return joined(provider, newcomer, made).then(
        () => 'joined',
        (error: Error) => error.message,
      )
    }
    expect(await welcomed(provider)).toBe('joined')
    const label = hex(text('GroupInfoTBS'))
    const unsigned: Provider = {
      ...provider,
      sign: async (name, key, data) => {
        const signature = await provider.sign(name, key, data)
        return signature && hex(data.subarray(0, 40)).includes(label) ? flipped(signature, 9) : signature
      },
    }
    expect(await welcomed(unsigned)).toContain('bad-signature')
    // The tag is the one HMAC over a value that came straight from the hash.
    const hashed = new WeakSet<Uint8Array>()
    const mistagged: Provider = {
      ...provider,
      hash: async (name, data) => {
        const digest = await provider.hash(name, data)
        hashed.add(digest)
        return digest
      },
      hmac: async (name, key, data) => {
        const tag = await provider.hmac(name, key, data)
        return hashed.has(data) ? flipped(tag, 0) : tag
      },
    }
    expect(await welcomed(mistagged)).toContain('wrong-confirmation-tag')
  })

  it('unmerged leaves out of order are no tree', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c', 'd', 'e'], true)
    const comers = [await device(provider, 1, 'f'), await device(provider, 1, 'g')]
    const made = await commit(provider, nth(states, 0), {
      proposals: comers.map((d) => ({ add: d.kit.keyPackage })),
      withPath: false,
    })
    const draft = draftOf(made.newState.tree)
    const root = nth(draft.parents, 3)
    if (root === undefined) throw new Error('blank root')
    expect(root.unmergedLeaves).toEqual([5, 6])
    expect(decodeTree(encodeTree(draft))).toBeDefined()
    setParent(draft, 7, { ...root, unmergedLeaves: [6, 5] })
    expect(decodeTree(encodeTree(draft))).toBeUndefined()
    expect((await joined(provider, nth(comers, 0), made)).signerLeaf).toBe(0)
  })
})

describe('extensions and outsiders', () => {
  it('group context extensions must be supported by all, and are agreed', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const unknown = [{ type: 0xf111, data: text('room') }]
    expect(
      refused(
        await createCommit({
          provider,
          state: nth(states, 0),
          proposals: [{ groupContextExtensions: unknown }],
          judge: acceptAll,
        }),
      ).code,
    ).toBe('proposals-invalid')
    const required = (extension: number) => [
      {
        type: extensionTypes.requiredCapabilities,
        data: encodeRequiredCapabilities({ extensions: [extension], proposals: [], credentials: [1] }),
      },
    ]
    expect(
      refused(
        await createCommit({
          provider,
          state: nth(states, 0),
          proposals: [{ groupContextExtensions: required(0xf111) }],
          judge: acceptAll,
        }),
      ).code,
    ).toBe('proposals-invalid')
    const after = await everyoneFollows(provider, states, 0, {
      proposals: [{ groupContextExtensions: required(extensionTypes.lastResort) }],
    })
    for (const state of after)
      expect(groupContextExtensions(state).map(({ type }) => type)).toEqual([extensionTypes.requiredCapabilities])
  })

  it("the caller's own extension is carried by those who list it and refuses those who do not", async () => {
    const keys = await generateSignatureKeyPair(provider, 1)
    const extensions = [{ type: 0xf222, data: text('policy') }]
    const state = await createGroup({
      provider,
      suite: 1,
      groupId: provider.random(16),
      identity: text('a'),
      signatureKeyPair: keys,
      lifetime,
      extensions,
    })
    const plainDevice = await device(provider, 1, 'b')
    expect(
      refused(
        await createCommit({ provider, state, proposals: [{ add: plainDevice.kit.keyPackage }], judge: acceptAll }),
      ).code,
    ).toBe('leaf-invalid')
    const kit = await createKeyPackage({
      provider,
      suite: 1,
      identity: text('b'),
      signatureKeyPair: plainDevice.keys,
      lifetime,
      extensionTypes: [0xf222],
    })
    const made = await commit(provider, state, { proposals: [{ add: kit.keyPackage }] })
    expect(groupContextExtensions((await joined(provider, { ...plainDevice, kit }, made)).state)).toEqual(extensions)
  })

  it('external senders and newcomers may propose what they may, and nothing else', async () => {
    const service = await generateSignatureKeyPair(provider, 1)
    const sender = encodeExternalSenders([
      { signatureKey: service.publicKey, credential: { type: 1, identity: text('service') } },
    ])
    const states = await everyoneFollows(provider, await group(provider, 1, ['a', 'b', 'c']), 0, {
      proposals: [{ groupContextExtensions: [{ type: extensionTypes.externalSenders, data: sender }] }],
    })
    const base = { provider, suite: 1, groupId: groupId(nth(states, 0)), epoch: epoch(nth(states, 0)) }
    const removal = ok(
      await createExternalProposal({ ...base, proposal: { remove: 2 }, signatureKeyPair: service, senderIndex: 0 }),
    )
    const newcomer = await device(provider, 1, 'd')
    const request = ok(
      await createExternalProposal({
        ...base,
        proposal: { add: newcomer.kit.keyPackage },
        signatureKeyPair: newcomer.keys,
      }),
    )
    const heard = await Promise.all(
      states.map(
        async (state) =>
          (await got(provider, (await got(provider, state, removal.message)).newState as GroupState, request.message))
            .newState as GroupState,
      ),
    )
    const made = await commit(provider, nth(heard, 0))
    expect((await gotCommit(provider, nth(heard, 2), made.message)).removed).toBe(true)
    const other = await gotCommit(provider, nth(heard, 1), made.message)
    expect(other.proposals.map(({ kind, proposer }) => `${proposer.kind} ${kind}`)).toEqual([
      'external remove',
      'new-member add',
    ])
    expect(hex(epochAuthenticator((await joined(provider, newcomer, made)).state))).toBe(
      hex(epochAuthenticator(other.newState)),
    )
    expect(
      await code(
        nth(states, 1),
        ok(
          await createExternalProposal({ ...base, proposal: { remove: 2 }, signatureKeyPair: service, senderIndex: 1 }),
        ).message,
      ),
    ).toBe('unknown-sender')
    const stranger = await generateSignatureKeyPair(provider, 1)
    expect(
      await code(
        nth(states, 1),
        ok(
          await createExternalProposal({
            ...base,
            proposal: { remove: 2 },
            signatureKeyPair: stranger,
            senderIndex: 0,
          }),
        ).message,
      ),
    ).toBe('bad-signature')
    expect(
      refused(await createExternalProposal({ ...base, proposal: { remove: 2 }, signatureKeyPair: stranger })).code,
    ).toBe('bad-argument')
    expect((await founded(provider, 1, 'z')).status).toBe('open')
  })
})
