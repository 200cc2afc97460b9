import { afterEach, expect, test } from 'vitest'
import {
  decode,
  encode,
  feedItem,
  fromBase64Url,
  inviteRecord,
  signed,
  signedAccountLink,
  toBase64Url,
  toHex,
} from '@halyard/protocol'
import type { Confirmation, FeedItem, SignedAccountLink } from '@halyard/protocol'
import { injectFeed as injectFeedOf } from '../../src/attacks/inject-feed.ts'
import { previewInvite, readIdentity } from '@halyard/client'
import {
  accountIdOf,
  createDeviceKeys,
  deviceEntryOf,
  inviteHash,
  inviteSecrets,
  readAccountChain,
  signAccountGenesis,
  signAccountLink,
  signConfirmation,
  verifierOf,
} from '@halyard/crypto'
import {
  accountOf,
  alarms,
  bytesOf,
  counted,
  createStage,
  finish,
  invite,
  inviteLink,
  spoken,
  standingOf,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) expect(spoken(person)).not.toMatch(/Ava|Ben|Cy/)
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const day = 24 * 3600_000
/** Much time, in which nobody but the server is there. */
const pass = async (ms: number): Promise<void> => {
  const there = stage.world.people.filter((person) => person.member() !== undefined)
  for (const person of there) await person.quit()
  await wait(ms)
  for (const person of there) await person.start()
  await wait(5_000)
}

const injectFeed = (who: string, items: readonly FeedItem['item'][]): Promise<void> => injectFeedOf(stage, who, items)
const feedOf = (): readonly FeedItem[] =>
  stage.world
    .serverDatabase()
    .prepare('SELECT item FROM feed ORDER BY position')
    .all()
    .map((row) => {
      const item = decode(feedItem, new Uint8Array(row['item'] as Uint8Array))
      if (item === undefined) throw new Error('not a feed item')
      return item
    })
const genesisOf = (account: Uint8Array) => {
  const found = feedOf()
    .map((one) => one.item)
    .find((item) => item.kind === 'account-link' && toHex(item.account) === toHex(account))
  if (found?.kind !== 'account-link') throw new Error('nobody')
  return found
}
const partsOf = (link: string) => {
  const { pathname, hash } = new URL(link)
  const secret = fromBase64Url(hash.slice(1)) ?? new Uint8Array()
  return { path: pathname, fragment: hash, seed: secret.slice(0, 32), hash: secret.slice(32) }
}
/** A second admission with the same link, by whoever found it. */
const admission = async (
  link: string,
  createdMs: number,
  over: { invite?: Uint8Array; key?: 'other' } = {},
): Promise<{ readonly account: Uint8Array; readonly link: SignedAccountLink }> => {
  const provider = stage.world.providerFor(`thief ${createdMs}`)
  const { seed, hash } = partsOf(link)
  const keys = await createDeviceKeys(provider)
  const secrets = await inviteSecrets(provider, over.key === 'other' ? provider.random(32) : seed)
  const genesis = await signAccountGenesis(
    provider,
    keys.chain,
    networkOf(),
    {
      createdMs,
      entry: deviceEntryOf(keys, createdMs - 3600_000, createdMs + 1e12),
      recoveryKey: undefined,
      invite: over.invite ?? hash,
    },
    secrets.key,
  )
  return { account: accountIdOf(genesis), link: genesis }
}
const networkOf = (): Uint8Array => readIdentity(stage.ava.database())?.network ?? new Uint8Array(32)
const recordOf = (link: string) => {
  const row = stage.world.serverDatabase().prepare('SELECT record FROM invite WHERE hash = ?').get(partsOf(link).hash)
  const value = decode(signed, new Uint8Array(row?.['record'] as Uint8Array))
  if (value === undefined) throw new Error('no record')
  return value
}
const preview = async (who: Person, link: { readonly path: string; readonly fragment: string }, forMs = 4_000) =>
  finish(stage.world, previewInvite(who.ports(), link), forMs)

