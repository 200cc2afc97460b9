import { afterEach, expect, test } from 'vitest'
import { sha256 } from '@halyard/crypto'
import { concat, encode, leafCredential, protocolVersion, utf8 } from '@halyard/protocol'
import type { LeafCredential } from '@halyard/protocol'
import { confirmedTranscriptHash, createKeyPackage, createProposal, ownLeaf } from '@halyard/mls'
import type { GroupState } from '@halyard/mls'
import { loadGroup } from '@halyard/client'
import { anything, createHostileMember, spoiling } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import {
  accountOf,
  alarms,
  bytesOf,
  counted,
  createStage,
  invite,
  send,
  spoken,
  texts,
  textRows,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

const canary = 'canary-of-this-file'
let stage: Stage
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) expect(spoken(person)).not.toContain(canary)
})
const epochOf = (person: Person): number => loadGroup(person.database(), stage.conversation)?.current.epoch ?? -1
const hashOf = (message: Uint8Array): Uint8Array => sha256(concat(utf8('Halyard 1 commit\0'), message))
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const quiet = async (): Promise<void> => {
  await send(stage.ava, stage.withBen, `${canary} before`)
  await send(stage.ben, stage.withAva, `${canary} too`)
  await wait(5_000)
}
const commitRow = async (
  mallory: HostileMember,
  message: Uint8Array,
  routing: { added?: Uint8Array[]; removed?: Uint8Array[] } = {},
): Promise<Uint8Array> =>
  mallory.row({ kind: 'commit', message, added: routing.added ?? [], removed: routing.removed ?? [] })

test('T-14 a garbage commit first in line is skipped by all, and the next one counts', async () => {
  stage = await createStage(11)
  await quiet()
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const before = epochOf(stage.ava)
  expect((await mallory.append(await commitRow(mallory, mallory.provider.random(300)))).ok).toBe(true)
  await wait(3_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(1)
  // The quota of the server is one open commit per device: his real client's update waits for nothing of Ava's.
  const valid = await mallory.commit()
  stage.world.serverDatabase().exec('DELETE FROM open_commit')
  expect((await mallory.append(await commitRow(mallory, valid.message))).ok).toBe(true)
  await wait(3_000)
  expect(epochOf(stage.ava)).toBe(before + 1)
  await send(stage.ava, stage.withBen, `${canary} after`)
  await wait(3_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)?.state).toBe('sent')
  expect(alarms(stage.ava)).toEqual([])
})

/** Ben's commit that only he can follow, and what he seals in its epoch. */
const spoiled = async (settles: boolean): Promise<HostileMember> => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const made = await mallory.commit({ provider: spoiling(mallory.provider) })
  const placed = await mallory.append(await commitRow(mallory, made.message))
  expect(placed.ok).toBe(true)
  if (settles && placed.ok)
    await mallory.ask('settle', { conversation: stage.conversation, seq: placed.value.seq, welcomes: [] })
  mallory.standAt({
    ...mallory.group().current,
    state: made.newState,
    epoch: mallory.group().current.epoch + 1,
    madeBy: hashOf(made.message),
    digest: digestOf(made.newState),
  })
  return mallory
}
const digestOf = (state: GroupState): Uint8Array => sha256(confirmedTranscriptHash(state)).slice(0, 16)

test('T-14 a commit with a path that is garbage for the only other member: complaint, repair after 30 s of row time', async () => {
  stage = await createStage(12)
  await quiet()
  const before = epochOf(stage.ava)
  const mallory = await spoiled(false)
  // In the same batch of rows: what was sealed in the epoch that nobody can follow is no second history.
  await mallory.say({ kind: 'text', text: `${canary} void`, ranges: [] })
  await wait(5_000)
  expect(alarms(stage.ava)).toEqual(['cannot-decrypt'])
  expect(epochOf(stage.ava)).toBe(before)
  await send(stage.ava, stage.withBen, `${canary} meanwhile`)
  await wait(20_000)
  expect(epochOf(stage.ava)).toBe(before)
  await wait(20_000)
  expect(epochOf(stage.ava)).toBe(before + 1)
  expect(textRows(stage.ava, stage.withBen).at(-1)).toMatchObject({ text: `${canary} meanwhile`, state: 'sent' })
  // Repaired: the alarm that repairs itself is over.
  expect(alarms(stage.ava)).toEqual([])
})

test('T-14 a committer that settles what nobody can open does not drive the other into a loop', async () => {
  stage = await createStage(13)
  await quiet()
  const before = epochOf(stage.ava)
  await spoiled(true)
  await send(stage.ava, stage.withBen, `${canary} meanwhile`)
  await wait(120_000)
  expect(stage.evil.asked('Ava', 'append')).toBeLessThan(40)
  // The server takes the repair for an epoch that was settled too early.
  expect(epochOf(stage.ava)).toBe(before + 1)
  expect(textRows(stage.ava, stage.withBen).at(-1)).toMatchObject({ text: `${canary} meanwhile`, state: 'sent' })
  expect(alarms(stage.ava)).toEqual([])
})

