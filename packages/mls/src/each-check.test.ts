/** Checks that stand behind others, each made to act by itself: a hostile maker gets past everything but the one. */
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import { cryptoOf } from './crypto.ts'
import {
  createCommit,
  createKeyPackage,
  createProposal,
  decodeState,
  encodeEpoch,
  encodeExternalSenders,
  encodeRatchets,
  extensionTypes,
  generateSignatureKeyPair,
  groupId,
  isRefusal,
  joinGroup,
  protect,
  receive,
  waitingProposalsMax,
  windows,
  type CommitOptions,
  type GroupState,
  type Judge,
  type Provider,
} from './index.ts'
import { encodePrivateKeys, decodePrivateKeys, ownCapabilities, signLeaf, sourceOf } from './key-packages.ts'
import { membersFit } from './leaf-validation.ts'
import { openPrivate } from './message-protection.ts'
import { applyProposals, type ListedProposal } from './proposal-list.ts'
import { draftOf, setLeaf } from './ratchet-tree.ts'
import { viewOfState } from './send.ts'
import type { Commit } from './structures/commit.ts'
import { decodeGroupInfo, encodeGroupInfo, groupInfoToBeSigned } from './structures/group-info.ts'
import { decodeMlsMessage } from './structures/mls-message.ts'
import { decodeGroupSecrets, encodeGroupSecrets } from './structures/welcome.ts'
import { signWithLabel } from './crypto.ts'
import { flipped, forge } from '../test/forging.ts'
import { provider } from '../test/provider.ts'
import {
  acceptAll,
  commit,
  device,
  got,
  gotCommit,
  group,
  lifetime,
  nth,
  ok,
  refused,
  said,
  text,
} from '../test/test-kit.ts'

const c = cryptoOf(provider, 1)

async function code(state: GroupState, message: Uint8Array): Promise<string> {
  return refused(await receive({ provider, state, message, judge: acceptAll })).code
}
async function codeOfCommit(state: GroupState, options: Partial<CommitOptions>): Promise<string> {
  return refused(await createCommit({ provider, state, proposals: [], judge: acceptAll, ...options })).code
}
/** What a member sent, as a fellow member opens it. */
async function opened(reader: GroupState, message: Uint8Array): Promise<{ commit: Commit; tag: Uint8Array }> {
  const decoded = decodeMlsMessage(message)
  if (decoded?.kind !== 'private') throw new Error('not private')
  const result = await openPrivate(c, viewOfState(reader), decoded.message, windows)
  if (isRefusal(result) || result.content.framed.content.kind !== 'commit') throw new Error('not a commit')
  return { commit: result.content.framed.content.commit, tag: result.content.auth.confirmationTag ?? text('') }
}
const ownLeafOf = (state: GroupState) => {
  const leaf = state.tree.leaves[state.ownLeaf]
  if (leaf === undefined) throw new Error('no leaf')
  return leaf
}

describe('leaves', () => {
  it('a key package whose init key is its encryption key', async () => {
    const [state] = await group(provider, 1, ['a'])
    const keys = await generateSignatureKeyPair(provider, 1)
    const lacking: Provider = { ...provider, random: (length) => new Uint8Array(length).fill(7) }
    const made = await createKeyPackage({
      provider: lacking,
      suite: 1,
      identity: text('x'),
      signatureKeyPair: keys,
      lifetime,
    })
    const proposals = [{ add: made.keyPackage }]
    expect(await codeOfCommit(state as GroupState, { proposals })).toBe('leaf-invalid')
  })

  it('a leaf that does not list the suite', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const state = nth(states, 0)
    const leaf = await signLeaf(
      c,
      {
        ...ownLeafOf(state),
        encryptionKey: provider.random(32),
        source: { kind: 'update' },
        capabilities: { ...ownCapabilities([]), suites: [2] },
      },
      state.signaturePrivateKey,
      groupId(state),
      0,
    )
    const message = await forge(provider, state, { kind: 'proposal', proposal: { kind: 'update', leaf } })
    expect(await code(nth(states, 1), message)).toBe('leaf-invalid')
  })

  it('one signature key in two leaves of a tree that is joined', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const { tree } = nth(states, 0)
    expect(membersFit(tree)).toBeUndefined()
    const draft = draftOf(tree)
    const [first, second] = tree.leaves
    if (first === undefined || second === undefined) throw new Error('no leaves')
    setLeaf(draft, 1, { ...second, signatureKey: first.signatureKey })
    expect(membersFit(draft)?.reason).toMatch(/signature key/)
  })
})