test('T-46 an altered link: each byte of it is refused', async () => {
  stage = await createStage(71)
  const link = partsOf(await inviteLink(stage.world, stage.ava))
  const ports = stage.world.addPerson('Nobody').ports()
  const secret = fromBase64Url(link.fragment.slice(1)) ?? new Uint8Array()
  const locator = fromBase64Url(link.path.slice(6)) ?? new Uint8Array()
  const altered = [
    ...[...secret.keys()].map((at) => ({ path: link.path, fragment: `#${toBase64Url(flipped(secret, at))}` })),
    ...[...locator.keys()].map((at) => ({
      path: `/join/${toBase64Url(flipped(locator, at))}`,
      fragment: link.fragment,
    })),
    { path: link.path, fragment: link.fragment.slice(0, -2) },
    { path: '/join/', fragment: link.fragment },
    { path: link.path, fragment: '' },
  ]
  const results = altered.map((one) => previewInvite(ports, one))
  await wait(20_000)
  const codes = new Set((await Promise.all(results)).map((result) => (result.ok ? 'taken' : result.code)))
  expect([...codes]).toEqual(['invite-altered'])
})
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

test('T-46 used, expired and unknown links each say what happened', async () => {
  stage = await createStage(72)
  const used = await inviteLink(stage.world, stage.ava)
  const cy = stage.world.addPerson('Cy')
  expect((await finish(stage.world, cy.join(used), 20_000)).ok).toBe(true)
  const someone = stage.world.addPerson('Someone')
  expect(await preview(someone, partsOf(used))).toMatchObject({ code: 'invite-used' })
  const old = await inviteLink(stage.world, stage.ava)
  await pass(8 * day)
  expect(await preview(someone, partsOf(old))).toMatchObject({ code: 'invite-expired' })
  // The server says nothing of the date: the record does.
  stage.evil.onRequest('preview-invite', (request) => ({ pass: request }))
  stage.world.skewServer(-8 * day)
  expect(await preview(someone, partsOf(old))).toMatchObject({ code: 'invite-expired' })
  stage.world.skewServer(0)
  stage.world.serverDatabase().exec('DELETE FROM invite')
  expect(await preview(someone, partsOf(old))).toMatchObject({ code: 'invite-unknown' })
})

test('T-03 the server swaps the inviter, the proof, or an older head of the network: the newcomer joins nothing', async () => {
  stage = await createStage(73)
  const cy = stage.world.addPerson('Cy')
  const link = partsOf(await inviteLink(stage.world, stage.ben))
  const other = recordOf(await inviteLink(stage.world, stage.ava))
  const ava = genesisOf(bytesOf(accountOf(stage.ava)))
  const forged = await admission(await inviteLink(stage.world, stage.ava), stage.world.time.nowMs(), { key: 'other' })
  const lies: readonly Parameters<typeof stage.evil.onAnswer<'preview-invite'>>[1][] = [
    (answer) => ({ pass: { ...answer, record: other } }),
    (answer) => ({ pass: { ...answer, networkLinks: answer.networkLinks.slice(0, 1) } }),
    (answer) => ({ pass: { ...answer, networkLinks: [] } }),
    (answer) => ({ pass: { ...answer, proof: [] } }),
    (answer) => ({ pass: { ...answer, proof: answer.proof.filter(({ item }) => item.kind !== 'confirmation') } }),
    (answer) => ({
      pass: {
        ...answer,
        proof: answer.proof.map((one) => (one.item.kind === 'account-link' ? { ...one, item: ava } : one)),
      },
    }),
    (answer) => ({
      pass: {
        ...answer,
        proof: answer.proof.map((one) =>
          one.item.kind === 'account-link' && one.item.invite !== undefined
            ? { ...one, item: { ...one.item, link: forged.link } }
            : one,
        ),
      },
    }),
    (answer) => ({
      pass: {
        ...answer,
        proof: answer.proof.map((one) =>
          one.item.kind === 'account-link' ? { ...one, item: { ...one.item, invite: other } } : one,
        ),
      },
    }),
  ]
  for (const lie of lies) {
    stage.evil.onAnswer('preview-invite', lie)
    expect(await preview(cy, link)).toMatchObject({ ok: false, code: 'invite-altered' })
  }
  stage.evil.turnHonest()
  expect(await preview(cy, link)).toMatchObject({ ok: true })
})

