/** Key packages that are signed by their device, and that nothing may be made with. */
import { expect, test } from 'vitest'
import { assert, equal } from '@halyard/protocol'
import { createKeyPackage, memberAt, ownLeaf, suites } from '@halyard/mls'
import type { CipherSuite } from '@halyard/mls'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import { accountOf, createStage, finish, invite, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

/** Ben cheats: he signs a key package himself, and the server shows it in the place of his others. */
const showOnly = async (stage: Stage, made: { readonly suite: CipherSuite; readonly extensionTypes: number[] }) => {
  const { world, evil, ben, conversation } = stage
  const mallory = await createHostileMember(world, ben, conversation)
  const { identity, provider } = mallory
  const own = memberAt(mallory.state(), ownLeaf(mallory.state()))
  assert(own !== undefined, 'no leaf')
  const { keyPackage } = await createKeyPackage({
    provider,
    identity: own.identity,
    signatureKeyPair: identity.keys.mls,
    lifetime: { notBeforeS: world.time.nowMs() / 1000 - 60, notAfterS: world.time.nowMs() / 1000 + 86_400 },
    ...made,
  })
  const shown = { times: 0 }
  evil.onAnswer('claim-key-packages', (answer, _who, request) => {
    if (!equal(request.account, identity.account)) return { pass: answer }
    shown.times++
    return { pass: { packages: [{ device: identity.keys.device, package: keyPackage, lastResort: false }] } }
  })
  return shown
}
const create = async (stage: Stage, kind: 'group' | 'room', people: readonly string[]): Promise<string> => {
  const making = stage.ava.member()?.commands.createGroup({ kind, title: 'Desk', people })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no group')
  return made.value
}
const members = (person: Person, chatId: string): readonly string[] =>
  (person.member()?.query('members', { chatId }) ?? [])
    .filter((one) => !one.waiting)
    .map((one) => one.person.name)
    .toSorted()

test('T-62 key packages of a suite without post-quantum keys are nobody: nothing is made with them', async () => {
  const stage = await createStage(62)
  const { world, ava, ben } = stage
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(10_000)
  const people = [accountOf(ben), accountOf(cy)]
  const shown = await showOnly(stage, { suite: suites.x25519Aes128Ed25519, extensionTypes: [0xf0a1] })
  const chat = await create(stage, 'group', people)
  await world.time.run(20_000)
  expect(shown.times).toBeGreaterThan(0)
  expect(members(ava, chat)).toEqual(['Ava', 'Cy'])
  await send(ava, chat, 'without Ben')
  await world.time.run(5_000)
  expect(texts(cy, chat)).toEqual(['without Ben'])
  expect(world.faults).toEqual([])
})

test('T-41 whoever can be added by no commit does not keep another from going', async () => {
  const stage = await createStage(63)
  const { world, ava, ben } = stage
  const cy = await invite(world, ava, 'Cy')
  const eve = await invite(world, ava, 'Eve')
  await world.time.run(10_000)
  const benId = accountOf(ben)
  const chat = await create(stage, 'room', [accountOf(cy), accountOf(eve)])
  await world.time.run(5_000)
  // It does not say that it understands what a conversation is.
  const shown = await showOnly(stage, { suite: suites.hybrid, extensionTypes: [] })
  const commands = ava.member()?.commands
  await commands?.addPeople({ chatId: chat, people: [benId] })
  await commands?.removePerson({ chatId: chat, accountId: accountOf(eve) })
  await world.time.run(20_000)
  expect(shown.times).toBeGreaterThan(0)
  expect(members(ava, chat)).toEqual(['Ava', 'Cy'])
  await send(ava, chat, 'without Eve')
  await world.time.run(5_000)
  expect(texts(cy, chat)).toEqual(['without Eve'])
  expect(texts(eve, chat)).toEqual([])
  expect(world.faults).toEqual([])
})
