/** For tests alone: steps of a random history with keys from outside, parties from outside, and groups that follow others. */
import { hex, sameBytes } from '../src/bytes.ts'
import { cryptoOf } from '../src/crypto.ts'
import {
  createExternalProposal,
  createGroup,
  decodeState,
  encodeEpoch,
  encodeExternalSenders,
  encodeRatchets,
  epoch,
  epochAuthenticator,
  extensionTypes,
  generateSignatureKeyPair,
  groupContextExtensions,
  groupId,
  groupStatus,
  isRefusal,
  joinGroup,
  ownLeaf,
  receive,
  suites,
  type CommitCreated,
  type CommitReceived,
  type GroupState,
  type PreSharedKeyId,
  type ProposalInput,
  type Records,
  type SignatureKeyPair,
} from '../src/index.ts'
import { keep, person, type Person, type Scene } from './history-people.ts'
import { acceptAll, commit, device, got, gotCommit, lifetime, nth, ok, sameNames, text } from './test-kit.ts'
import type { Device } from './test-kit.ts'

export interface LinkedSteps {
  /** A commit with a key from outside, or from an epoch before. */
  pskStep(): Promise<void>
  /** A sender outside the group, or a newcomer, proposes; a member commits it. */
  outsiderStep(): Promise<void>
  /** Some members make a group of their own; it is looked at and forgotten. */
  branchStep(): Promise<void>
  /** The group ends, and goes on as another, of another suite. */
  reinitStep(): Promise<void>
}