test('T-01 T-02 an admission that the invite key did not sign, or that names another record, is nobody', async () => {
  stage = await createStage(74)
  const link = await inviteLink(stage.world, stage.ava)
  const second = await inviteLink(stage.world, stage.ava)
  const nowMs = stage.world.time.nowMs()
  const unsigned = await admission(link, nowMs, { key: 'other' })
  const crossed = await admission(link, nowMs + 1, { invite: partsOf(second).hash })
  const misnamed = await admission(link, nowMs + 2)
  await injectFeed('Ben', [
    { kind: 'account-link', account: unsigned.account, link: unsigned.link, invite: recordOf(link) },
    { kind: 'account-link', account: crossed.account, link: crossed.link, invite: recordOf(second) },
    // The right admission with another record beside it.
    { kind: 'account-link', account: misnamed.account, link: misnamed.link, invite: recordOf(second) },
  ])
  for (const { account } of [unsigned, crossed, misnamed]) {
    expect(standingOf(stage.ben, toHex(account))).toBe('not listed')
    expect(await stage.ben.member()?.commands.send({ chatId: toHex(account), text: 'x', ranges: [] })).toMatchObject({
      ok: false,
      code: 'policy-denied',
    })
  }
})

test('I2 an account id that is not the hash of its genesis is left out', async () => {
  stage = await createStage(75)
  const made = await admission(await inviteLink(stage.world, stage.ava), stage.world.time.nowMs())
  const wrong = stage.world.providerFor('id').random(32)
  await injectFeed('Ben', [{ kind: 'account-link', account: wrong, link: made.link, invite: undefined }])
  expect(standingOf(stage.ben, toHex(wrong))).toBe('not listed')
  expect(counted(stage.ben, 'account-id')).toBe(1)
  expect(await stage.ben.member()?.commands.open(toHex(wrong))).toMatchObject({ ok: false })
})

test('T-72 a second admission on a used link, back-dated with the help of the server, is never confirmed', async () => {
  stage = await createStage(76)
  const link = await inviteLink(stage.world, stage.ava)
  const cy = stage.world.addPerson('Cy')
  await finish(stage.world, cy.join(link), 20_000)
  const late = await admission(link, stage.world.time.nowMs() - 60_000)
  const item: FeedItem['item'] = {
    kind: 'account-link',
    account: late.account,
    link: late.link,
    invite: recordOf(link),
  }
  await injectFeed('Ava', [item])
  await injectFeed('Ben', [item])
  await wait(60_000)
  const confirmations = feedOf().filter((one) => one.item.kind === 'confirmation').length
  expect(confirmations).toBe(2)
  for (const person of [stage.ava, stage.ben]) expect(standingOf(person, toHex(late.account))).toBe('not listed')
  expect(standingOf(stage.ben, accountOf(cy))).toBe('confirmed')
})