test('T-14 an honest committer undoes what was complained of: messages of the void epoch arrive once, under the same ids', async () => {
  stage = await createStage(14)
  const { ava, ben, withBen, withAva } = stage
  await quiet()
  // Ben's disk is the judge: what reaches him of Ava's commit is spoiled on its way, and she does not know.
  await makeDue(ava)
  spoilOpening(ben)
  await wait(2_000)
  await send(ava, withBen, `${canary} in the void epoch`)
  await wait(3_000)
  expect(alarms(ben)).toEqual(['cannot-decrypt'])
  await wait(60_000)
  healOpening()
  stage.evil.turnHonest()
  await wait(60_000)
  expect(texts(ben, withAva).at(-1)).toBe(`${canary} in the void epoch`)
  expect(texts(ben, withAva)).toHaveLength(3)
  expect(texts(ava, withBen)).toEqual(texts(ben, withAva))
  expect(textRows(ava, withBen).at(-1)?.state).toBe('delivered')
  expect(epochOf(ava)).toBe(epochOf(ben))
  expect(alarms(ava)).toEqual([])
  expect(alarms(ben)).toEqual([])
})
/** An update of the own leaf becomes due, as it does after a week. */
const makeDue = async (person: Person): Promise<void> => {
  await person.quit()
  await person.start()
  person.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [stage.conversation])
}
/** HPKE openings of path secrets fail for one person, as they do when the committer sealed garbage to them alone. */
let heal: (() => void) | undefined
const spoilOpening = (person: Person): void => {
  heal = stage.world.spoil(person.name)
}
const healOpening = (): void => heal?.()

test('T-14 a false complaint, and a later commit by its author: nothing is lost or doubled', async () => {
  stage = await createStage(15)
  await quiet()
  await makeDue(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  await wait(2_000)
  const own = loadGroup(stage.ava.database(), stage.conversation)?.current
  expect(own?.epoch).toBe(mallory.group().current.epoch + 1)
  await mallory.append(await mallory.row({ kind: 'complaint', commit: own?.madeBy ?? new Uint8Array(32) }))
  await send(stage.ava, stage.withBen, `${canary} now`)
  await wait(40_000)
  const made = await mallory.commit()
  expect((await mallory.append(await commitRow(mallory, made.message))).ok).toBe(true)
  await wait(5_000)
  const now = loadGroup(stage.ava.database(), stage.conversation)?.current
  expect(now?.madeBy).toEqual(hashOf(made.message))
  const row = textRows(stage.ava, stage.withBen).at(-1)
  expect(row).toMatchObject({ text: `${canary} now`, state: 'sent' })
  expect(texts(stage.ava, stage.withBen).filter((text) => text.endsWith('now'))).toHaveLength(1)
})

test('T-14 a complaint after somebody else has spoken in the epoch changes nothing', async () => {
  stage = await createStage(16)
  await quiet()
  await makeDue(stage.ava)
  await wait(3_000)
  await send(stage.ben, stage.withAva, `${canary} in the new epoch`)
  await wait(3_000)
  const madeBy = loadGroup(stage.ava.database(), stage.conversation)?.current.madeBy ?? new Uint8Array(32)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  await mallory.append(await mallory.row({ kind: 'complaint', commit: madeBy }))
  await wait(60_000)
  expect(loadGroup(stage.ava.database(), stage.conversation)?.current.madeBy).toEqual(madeBy)
})

test('T-14 a commit for an old epoch, and the same one again, change nothing', async () => {
  stage = await createStage(17)
  await quiet()
  await makeDue(stage.ava)
  const old = loadGroup(stage.ben.database(), stage.conversation)
  await wait(5_000)
  const now = epochOf(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  if (old !== undefined) mallory.standAt(old.current)
  const late = await commitRow(mallory, (await mallory.commit()).message)
  expect(await mallory.append(late)).toMatchObject({ ok: false, code: 'epoch-old' })
  // The server lets it in all the same.
  stage.world.serverDatabase().exec('UPDATE conversation SET epoch = 0')
  expect((await mallory.append(late)).ok).toBe(true)
  expect((await mallory.append(late)).ok).toBe(false)
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(now)
  expect(alarms(stage.ava)).toEqual([])
  await send(stage.ava, stage.withBen, `${canary} still`)
  await wait(3_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)?.state).toBe('sent')
})

test('T-14 both update at once: one wins, the lost commit costs nothing, receipts and messages arrive', async () => {
  stage = await createStage(18)
  const { ava, ben, withBen, withAva } = stage
  await quiet()
  await makeDue(ava)
  await makeDue(ben)
  await send(ava, withBen, `${canary} a`)
  await send(ben, withAva, `${canary} b`)
  await wait(60_000)
  expect(epochOf(ava)).toBe(epochOf(ben))
  expect(texts(ava, withBen)).toEqual(texts(ben, withAva))
  expect(texts(ava, withBen)).toHaveLength(4)
  for (const person of [ava, ben]) expect(alarms(person)).toEqual([])
  expect(
    textRows(ava, withBen)
      .filter((row) => row.own)
      .map((row) => row.state),
  ).toEqual(['delivered', 'delivered'])
  expect(
    textRows(ben, withAva)
      .filter((row) => row.own)
      .map((row) => row.state),
  ).toEqual(['delivered', 'delivered'])
})

test('T-15 routing unlike the proposals is skipped', async () => {
  stage = await createStage(19)
  await quiet()
  const before = epochOf(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const made = await mallory.commit()
  const removed = [loadGroup(stage.ava.database(), stage.conversation)].map(() =>
    stage.world.providerFor('x').random(16),
  )
  await mallory.append(await commitRow(mallory, made.message, { removed }))
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'commit-routing')).toBe(1)
})

