/** For tests alone: a simulated group whose members live through random histories and must agree after each step. */
import { hex } from '../src/bytes.ts'
import {
  confirmedTranscriptHash,
  createProposal,
  decodePastEpoch,
  decodeState,
  encodePastEpoch,
  encodePastRatchets,
  epoch,
  epochAuthenticator,
  createGroupInfo,
  generateSignatureKeyPair,
  isRefusal,
  joinByExternalCommit,
  joinGroup,
  members,
  ownLeaf,
  receive,
  receivePast,
  type CommitCreated,
  type CommitOptions,
  type GroupState,
  type Provider,
  type Records,
} from '../src/index.ts'
import { attack, poison, type Weigh } from './fuzz/attacks.ts'
import { apply, chooser, keep, person, type Late, type Person, type Scene } from './history-people.ts'
import { linkedSteps } from './linked-steps.ts'
import {
  acceptAll,
  commit,
  device,
  founded,
  got,
  gotCommit,
  nth,
  ok,
  plain,
  said,
  text,
  type Device,
} from './test-kit.ts'

export type Tally = Record<string, number>

export type HistoryOptions = { readonly sizeMax?: number; readonly hostile?: boolean; readonly weigh?: Weigh }

export async function randomHistory(
  provider: Provider,
  firstSuite: number,
  random: (length: number) => Uint8Array,
  steps: number,
  tally: Tally,
  { sizeMax = 9, hostile = false, weigh = (call) => call() }: HistoryOptions = {},
): Promise<void> {
  const chooses = chooser(random)
  const { below, pick, chance } = chooses
  const count = (what: string): void => {
    tally[what] = (tally[what] ?? 0) + 1
  }
  let born = 0
  const newcomer = (): Promise<Device> => device(provider, scene.suite, `p${born++}`)
  const first = await founded(provider, firstSuite, `p${born++}`)
  const people = [person('p0', first)]
  const scene: Scene = { provider, choose: chooses, sizeMax, count, suite: firstSuite, people, newcomer, land }
  const linked = linkedSteps(scene)

  async function deliver(who: Person, late: Late): Promise<void> {
    const now = epoch(who.state)
    if (late.epoch === now) {
      const received = await got(provider, who.state, late.message)
      if (received.kind !== 'application' || plain(received.data) !== late.data)
        throw new Error('another text came out')
      keep(who, received.newState)
      const again = await receive({ provider, state: who.state, message: late.message, judge: acceptAll })
      if (!isRefusal(again) || again.code !== 'already-consumed') throw new Error('one message opened twice')
      count('message delivered twice')
    } else {
      const past = who.past.find((p) => Number(p.context.epoch) === late.epoch)
      if (past === undefined) return
      const received = ok(await receivePast({ provider, past, message: late.message }))
      if (plain(received.data) !== late.data) throw new Error('another text came out of the past')
      who.past = who.past.map((p) => (p === past ? received.newState : p))
      count('late message of a past epoch')
    }
    who.read.add(late.data)
  }

  /** One commit wins; everyone else in the group follows or is told it was removed. */
  async function land(author: Person, made: CommitCreated, comers: readonly Device[]): Promise<void> {
    const stay: Person[] = []
    for (const who of scene.people) {
      if (who === author) {
        keep(who, made.newState)
        stay.push(who)
        continue
      }
      const received = await gotCommit(provider, who.state, made.message)
      keep(who, received.newState)
      if (received.removed && comers.length > 0) count('told of own removal by a commit that also adds')
      if (received.removed) count('told of own removal')
      else stay.push(who)
    }
    scene.people = stay
    for (const [i, comer] of comers.entries()) {
      const whole = chance(30)
      const welcome = whole ? made.welcome : made.welcomes[made.welcomes.length - comers.length + i]?.welcome
      const result = ok(
        await joinGroup({
          provider,
          welcome: welcome ?? new Uint8Array(0),
          keyPackage: comer.kit.keyPackage,
          privateKeys: comer.kit.privateKeys,
          signatureKeyPair: comer.keys,
          ratchetTree: made.ratchetTree,
          judge: acceptAll,
        }),
      )
      scene.people.push(person(comer.name, result.state))
    }
    for (const who of scene.people) who.inbox = who.inbox.filter((late) => late.epoch + 2 >= epoch(who.state))
  }

  async function ready(who: Person): Promise<{ options: Partial<CommitOptions>; comers: Device[]; kind: string }> {
    const others = scene.people.filter((other) => other !== who)
    const kind =
      scene.people.length < 2
        ? 'add'
        : pick(['add', 'add', 'remove', 'update', 'rotate and add', 'remove and add', 'rotate'])
    const comers: Device[] = []
    const proposals: { add: Uint8Array }[] = []
    const room = sizeMax - scene.people.length
    if (kind.includes('add')) {
      for (let i = Math.min(1 + below(3), Math.max(room, kind === 'remove and add' ? 1 : 0)); i > 0; i--) {
        const comer = await newcomer()
        comers.push(comer)
        proposals.push({ add: comer.kit.keyPackage })
      }
    }
    const removes = kind.includes('remove') ? [{ remove: ownLeaf(pick(others).state) }] : []
    const leaf = kind.includes('rotate')
      ? { signatureKeyPair: await generateSignatureKeyPair(provider, scene.suite) }
      : undefined
    return {
      kind,
      comers,
      options: {
        proposals: [...removes, ...proposals],
        alsoByReference: false,
        ...(leaf === undefined ? {} : { leaf }),
        withPath: kind !== 'add' || chance(60),
      },
    }
  }

  async function proposals(): Promise<void> {
    for (const who of scene.people) {
      if (!chance(25) || scene.people.length < 3) continue
      const target = pick(scene.people)
      const what = chance(60)
        ? { update: chance(30) ? { signatureKeyPair: await generateSignatureKeyPair(provider, scene.suite) } : {} }
        : { remove: ownLeaf(target.state) }
      const sent = ok(await createProposal({ provider, state: who.state, proposal: what, judge: acceptAll }))
      keep(who, sent.newState)
      for (const other of scene.people)
        if (other !== who) keep(other, (await got(provider, other.state, sent.message)).newState as GroupState)
      count('proposal by reference')
    }
  }

  async function commitStep(): Promise<void> {
    const byReference = chance(35)
    if (byReference) await proposals()
    const author = pick(scene.people)
    const { options, comers, kind } = byReference
      ? { options: {}, comers: [], kind: 'commit by reference' }
      : await ready(author)
    const made = await commit(provider, author.state, options)
    if (!byReference && scene.people.length > 2 && chance(30)) {
      const loser = pick(scene.people.filter((other) => other !== author))
      const lost = await commit(provider, loser.state, { alsoByReference: false })
      keep(loser, lost.currentState)
      count('lost race')
    }
    count(kind)
    if (comers.length > 0) count(`add of ${comers.length}`)
    keep(author, made.currentState)
    const others = scene.people.filter((other) => other !== author)
    if (others.length > 0 && chance(30)) {
      const ahead = await said(provider, made.newState, 'ahead of its commit')
      await refusedAs('future-epoch', pick(others), ahead.message, 'message before the commit it follows')
    }
    if (hostile && others.length > 0)
      await attack(
        provider,
        scene.suite,
        chooses,
        scene.people.map(({ state }) => state),
        made.message,
        count,
        weigh,
      )
    if (hostile && comers.length > 0) await poison(provider, scene.suite, chooses, nth(comers, 0), made, count, weigh)
    await land(author, made, comers)
    const still = others.filter((other) => scene.people.includes(other))
    if (still.length > 0 && chance(30))
      await refusedAs('old-epoch', pick(still), made.message, 'commit of a past epoch')
  }

  async function externalStep(): Promise<void> {
    if (scene.people.length >= sizeMax) return
    const sponsor = pick(scene.people)
    const resync = chance(40) && scene.people.length > 1
    const gone = resync ? pick(scene.people.filter((other) => other !== sponsor)) : undefined
    const keys = await generateSignatureKeyPair(provider, scene.suite)
    const name = gone?.name ?? `p${born++}`
    const result = ok(
      await joinByExternalCommit({
        provider,
        groupInfo: await createGroupInfo({ provider, state: sponsor.state }),
        identity: text(name),
        signatureKeyPair: keys,
        judge: acceptAll,
        ...(gone === undefined ? {} : { replaces: ownLeaf(gone.state) }),
      }),
    )
    count(resync ? 'external resync' : 'external join')
    const stay: Person[] = []
    for (const who of scene.people) {
      const received = await gotCommit(provider, who.state, result.message)
      keep(who, received.newState)
      if (received.removed !== (who === gone)) throw new Error('removal told to the wrong member')
      if (!received.removed) stay.push(who)
    }
    scene.people = [...stay, person(name, result.state)]
  }

  /** What is no message for its reader now: refused by a value, and nothing changes. */
  async function refusedAs(code: string, who: Person, message: Uint8Array, kind: string): Promise<void> {
    const result = await receive({ provider, state: who.state, message, judge: acceptAll })
    if (!isRefusal(result) || result.code !== code) throw new Error(`${kind}: not refused as ${code}`)
    count(kind)
  }

  async function talkStep(): Promise<void> {
    for (let i = 1 + below(4); i > 0; i--) {
      const who = pick(scene.people)
      const data = `${who.name} ${epoch(who.state)} ${hex(random(4))}`
      const sent = await said(provider, who.state, data)
      keep(who, sent.newState)
      if (chance(30)) await refusedAs('own-message', who, sent.message, 'own message came back')
      if (hostile)
        await attack(
          provider,
          scene.suite,
          chooses,
          scene.people.map(({ state }) => state),
          sent.message,
          count,
          weigh,
        )
      for (const other of scene.people) {
        if (other === who) continue
        if (chance(15)) count('lost message')
        else other.inbox.push({ message: sent.message, data, epoch: epoch(who.state), sender: who.name })
      }
    }
  }

  async function readStep(): Promise<void> {
    for (const who of scene.people) {
      while (who.inbox.length > 0 && chance(80)) {
        const at = below(who.inbox.length)
        const [late] = who.inbox.splice(at, 1)
        if (at > 0) count('out of order')
        if (late !== undefined) await deliver(who, late)
      }
    }
  }

  function restoreStep(): void {
    const who = pick(scene.people)
    const restored = decodeState(who.disk.epochRecord, who.disk.records as Records)
    if (restored === undefined) throw new Error('a stored state cannot be read')
    who.state = restored
    who.disk.of = restored
    who.past = who.past.map((past) => {
      const records = new Map<string, Uint8Array>()
      apply(records, encodePastRatchets(past))
      const again = decodePastEpoch(encodePastEpoch(past), records)
      if (again === undefined) throw new Error('a stored past epoch cannot be read')
      return again
    })
    count('restored')
  }

  function agree(): void {
    const view = (who: Person): string =>
      [
        epoch(who.state),
        hex(epochAuthenticator(who.state)),
        hex(confirmedTranscriptHash(who.state)),
        members(who.state)
          .map((m) => `${m.leafIndex}:${plain(m.identity)}`)
          .join(),
      ].join('|')
    const [reference, ...rest] = scene.people.map(view)
    for (const [i, other] of rest.entries())
      if (other !== reference) throw new Error(`${scene.people[i + 1]?.name} disagrees:\n${other}\n${reference}`)
  }

  for (let step = 0; step < steps; step++) {
    const dice = below(1000)
    if (scene.people.length < 2 || dice < 330) await commitStep()
    else if (dice < 500) await talkStep()
    else if (dice < 660) await readStep()
    else if (dice < 740) restoreStep()
    else if (dice < 820) await externalStep()
    else if (dice < 855) await linked.pskStep()
    else if (dice < 955) await linked.outsiderStep()
    else if (dice < 980) await linked.branchStep()
    else await linked.reinitStep()
    agree()
  }
}
