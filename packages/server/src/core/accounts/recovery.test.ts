import { describe, expect, test } from 'vitest'
import { recoverySigner } from '@halyard/protocol'
import type { AccountLink } from '@halyard/protocol'
import { createDevice, createKey, extendAccount, random } from '../../../test/people.ts'
import type { Device, Person } from '../../../test/people.ts'
import { createWorld, origin } from '../../../test/world.ts'

/** A card as the server meets it: a key that signs, a place, something sealed. */
const createCard = () => ({ key: createKey(), locator: random(16), sealed: random(90) })
type Card = ReturnType<typeof createCard>
const newKey = (card: Card): AccountLink['change'] => ({
  kind: 'replace-recovery-key',
  atMs: 1,
  recoveryKey: card.key.publicKey,
})
const put = (person: Person, card: Card) => ({
  link: extendAccount(person, newKey(card)),
  locator: card.locator,
  sealed: card.sealed,
})
/** The link with which a new device lets itself in; the person's own view stays as it was. */
const letIn = (person: Person, card: Card, device: Device, change?: AccountLink['change']) =>
  extendAccount({ ...person, links: [] }, change ?? { kind: 'add-device', atMs: 1, entry: device.entry }, {
    ...device,
    id: recoverySigner,
    chain: card.key,
  })

describe('a recovery card', () => {
  test('is found by its place alone, and lets a device in that then signs in as the same person', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const b = await world.online(bob)
    const card = createCard()
    const request = put(bob, card)
    await b.must('put-recovery-key', request)
    await b.must('put-recovery-key', request)
    const stranger = world.connect()
    const found = await stranger.must('find-recovery', { locator: card.locator })
    expect(found).toMatchObject({ account: bob.account, sealed: card.sealed })
    const links = found.proof.flatMap(({ item }) => (item.kind === 'account-link' ? [item.account] : []))
    expect(links).toEqual([world.founder.account, bob.account, bob.account])
    const back = createDevice()
    const restore = { locator: card.locator, accountLink: letIn(bob, card, back) }
    await stranger.must('restore', restore)
    await stranger.must('restore', restore)
    expect(await world.connect().logIn(bob, origin, back)).toMatchObject({ ok: true })
    // The others hear of it; so does the device that was there.
    const { items } = await b.must('fetch-feed', { after: 0, limit: 50 })
    expect(items.at(-1)?.item).toMatchObject({ kind: 'account-link', account: bob.account, link: restore.accountLink })
  })

  test('that was replaced says so and lets nobody in; one that is unknown costs a guess', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const b = await world.online(bob)
    const [old, fresh] = [createCard(), createCard()]
    await b.must('put-recovery-key', put(bob, old))
    await b.must('put-recovery-key', put(bob, fresh))
    const stranger = world.connect()
    expect(await stranger.request('find-recovery', { locator: old.locator })).toMatchObject({
      code: 'recovery-replaced',
    })
    const device = createDevice()
    for (const locator of [old.locator, fresh.locator]) {
      const refused = await stranger.request('restore', { locator, accountLink: letIn(bob, old, device) })
      expect(refused).toMatchObject({ code: locator === old.locator ? 'recovery-replaced' : 'chain-refused' })
    }
    expect(await world.connect().logIn(bob, origin, device)).toMatchObject({ code: 'login-refused' })
    for (let count = 0; count < 10; count++) {
      const answer = await stranger.request(count % 2 === 0 ? 'find-recovery' : 'restore', {
        locator: random(16),
        accountLink: letIn(bob, fresh, createDevice()),
      } as never)
      expect(answer).toMatchObject({ code: 'recovery-unknown' })
    }
    expect(await world.connect().request('find-recovery', { locator: fresh.locator })).toMatchObject({ ok: true })
  })

  test('signs nothing but a device in, and a device’s own link needs a device that has signed in', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const b = await world.online(bob)
    const card = createCard()
    await b.must('put-recovery-key', put(bob, card))
    const stranger = world.connect()
    const device = createDevice()
    const wrong = [
      letIn(bob, card, device, { kind: 'remove-device', atMs: 1, device: bob.device.id }),
      letIn(bob, card, device, newKey(createCard())),
      extendAccount({ ...bob, links: [] }, { kind: 'add-device', atMs: 1, entry: device.entry }),
    ]
    for (const accountLink of wrong)
      expect(await stranger.request('restore', { locator: card.locator, accountLink })).toMatchObject({
        code: 'admission-refused',
      })
    const other = createCard()
    expect(
      await stranger.request('restore', { locator: card.locator, accountLink: letIn(bob, other, device) }),
    ).toMatchObject({ code: 'chain-refused' })
    // Somebody else's card does not open this account.
    const cleo = await world.newcomer()
    await (await world.online(cleo)).must('put-recovery-key', put(cleo, other))
    expect(
      await stranger.request('restore', { locator: other.locator, accountLink: letIn(bob, card, device) }),
    ).toMatchObject({ code: 'chain-refused' })
  })

  test('is put by a link that names it, at a place that is free', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const b = await world.online(bob)
    const card = createCard()
    const link = extendAccount(
      { ...bob, links: [] },
      {
        kind: 'add-device',
        atMs: 1,
        entry: createDevice().entry,
      },
    )
    expect(await b.request('put-recovery-key', { ...card, link })).toMatchObject({ code: 'chain-refused' })
    const request = put(bob, card)
    await b.must('put-recovery-key', request)
    expect(await b.request('put-recovery-key', { ...request, locator: random(16) })).toMatchObject({
      code: 'chain-refused',
    })
    const a = await world.online(world.founder)
    const stolen = { ...put({ ...world.founder, links: [] }, createCard()), locator: card.locator }
    expect(await a.request('put-recovery-key', stolen)).toMatchObject({ code: 'chain-refused' })
    expect(await world.connect().must('find-recovery', { locator: card.locator })).toMatchObject({
      account: bob.account,
    })
    expect(await world.connect().request('put-recovery-key', request)).toMatchObject({ code: 'login-required' })
  })
})