export const linkedSteps = (scene: Scene): LinkedSteps => {
  const { provider, count } = scene
  const { pick, chance, below } = scene.choose
  /** Who may propose from outside, by the epoch in which the group learned it. */
  let outsider: SignatureKeyPair | undefined

  const others = (who: Person): Person[] => scene.people.filter((other) => other !== who)

  async function pskStep(): Promise<void> {
    const author = pick(scene.people)
    const key = provider.random(32)
    const nonce = provider.random(cryptoOf(provider, scene.suite).suite.hashLength)
    const external = chance(50)
    const id: PreSharedKeyId = external
      ? { kind: 'external', id: text('of both sides'), nonce }
      : { kind: 'resumption', usage: 'application', groupId: groupId(author.state), epoch: sharedEpoch(), nonce }
    const made = await commit(provider, author.state, {
      proposals: [{ psk: id }],
      alsoByReference: false,
      psk: () => key,
      withPath: chance(50),
    })
    keep(author, made.currentState)
    for (const who of others(author)) {
      if (external && chance(30)) {
        const wrong = chance(50)
        const result = await receive({
          provider,
          state: who.state,
          message: made.message,
          judge: acceptAll,
          psk: () => (wrong ? provider.random(32) : undefined),
        })
        const code = wrong ? 'wrong-confirmation-tag' : 'psk-unknown'
        if (!isRefusal(result) || result.code !== code) throw new Error(`another key from outside: not ${code}`)
        count('commit with a key that this member lacks')
      }
      const received = ok(
        await receive({ provider, state: who.state, message: made.message, judge: acceptAll, psk: () => key }),
      )
      keep(who, (received as CommitReceived).newState)
    }
    keep(author, made.newState)
    count(external ? 'key from outside' : 'key of an earlier epoch')
  }

  /** One whose secret all here have: this one, or the one before when everybody was there. */
  function sharedEpoch(): bigint {
    const now = nth(scene.people, 0).state.context.epoch
    const old = scene.people.every(({ past }) => past.some(({ context }) => context.epoch === now - 1n))
    return old && chance(70) ? now - 1n : now
  }

  async function outsiderStep(): Promise<void> {
    if (outsider === undefined || chance(10)) return nameOutsider()
    const room = scene.people.length < scene.sizeMax
    const kind = pick(room ? ['adds', 'removes', 'asks to be added'] : ['removes'])
    if (kind === 'removes' && scene.people.length < 3) return
    const target = kind === 'removes' ? pick(scene.people) : undefined
    const comer = target === undefined ? await scene.newcomer() : undefined
    const proposal: ProposalInput =
      target === undefined ? { add: comer?.kit.keyPackage ?? new Uint8Array(0) } : { remove: ownLeaf(target.state) }
    const any = nth(scene.people, 0).state
    const { message } = ok(
      await createExternalProposal({
        provider,
        suite: scene.suite,
        groupId: groupId(any),
        epoch: epoch(any),
        proposal,
        ...(kind === 'asks to be added' && comer !== undefined
          ? { signatureKeyPair: comer.keys }
          : { signatureKeyPair: outsider, senderIndex: 0 }),
      }),
    )
    for (const who of scene.people) keep(who, (await got(provider, who.state, message)).newState as GroupState)
    const author = pick(scene.people.filter((who) => who !== target))
    const made = await commit(provider, author.state)
    keep(author, made.currentState)
    await scene.land(author, made, comer === undefined ? [] : [comer])
    if (target !== undefined && scene.people.includes(target)) throw new Error('who was removed from outside is there')
    count(kind === 'asks to be added' ? 'newcomer asks to be added' : `outsider ${kind}`)
  }

  /** From now on this key alone may propose from outside. */
  async function nameOutsider(): Promise<void> {
    const keys = await generateSignatureKeyPair(provider, scene.suite)
    const data = encodeExternalSenders([
      { signatureKey: keys.publicKey, credential: { type: 1, identity: text('outside') } },
    ])
    const author = pick(scene.people)
    const made = await commit(provider, author.state, {
      proposals: [{ groupContextExtensions: [{ type: extensionTypes.externalSenders, data }] }],
      alsoByReference: false,
    })
    keep(author, made.currentState)
    await scene.land(author, made, [])
    outsider = keys
    for (const { state } of scene.people)
      if (!sameBytes(nth(groupContextExtensions(state), 0).data, data)) throw new Error('another extension came out')
    count('extensions of the group')
  }

  async function branchStep(): Promise<void> {
    if (scene.people.length < 2) return
    const author = pick(scene.people)
    const chosen = others(author).slice(0, 1 + below(3))
    const made = await successor('branch', author, chosen, scene.suite, provider.random(16))
    if (made.states.some((state) => !alike(state, nth(made.states, 0)))) throw new Error('a branch disagrees')
    count('branch')
  }

  async function reinitStep(): Promise<void> {
    if (scene.people.length < 2) return
    const author = pick(scene.people)
    const suite = scene.suite === suites.hybrid || !chance(25) ? suites.x25519Aes128Ed25519 : suites.hybrid
    const id = provider.random(16)
    const made = await commit(provider, author.state, {
      proposals: [{ reinit: { groupId: id, suite, extensions: [] } }],
      alsoByReference: false,
    })
    for (const who of scene.people) {
      const now = who === author ? made.newState : (await gotCommit(provider, who.state, made.message)).newState
      who.state = chance(50) ? restored(now) : now
      if (groupStatus(who.state) !== 'reinit') throw new Error('a group that ended goes on')
    }
    const founder = pick(scene.people)
    const rest = others(founder)
    const next = await successor('reinit', founder, rest, suite, id)
    scene.suite = suite
    scene.people = [founder, ...rest].map(({ name }, at) => person(name, nth(next.states, at)))
    outsider = undefined
    count('the group goes on as another')
  }

  /** A group of these, founded by the first, that follows theirs; its states in their order. A stranger cannot join it. */
  async function successor(
    usage: 'reinit' | 'branch',
    founder: Person,
    rest: readonly Person[],
    suite: number,
    id: Uint8Array,
  ): Promise<{ readonly states: readonly GroupState[] }> {
    const first = await device(provider, suite, founder.name)
    const alone = await createGroup({
      provider,
      suite,
      groupId: id,
      identity: text(founder.name),
      signatureKeyPair: first.keys,
      lifetime,
    })
    const comers: Device[] = []
    for (const { name } of rest) comers.push(await device(provider, suite, name))
    const made = await commit(provider, alone, {
      proposals: comers.map(({ kit }) => ({ add: kit.keyPackage })),
      link: { usage, parent: founder.state },
    })
    const states = [made.newState]
    for (const [at, comer] of comers.entries()) {
      const stranger = await joinAs(comer, made, undefined)
      if (!isRefusal(stranger) || stranger.code !== 'psk-unknown') throw new Error(`joined a ${usage} as a stranger`)
      states.push(ok(await joinAs(comer, made, nth(rest, at).state)).state)
    }
    return { states }
  }

  const joinAs = (comer: Device, made: CommitCreated, parent: GroupState | undefined) =>
    joinGroup({
      provider,
      welcome: made.welcome ?? new Uint8Array(0),
      ratchetTree: made.ratchetTree,
      keyPackage: comer.kit.keyPackage,
      privateKeys: comer.kit.privateKeys,
      signatureKeyPair: comer.keys,
      judge: acceptAll,
      ...(parent === undefined ? {} : { parent: { state: parent, membersMatch: sameNames } }),
    })

  return { pskStep, outsiderStep, branchStep, reinitStep }
}

const alike = (a: GroupState, b: GroupState): boolean => hex(epochAuthenticator(a)) === hex(epochAuthenticator(b))

const restored = (state: GroupState): GroupState => {
  const again = decodeState(encodeEpoch(state), encodeRatchets(state) as Records)
  if (again === undefined) throw new Error('a stored state of a group that ended cannot be read')
  return again
}