test('T-72 the inviter is away: not yet confirmed on both sides, and lapsed after seven days', async () => {
  stage = await createStage(77)
  const link = await inviteLink(stage.world, stage.ava)
  await stage.ava.quit()
  const cy = stage.world.addPerson('Cy')
  expect((await finish(stage.world, cy.join(link), 20_000)).ok).toBe(true)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('waiting')
  expect(standingOf(cy, accountOf(stage.ben))).toBe('waiting')
  await pass(7 * day + 60_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('lapsed')
  // Too late: the inviter's client does not confirm it any more.
  await stage.ava.start()
  await wait(20_000)
  expect(feedOf().filter((one) => one.item.kind === 'confirmation')).toHaveLength(1)
})

test('T-72 the confirmation is withheld: waiting, and confirmed when the server turns honest', async () => {
  stage = await createStage(78)
  const link = await inviteLink(stage.world, stage.ava)
  stage.evil.onRequest('confirm', () => 'drop')
  const cy = stage.world.addPerson('Cy')
  await finish(stage.world, cy.join(link), 20_000)
  await wait(10_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('waiting')
  stage.evil.turnHonest()
  await wait(120_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('confirmed')
  expect(standingOf(cy, accountOf(stage.ava))).toBe('confirmed')
})

test('T-72 confirmations that are forged, by somebody else, or for another admission count for nothing and displace nothing', async () => {
  stage = await createStage(79)
  const link = await inviteLink(stage.world, stage.ava)
  stage.evil.onRequest('confirm', () => 'drop')
  const cy = stage.world.addPerson('Cy')
  await finish(stage.world, cy.join(link), 20_000)
  const ben = readIdentity(stage.ben.database())
  const ava = readIdentity(stage.ava.database())
  if (ben === undefined || ava === undefined) throw new Error('nobody')
  const provider = stage.world.providerFor('forger')
  const value: Omit<Confirmation, 'version'> = {
    network: networkOf(),
    invite: partsOf(link).hash,
    admission: bytesOf(accountOf(cy)),
    by: ava.account,
    device: ava.keys.device,
    chain: { seq: 0, hash: ava.account },
    networkHead: { seq: 0, hash: networkOf() },
    atMs: 1,
  }
  const junk = await Promise.all(
    [...Array(8).keys()].flatMap((atMs) => [
      signConfirmation(provider, ben.keys.chain, { ...value, atMs }),
      signConfirmation(provider, ben.keys.chain, {
        ...value,
        by: ben.account,
        device: ben.keys.device,
        chain: { seq: 0, hash: ben.account },
        atMs,
      }),
      signConfirmation(provider, ben.keys.chain, { ...value, by: provider.random(32), atMs }),
    ]),
  )
  await injectFeed(
    'Ben',
    junk.map((confirmation) => ({ kind: 'confirmation', confirmation }) as const),
  )
  expect(standingOf(stage.ben, accountOf(cy))).toBe('waiting')
  stage.evil.turnHonest()
  await wait(120_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('confirmed')
})

test('two confirmations of one invite by its inviter contradict each other: both stop counting', async () => {
  stage = await createStage(80)
  const link = await inviteLink(stage.world, stage.ava)
  const cy = stage.world.addPerson('Cy')
  await finish(stage.world, cy.join(link), 20_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('confirmed')
  const ava = readIdentity(stage.ava.database())
  if (ava === undefined) throw new Error('nobody')
  const second = await admission(link, stage.world.time.nowMs())
  const confirmation = await signConfirmation(stage.world.providerFor('x'), ava.keys.chain, {
    network: networkOf(),
    invite: partsOf(link).hash,
    admission: second.account,
    by: ava.account,
    device: ava.keys.device,
    chain: { seq: 0, hash: ava.account },
    networkHead: { seq: 0, hash: networkOf() },
    atMs: 1,
  })
  await injectFeed('Ben', [
    { kind: 'account-link', account: second.account, link: second.link, invite: recordOf(link) },
    { kind: 'confirmation', confirmation },
  ])
  expect(standingOf(stage.ben, accountOf(cy))).not.toBe('confirmed')
  expect(standingOf(stage.ben, toHex(second.account))).not.toBe('confirmed')
})

test('T-31 two links with one sequence number: told, and the first stays', async () => {
  stage = await createStage(81)
  const ben = readIdentity(stage.ben.database())
  if (ben === undefined) throw new Error('nobody')
  const provider = stage.world.providerFor('links')
  const chain = await readAccountChain(verifierOf(provider), ben.network, [ben.genesis])
  if (!chain.ok) throw new Error(chain.fault)
  const links = await Promise.all(
    [1, 2].map(async (atMs) =>
      signAccountLink(provider, ben.keys.chain, ben.keys.device, chain.value, {
        kind: 'add-device',
        atMs,
        entry: deviceEntryOf(await createDeviceKeys(provider), 1, 1e15),
      }),
    ),
  )
  await injectFeed(
    'Ava',
    links.map((link) => ({ kind: 'account-link', account: ben.account, link, invite: undefined }) as const),
  )
  expect(alarms(stage.ava)).toEqual(['two-links'])
  const kept = stage.ava.database().all('SELECT link FROM account_links WHERE account = ? ORDER BY seq', [ben.account])
  expect(kept.map((row) => row['link'])).toEqual([
    encode(signedAccountLink, ben.genesis),
    ...links.slice(0, 1).map((link) => encode(signedAccountLink, link)),
  ])
})

test('T-31 the feed is rolled back: what is known stays known, and it is said', async () => {
  stage = await createStage(82)
  const cy = await invite(stage.world, stage.ava, 'Cy')
  stage.evil.onAnswer('fetch-feed', (answer) => ({ pass: { items: answer.items.slice(0, 1), more: false } }))
  stage.evil.onAnswer('log-in', (answer) => ({ pass: { ...answer, feedPosition: 0 } }))
  await stage.ben.quit()
  await stage.ben.start()
  await wait(10_000)
  expect(standingOf(stage.ben, accountOf(cy))).toBe('confirmed')
  expect(alarms(stage.ben)).toContain('network-rolled-back')
  expect(decode(inviteRecord, recordOf(await inviteLink(stage.world, stage.ava)).body)?.networkHead.seq).toBe(1)
  expect(inviteHash(recordOf(await inviteLink(stage.world, stage.ava)))).toHaveLength(32)
})