describe('proposals', () => {
  it('what an external commit may not bring or refer to', async () => {
    const [state] = await group(provider, 1, ['a', 'b'])
    if (state === undefined) throw new Error('no group')
    const byNewcomer = { proposer: { kind: 'member', leafIndex: -1 }, byReference: false } as const
    const init: ListedProposal = { ...byNewcomer, proposal: { kind: 'external-init', kemOutput: provider.random(32) } }
    const remove: ListedProposal = { ...byNewcomer, proposal: { kind: 'remove', leafIndex: 1 } }
    const extensions: ListedProposal = { ...byNewcomer, proposal: { kind: 'group-context-extensions', extensions: [] } }
    const apply = async (list: readonly ListedProposal[]): Promise<string> => {
      const applied = await applyProposals(c, state.tree, state.context, list, { kind: 'external' }, acceptAll)
      return isRefusal(applied) ? applied.code : 'applied'
    }
    expect(await apply([init])).toBe('applied')
    expect(await apply([init, remove])).toBe('applied')
    expect(await apply([init, extensions])).toBe('proposals-invalid')
    expect(await apply([init, { ...remove, byReference: true }])).toBe('proposals-invalid')
    expect(await apply([init, init])).toBe('proposals-invalid')
  })

  it('an external sender whom the judge does not know', async () => {
    const states = await group(provider, 1, ['a', 'b'])
    const service = await generateSignatureKeyPair(provider, 1)
    const data = encodeExternalSenders([
      { signatureKey: service.publicKey, credential: { type: 1, identity: text('service') } },
    ])
    const proposals = [{ groupContextExtensions: [{ type: extensionTypes.externalSenders, data }] }]
    const judge: Judge = { ...acceptAll, credential: ({ source }) => source !== 'external-sender' }
    expect(await codeOfCommit(nth(states, 0), { proposals, judge })).toBe('credential-refused')
    const made = await commit(provider, nth(states, 0), { proposals })
    const told = await receive({ provider, state: nth(states, 1), message: made.message, judge })
    expect(refused(told).code).toBe('credential-refused')
  })

  it('more proposals than may wait', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const sent = ok(
      await createProposal({ provider, state: nth(states, 0), proposal: { remove: 2 }, judge: acceptAll }),
    )
    const heard = await got(provider, nth(states, 1), sent.message)
    if (heard.kind !== 'proposal') throw new Error('not a proposal')
    const [stored] = heard.newState.proposals.values()
    if (stored === undefined) throw new Error('not stored')
    const full = new Map(Array.from({ length: waitingProposalsMax }, (_, at) => [String(at), stored]))
    expect(await code({ ...nth(states, 1), proposals: full }, sent.message)).toBe('proposals-invalid')
    full.delete('0')
    expect((await got(provider, { ...nth(states, 1), proposals: full }, sent.message)).kind).toBe('proposal')
  })

  it('one proposal referred to twice', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const newcomer = await device(provider, 1, 'd')
    const proposal = { add: newcomer.kit.keyPackage }
    const sent = ok(await createProposal({ provider, state: nth(states, 0), proposal, judge: acceptAll }))
    const heard = await got(provider, nth(states, 1), sent.message)
    if (heard.kind !== 'proposal') throw new Error('not a proposal')
    const item = { kind: 'reference', reference: heard.reference } as const
    const content = { kind: 'commit', commit: { proposals: [item, item], path: undefined } } as const
    const message = await forge(provider, nth(states, 2), content, { tag: provider.random(32) })
    expect(await code(heard.newState, message)).toBe('proposals-invalid')
  })
})

describe('paths', () => {
  it('a leaf that was made for a key package', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const state = nth(states, 0)
    const leaf = await signLeaf(
      c,
      { ...ownLeafOf(state), encryptionKey: provider.random(32), source: sourceOf(lifetime) },
      state.signaturePrivateKey,
      groupId(state),
      0,
    )
    const content = { kind: 'commit', commit: { proposals: [], path: { leaf, nodes: [] } } } as const
    expect(await code(nth(states, 1), await forge(provider, state, content, { tag: provider.random(32) }))).toBe(
      'leaf-invalid',
    )
  })

  it('a leaf whose signature is another', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const label = hex(text('LeafNodeTBS'))
    const evil: Provider = {
      ...provider,
      async sign(name, key, data) {
        const signature = await provider.sign(name, key, data)
        return signature && hex(data.subarray(0, 40)).includes(label) ? flipped(signature, 9) : signature
      },
    }
    const made = ok(await createCommit({ provider: evil, state: nth(states, 0), proposals: [], judge: acceptAll }))
    expect(await code(nth(states, 1), made.message)).toBe('bad-signature')
  })

  it('a secret left out for somebody: all refuse, not only who lacks it', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c', 'd'], true)
    const made = await commit(provider, nth(states, 0))
    const sent = await opened(nth(states, 1), made.message)
    const { path } = sent.commit
    if (path === undefined) throw new Error('no path')
    const nodes = path.nodes.map((node, at) => (at === 0 ? { ...node, sealedPathSecrets: [] } : node))
    const content = { kind: 'commit', commit: { ...sent.commit, path: { ...path, nodes } } } as const
    const message = await forge(provider, nth(states, 0), content, { tag: sent.tag })
    for (const reader of states.slice(1)) expect(await code(reader, message)).toBe('path-invalid')
  })

  it('a group that is being re-initialised follows nothing', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const made = await commit(provider, nth(states, 0))
    expect(await code({ ...nth(states, 1), status: 'reinit' }, made.message)).toBe('group-closed')
    expect((await gotCommit(provider, nth(states, 1), made.message)).kind).toBe('commit')
  })
})