test('T-01 T-02 a commit that adds a leaf of somebody outside the room is skipped, and the log goes on', async () => {
  stage = await createStage(20)
  await quiet()
  const cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(5_000)
  const before = epochOf(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const known = await mallory.ask('claim-key-packages', { account: bytesOf(accountOf(cy)) })
  if (!known.ok) throw new Error(known.code)
  const foreign = known.value.packages[0]?.package ?? new Uint8Array()
  const device = known.value.packages[0]?.device ?? new Uint8Array(16)
  const made = await mallory.commit({ proposals: [{ add: foreign }] })
  await mallory.append(await commitRow(mallory, made.message, { added: [device] }))
  stage.world.serverDatabase().exec('DELETE FROM open_commit')
  // Somebody that no chain names at all: judging must not wait for a chain that will never come.
  const keys = await mallory.provider.signatureKeyPair('ed25519')
  const ghost = await createKeyPackage({
    provider: mallory.provider,
    suite: 0xf07a,
    identity: ghostCredential(mallory),
    signatureKeyPair: keys,
    lifetime: { notBeforeS: Date.UTC(2029, 11, 31) / 1000, notAfterS: Date.UTC(2030, 0, 20) / 1000 },
    lastResort: false,
    extensionTypes: [0xf0a1],
  })
  const second = await mallory.commit({ proposals: [{ add: ghost.keyPackage }] })
  await mallory.append(await commitRow(mallory, second.message, { added: [new Uint8Array(16)] }))
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(2)
  await send(stage.ava, stage.withBen, `${canary} on`)
  await wait(5_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)?.state).toBe('sent')
})
const ghostCredential = (mallory: HostileMember): Uint8Array =>
  encode(leafCredential, {
    version: protocolVersion,
    network: mallory.identity.network,
    account: mallory.provider.random(32),
    device: new Uint8Array(16),
    chain: { seq: 0, hash: new Uint8Array(32) },
  })

test('T-02 a commit whose leaf names another device or an unsigned chain is skipped or waits with words, never applied', async () => {
  stage = await createStage(21)
  await quiet()
  const before = epochOf(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const { identity } = mallory
  const credential = (over: Partial<LeafCredential>): Uint8Array =>
    encode(leafCredential, {
      version: protocolVersion,
      network: identity.network,
      account: identity.account,
      device: identity.keys.device,
      chain: { seq: 0, hash: identity.account },
      ...over,
    })
  for (const over of [
    { device: new Uint8Array(16) },
    { account: bytesOf(accountOf(stage.ava)) },
    { network: new Uint8Array(32) },
    { chain: { seq: 0, hash: new Uint8Array(32) } },
  ]) {
    const made = await mallory.commit({ leaf: { identity: credential(over) } })
    stage.world.serverDatabase().exec('DELETE FROM open_commit')
    expect((await mallory.append(await commitRow(mallory, made.message))).ok).toBe(true)
  }
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(4)
  // A head far ahead of everything known: it may only be that the server withholds it. Nothing is applied.
  const ahead = await mallory.commit({
    leaf: { identity: credential({ chain: { seq: 9, hash: new Uint8Array(32) } }) },
  })
  stage.world.serverDatabase().exec('DELETE FROM open_commit')
  expect(await mallory.append(await commitRow(mallory, ahead.message))).toMatchObject({ ok: true })
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(alarms(stage.ava)).toEqual(['device-behind'])
})

test('T-15 proposals by reference, and a context that changes the room, are never committed', async () => {
  stage = await createStage(22)
  await quiet()
  const before = epochOf(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const proposed = await createProposal({
    provider: mallory.provider,
    state: mallory.state(),
    proposal: { remove: 1 - ownLeaf(mallory.state()) },
    judge: anything,
  })
  if (!proposed.ok) throw new Error(proposed.code)
  await mallory.append(await mallory.row({ kind: 'application', message: proposed.message }))
  const byReference = await mallory.commit({ state: proposed.newState })
  await mallory.append(await commitRow(mallory, byReference.message))
  stage.world.serverDatabase().exec('DELETE FROM open_commit')
  const other = await mallory.commit({ proposals: [{ groupContextExtensions: [] }] })
  await mallory.append(await commitRow(mallory, other.message))
  await wait(5_000)
  expect(epochOf(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(2)
  expect(stage.ava.stopped()).toBeUndefined()
  await send(stage.ava, stage.withBen, `${canary} here`)
  await wait(3_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)?.state).toBe('sent')
})