describe('keys and records', () => {
  it('two messages of one generation do not share a nonce', async () => {
    const [state] = await group(provider, 1, ['a', 'b'])
    if (state === undefined) throw new Error('no group')
    const data = text('the same')
    const messages = [await protect({ provider, state, data }), await protect({ provider, state, data })].map(ok)
    expect(hex(nth(messages, 0).message)).not.toBe(hex(nth(messages, 1).message))
  })

  it('the secrets above a sender are named as used up by its first message', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const state = nth(states, 0)
    if (state.secretTree.root.kind !== 'secret') throw new Error('the tree was used already')
    const above = state.secretTree.root.secret
    const sent = await said(provider, state, 'x')
    expect(sent.consumed).toContain(above)
    const reader = nth(states, 1)
    if (reader.secretTree.root.kind !== 'secret') throw new Error('the tree was used already')
    const received = await got(provider, reader, sent.message)
    expect(received.consumed).toContain(reader.secretTree.root.secret)
  })

  it('a record of another version is not read, and a closed group stays closed', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const first = await said(provider, nth(states, 0), 'skipped')
    const second = await said(provider, first.newState, 'read')
    const { newState } = await got(provider, nth(states, 1), second.message)
    const records = new Map(
      [...encodeRatchets(newState as GroupState)].flatMap(([name, record]) =>
        record ? [[name, record] as const] : [],
      ),
    )
    const epochRecord = encodeEpoch(newState as GroupState)
    expect(decodeState(epochRecord, records)).toBeDefined()
    const kept = [...records.keys()].find((name) => name.startsWith('s'))
    if (kept === undefined) throw new Error('nothing was skipped')
    expect(
      decodeState(epochRecord, new Map(records).set(kept, flipped(records.get(kept) ?? text(''), 0, 3))),
    ).toBeUndefined()

    const removal = await commit(provider, nth(states, 0), { proposals: [{ remove: 2 }] })
    const removed = (await gotCommit(provider, nth(states, 2), removal.message)).newState
    const stored = new Map(
      [...encodeRatchets(removed)].flatMap(([name, record]) => (record ? [[name, record] as const] : [])),
    )
    expect(decodeState(encodeEpoch(removed), stored)?.status).toBe('removed')
  })
})

describe('Welcomes', () => {
  /** Joins with what `change` makes of the sealed parts of an honest Welcome. */
  const join = async (
    change: (plaintext: Uint8Array, newcomer: Awaited<ReturnType<typeof device>>) => Promise<Uint8Array> | Uint8Array,
    privateKeys?: (own: Uint8Array) => Uint8Array,
  ): Promise<string> => {
    const states = await group(provider, 1, ['a', 'b', 'c'], true)
    const newcomer = await device(provider, 1, 'd')
    const evil: Provider = {
      ...provider,
      seal: async (name, key, nonce, aad, plaintext) =>
        provider.seal(name, key, nonce, aad, aad.length === 0 ? await change(plaintext, newcomer) : plaintext),
    }
    const proposals = [{ add: newcomer.kit.keyPackage }]
    const made = ok(await createCommit({ provider: evil, state: nth(states, 0), proposals, judge: acceptAll }))
    const joined = await joinGroup({
      provider,
      welcome: made.welcomes[0]?.welcome ?? text(''),
      keyPackage: newcomer.kit.keyPackage,
      privateKeys: (privateKeys ?? ((own) => own))(newcomer.kit.privateKeys),
      signatureKeyPair: newcomer.keys,
      ratchetTree: made.ratchetTree,
      judge: acceptAll,
    })
    return isRefusal(joined) ? joined.code : 'joined'
  }

  it('an honest one is joined', async () => {
    expect(await join((plaintext) => plaintext)).toBe('joined')
  })

  it('one that the newcomer itself is said to have signed', async () => {
    const code = await join(async (plaintext, newcomer) => {
      const info = decodeGroupInfo(plaintext)
      if (info === undefined) return plaintext
      const own = { ...info, signer: 3 }
      const signature = await signWithLabel(c, newcomer.keys.privateKey, 'GroupInfoTBS', groupInfoToBeSigned(own))
      return encodeGroupInfo({ ...own, signature })
    })
    expect(code).toBe('welcome-invalid')
  })

  it('a path secret that does not fit the tree', async () => {
    const code = await join((plaintext) => {
      const secrets = decodeGroupSecrets(plaintext)
      if (secrets?.pathSecret === undefined) return plaintext
      return encodeGroupSecrets({ ...secrets, pathSecret: flipped(secrets.pathSecret, 0) })
    })
    expect(code).toBe('path-unreadable')
  })

  it('a private key that is not the one of the key package', async () => {
    const code = await join(
      (plaintext) => plaintext,
      (own) => encodePrivateKeys(decodePrivateKeys(own)?.init ?? text(''), provider.random(32)),
    )
    expect(code).toBe('bad-argument')
  })
})
