/** What every store must do about logs, epochs, routing and mailboxes. */
import { expect, test } from 'vitest'
import { chainStep } from '@halyard/crypto/verify'
import { limits } from '@halyard/protocol'
import { bounds } from '../../core/bounds.ts'
import { fresh, zero } from './fixture-conformance.ts'
import type { StoreFixture } from './fixture-conformance.ts'

export const deliveryConformance = (fixture: StoreFixture): void => {
  const { join, entry, converse, append, rows } = fixture
  test('a log without a hole, chained, its time not going back unless the clock was far ahead', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    const farAhead = 3000 + limits.clockSkewMaxMs
    for (const nowMs of [2000, 1500, 3000, farAhead, 3000, farAhead + 1, 3000])
      await store.appendToConversation({ ...entry(conversation, founder, 1, nowMs), kind: 'application' })
    const { entries } = await rows(conversation)
    expect(entries.map((one) => one.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(entries.map((one) => one.timeMs)).toEqual([1000, 2000, 2000, 3000, farAhead, farAhead, farAhead + 1, 3000])
    let chain: Uint8Array = zero
    for (const one of entries) {
      chain = chainStep(chain, { ...one, conversation })
      expect(one.chain).toEqual(chain)
    }
  })

  test('the same entry again answers the place it has', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    const one = { ...entry(conversation, founder), kind: 'application' as const }
    const first = await store.appendToConversation(one)
    const again = await store.appendToConversation(one)
    expect(first).toMatchObject({ ok: true, value: { repeated: false, place: { seq: 2 } } })
    expect(again).toEqual({ ok: true, value: { ...(first.ok && first.value), repeated: true } })
    expect((await rows(conversation)).entries).toHaveLength(2)
  })

  test('a conversation is made once; repeated it answers its place, for its creator only', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const first = entry(fresh(16), founder, 0)
    const made = await store.createConversation({ first, added: [bob.device.device], welcomes: [] })
    expect(made).toMatchObject({ ok: true, value: { repeated: false } })
    expect(await store.createConversation({ first, added: [bob.device.device], welcomes: [] })).toMatchObject({
      ok: true,
      value: { repeated: true, place: { seq: 1 } },
    })
    expect(
      await store.createConversation({ first: { ...first, entry: fresh(16) }, added: [], welcomes: [] }),
    ).toMatchObject({ code: 'conversation-exists' })
    expect(
      await store.createConversation({ first: entry(fresh(16), founder, 0), added: [fresh(16)], welcomes: [] }),
    ).toMatchObject({ code: 'account-unknown' })
  })

  test('after a restore: a log that is not there begins anew, readers and the epoch it lacks are told', async () => {
    const { store, founder } = fixture
    const [bob, eve] = [await join(), await join()]
    const [conversation, device] = [fresh(16), founder.device.device]
    const revive = (by: Uint8Array, epoch: number, readers: readonly Uint8Array[]) =>
      store.reviveConversation({ conversation, device: by, epoch, readers })
    expect(await revive(device, 3, [fresh(16)])).toMatchObject({ code: 'policy-denied' })
    expect(await revive(device, 3, [device, bob.device.device, fresh(16)])).toMatchObject({ ok: true })
    expect(await store.readersOf(conversation)).toHaveLength(2)
    expect(await append(conversation, bob, 3)).toMatchObject({ ok: true, value: { place: { seq: 1 } } })
    expect(await append(conversation, bob, 0)).toMatchObject({ code: 'epoch-old' })
    expect(await revive(eve.device.device, 9, [eve.device.device])).toMatchObject({ code: 'conversation-unknown' })
    expect(await revive(device, 9, [device, eve.device.device])).toMatchObject({ ok: true })
    expect(await revive(device, 2, [device])).toMatchObject({ ok: true })
    expect(await store.readersOf(conversation)).toHaveLength(3)
    // Whoever was first may have left somebody out.
    const all = [founder, bob, eve, await join()].map((one) => one.device.device)
    expect(await revive(bob.device.device, 9, all)).toMatchObject({ ok: true })
    expect(await store.readersOf(conversation)).toHaveLength(4)
    expect((await rows(conversation, eve)).entries).toHaveLength(1)
    expect(await append(conversation, founder, 6)).toMatchObject({ code: 'epoch-old' })
  })

  test('who does not read a conversation writes, reads and passes nothing there', async () => {
    const { store } = fixture
    const [bob, eve] = [await join(), await join()]
    const conversation = await converse([bob])
    expect(await append(conversation, eve)).toMatchObject({ code: 'conversation-unknown' })
    expect(await append(fresh(16))).toMatchObject({ code: 'conversation-unknown' })
    expect(await store.entriesAfter(conversation, eve.device.device, 0, 10, 1e6)).toMatchObject({
      code: 'conversation-unknown',
    })
    expect(await store.passEntries({ conversation, device: eve.device.device, seq: 1, chain: zero })).toMatchObject({
      code: 'conversation-unknown',
    })
  })

  test('epochs: two past ones for messages, none for commits, complaints always', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    for (const epoch of [1, 2, 3]) {
      const placed = await append(conversation, founder, epoch, 'commit')
      if (!placed.ok) throw new Error(placed.code)
      const settled = {
        conversation,
        device: founder.device.device,
        seq: placed.value.place.seq,
        epoch,
        added: [],
        removed: [],
        welcomes: [],
      }
      expect(await store.settleCommit(settled)).toMatchObject({ ok: true })
      expect(await store.settleCommit(settled)).toMatchObject({ ok: true })
    }
    expect(await append(conversation, bob, 1)).toMatchObject({ code: 'epoch-old' })
    expect(await append(conversation, bob, 2)).toMatchObject({ ok: true })
    expect(await append(conversation, bob, 3, 'commit')).toMatchObject({ code: 'epoch-old' })
    // What takes somebody out stands also when it came a moment too late, and is not what settles anything.
    expect(await append(conversation, bob, 2, 'removal')).toMatchObject({ code: 'epoch-old' })
    const late = await append(conversation, bob, 3, 'removal')
    if (!late.ok) throw new Error(late.code)
    expect(await store.commitAt(conversation, late.value.place.seq)).toBeUndefined()
    expect(await append(conversation, bob, 0, 'complaint')).toMatchObject({ ok: true })
    expect(await append(conversation, bob, 4, 'commit')).toMatchObject({ ok: true })
    expect(await append(conversation, bob, 4, 'commit')).toMatchObject({ code: 'commit-quota' })
    expect(await append(conversation, founder, 4, 'commit')).toMatchObject({ ok: true })
    expect(await append(conversation, founder, 400, 'commit')).toMatchObject({ code: 'commit-quota' })
  })

  test('a commit that nobody followed makes room for another of the same device a minute later', async () => {
    const { store, founder } = fixture
    const conversation = await converse([await join()])
    const commitAt = (nowMs: number) =>
      store.appendToConversation({ ...entry(conversation, founder, 1, nowMs), kind: 'commit' })
    const first = await commitAt(5_000_000)
    expect(await commitAt(5_000_000 + bounds.openCommitMs - 1)).toMatchObject({ code: 'commit-quota' })
    const second = await commitAt(5_000_000 + bounds.openCommitMs)
    // Nor has anybody to wait for a time that the clock showed by mistake.
    const third = await commitAt(1_000_000)
    expect([first, second, third].map(({ ok }) => ok)).toEqual([true, true, true])
    if (!first.ok || !third.ok) return
    const settle = (seq: number) =>
      store.settleCommit({
        conversation,
        device: founder.device.device,
        seq,
        epoch: 1,
        added: [],
        removed: [],
        welcomes: [],
      })
    expect(await settle(first.value.place.seq)).toMatchObject({ ok: false })
    expect(await settle(third.value.place.seq)).toMatchObject({ ok: true })
  })

  test('a settled commit moves routing and fills mailboxes; only its committer settles it', async () => {
    const { store, founder } = fixture
    const [bob, eve] = [await join(), await join()]
    const conversation = await converse([bob])
    const placed = await append(conversation, founder, 1, 'commit')
    if (!placed.ok) throw new Error(placed.code)
    const { seq } = placed.value.place
    const welcome = { device: eve.device.device, keyPackage: fresh(32), welcome: fresh(80), tree: fresh(70) }
    const settlement = {
      conversation,
      seq,
      epoch: 1,
      added: [eve.device.device],
      removed: [bob.device.device],
      welcomes: [welcome],
    }
    expect(await store.settleCommit({ ...settlement, device: bob.device.device })).toMatchObject({
      code: 'epoch-old',
    })
    expect(await store.commitAt(conversation, seq)).toMatchObject({ device: founder.device.device, epoch: 1 })
    expect(await store.settleCommit({ ...settlement, device: founder.device.device })).toMatchObject({
      ok: true,
      value: { rings: [{ device: eve.device.device, position: 1 }] },
    })
    expect(await store.commitAt(conversation, seq)).toBe('settled')
    expect(await store.readersOf(conversation)).toEqual(
      expect.arrayContaining([founder.device.device, eve.device.device]),
    )
    expect(await append(conversation, bob)).toMatchObject({ code: 'conversation-unknown' })
    const { items } = await store.mailboxAfter(eve.device.device, 0, 10, 1e6)
    expect(items).toEqual([
      { ...welcome, position: 1, conversation, from: founder.device.device, seq, isRequest: false },
    ])
    // A newcomer reads from its commit on, not what was before.
    await append(conversation, founder, 2)
    expect((await rows(conversation, eve)).entries.map((one) => one.seq)).toEqual([seq, seq + 1])
    // Whoever was removed reads up to that commit, and is forgotten when it has.
    const last = (await rows(conversation, bob)).entries.at(-1)
    expect(last?.seq).toBe(seq)
    expect(await store.conversationsOf(bob.device.device, undefined, 10)).toMatchObject({ items: [{ newest: seq }] })
    // In again before it has read that: it goes on from where it was.
    const again = await append(conversation, founder, 2, 'commit')
    if (!again.ok) throw new Error(again.code)
    const back = { ...settlement, device: founder.device.device, epoch: 2, welcomes: [] }
    const [inSeq, twiceSeq, outSeq] = [0, 1, 2].map((more) => again.value.place.seq + more)
    if (inSeq === undefined || twiceSeq === undefined || outSeq === undefined) throw new Error('no places')
    await store.settleCommit({ ...back, seq: inSeq, added: [bob.device.device], removed: [] })
    expect((await rows(conversation, bob)).entries.map((one) => one.seq)).toEqual([1, seq, seq + 1, inSeq])
    expect(await store.conversationsOf(bob.device.device, undefined, 10)).toMatchObject({
      items: [{ newest: inSeq, passed: 0 }],
    })
    // Also where the commit that took it out in between was never settled.
    await append(conversation, founder, 3, 'commit')
    await store.settleCommit({ ...back, seq: twiceSeq, epoch: 3, added: [bob.device.device], removed: [] })
    expect(await store.conversationsOf(bob.device.device, undefined, 10)).toMatchObject({
      items: [{ newest: twiceSeq, passed: 0 }],
    })
    await append(conversation, founder, 4, 'commit')
    await store.settleCommit({ ...back, seq: outSeq, epoch: 4, added: [], removed: [bob.device.device] })
    const end = (await rows(conversation, bob)).entries.at(-1)
    expect(end?.seq).toBe(outSeq)
    const passed = { conversation, seq: outSeq, chain: end?.chain ?? zero, device: bob.device.device }
    expect(await store.passEntries(passed)).toMatchObject({ ok: true })
    expect(await store.passEntries(passed)).toMatchObject({ code: 'conversation-unknown' })
    await store.passMailbox({ device: eve.device.device, position: 1 })
    expect((await store.mailboxAfter(eve.device.device, 0, 10, 1e6)).items).toEqual([])
  })

  test('who came by a card finds what the other devices read, and asks readers of other accounts', async () => {
    const { store, founder } = fixture
    const [bob, eve] = [await join(), await join()]
    const [withBob, alone] = [await converse([bob]), await converse([])]
    const device = { ...founder.device, device: fresh(16), mlsKey: fresh(32), transportKey: fresh(32) }
    const grown = {
      account: founder.account,
      seq: 1,
      link: fresh(9),
      item: fresh(9),
      added: device,
      removed: undefined,
    }
    expect(await store.appendAccountLink(grown)).toMatchObject({ ok: true })
    const found = await store.accountConversations(device.device, undefined, 10)
    expect(found.items.map((one) => one.toHex()).sort()).toEqual([withBob.toHex(), alone.toHex()].sort())
    expect((await store.accountConversations(founder.device.device, undefined, 10)).items).toEqual([])
    expect((await store.accountConversations(device.device, undefined, 1)).more).toBe(true)
    const asking = { device: device.device, request: fresh(90), keyPackage: fresh(80), readersMax: 5 }
    expect(await store.askEntry({ ...asking, conversation: withBob })).toMatchObject({
      ok: true,
      value: { rings: [{ device: bob.device.device }] },
    })
    expect((await store.mailboxAfter(bob.device.device, 1, 10, 1e6)).items).toMatchObject([
      { isRequest: true, conversation: withBob, from: device.device, welcome: asking.request, tree: asking.keyPackage },
    ])
    // Nobody else reads that one; and whose account does not read it asks nobody.
    expect(await store.askEntry({ ...asking, conversation: alone })).toMatchObject({ code: 'conversation-unknown' })
    const stranger = { ...asking, device: eve.device.device, conversation: withBob }
    expect(await store.askEntry(stranger)).toMatchObject({ code: 'conversation-unknown' })
  })

  test('entries go when every reader has passed them, and the chain goes on', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    for (let count = 0; count < 3; count++) await append(conversation)
    const { entries } = await rows(conversation)
    const at = (seq: number) => ({ conversation, seq, chain: entries[seq - 1]?.chain ?? zero })
    expect(await store.passEntries({ ...at(3), device: founder.device.device })).toMatchObject({ ok: true })
    expect((await rows(conversation)).entries).toHaveLength(4)
    expect(await store.passEntries({ ...at(2), device: bob.device.device })).toMatchObject({ ok: true })
    expect((await rows(conversation)).entries.map((one) => one.seq)).toEqual([3, 4])
    expect(await store.passEntries({ ...at(1), device: bob.device.device })).toMatchObject({ ok: true })
    expect(await store.passEntries({ ...at(4), chain: fresh(32), device: bob.device.device })).toMatchObject({
      code: 'cursor-unknown',
    })
    expect(await store.passEntries({ ...at(5), device: bob.device.device })).toMatchObject({ code: 'cursor-unknown' })
    for (const one of [founder, bob]) await store.passEntries({ ...at(4), device: one.device.device })
    expect((await rows(conversation)).entries).toEqual([])
    const placed = await append(conversation)
    const [next] = (await rows(conversation)).entries
    expect(placed).toMatchObject({ ok: true, value: { place: { seq: 5 } } })
    expect(next?.chain).toEqual(
      chainStep(entries[3]?.chain ?? zero, {
        ...(next ?? entries[0] ?? { seq: 0, timeMs: 0, entry: zero, row: zero }),
        conversation,
      }),
    )
    expect((await store.conversationsOf(bob.device.device, undefined, 10)).items).toEqual([
      { conversation, newest: 5, passed: 4 },
    ])
  })

  test('a tree that several Welcomes share reaches each of them, whole, and counts in each mailbox', async () => {
    const { store, founder } = fixture
    const [bob, eve, fred] = [await join(), await join(), await join()]
    const conversation = await converse([])
    await append(conversation, founder, 1, 'commit')
    const [shared, own] = [fresh(70), fresh(60)]
    const welcomes = [
      { device: bob.device.device, keyPackage: fresh(32), welcome: fresh(80), tree: shared },
      { device: eve.device.device, keyPackage: fresh(32), welcome: fresh(81), tree: new Uint8Array() },
      { device: fred.device.device, keyPackage: fresh(32), welcome: fresh(82), tree: own },
    ]
    const added = welcomes.map((one) => one.device)
    const { device } = founder.device
    await store.settleCommit({ conversation, device, seq: 2, epoch: 1, added, removed: [], welcomes })
    const lying = async (one: typeof bob) => (await store.mailboxAfter(one.device.device, 0, 10, 1e6)).items
    expect((await lying(bob)).map((item) => item.tree)).toEqual([shared])
    await store.passMailbox({ device: bob.device.device, position: 1 })
    expect(await lying(bob)).toEqual([])
    expect((await lying(eve)).map((item) => item.tree)).toEqual([shared])
    expect((await lying(fred)).map((item) => item.tree)).toEqual([own])
  })

  test('what follows an open commit stays for whom it may bring in', async () => {
    const { store, founder } = fixture
    const [bob, eve] = [await join(), await join()]
    const conversation = await converse([bob])
    const placed = await append(conversation, founder, 1, 'commit')
    if (!placed.ok) throw new Error(placed.code)
    await append(conversation, bob, 2)
    const { entries } = await rows(conversation)
    const newest = entries.at(-1)
    if (newest === undefined) throw new Error('no entries')
    for (const one of [founder, bob])
      await store.passEntries({ conversation, device: one.device.device, seq: newest.seq, chain: newest.chain })
    expect((await rows(conversation)).entries.map((one) => one.seq)).toEqual([2, 3])
    await store.settleCommit({
      conversation,
      device: founder.device.device,
      seq: 2,
      epoch: 1,
      added: [eve.device.device],
      removed: [],
      welcomes: [],
    })
    expect((await rows(conversation, eve)).entries.map((one) => one.seq)).toEqual([2, 3])
  })

  test('reading is bounded in number and bytes, but never stuck', async () => {
    const { store } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    for (let count = 0; count < 5; count++) await append(conversation)
    expect((await rows(conversation, bob, 1, 2)).entries.map((one) => one.seq)).toEqual([2, 3])
    expect((await rows(conversation, bob, 1, 2)).more).toBe(true)
    expect((await rows(conversation, bob, 1, 10, 450)).entries).toHaveLength(2)
    expect((await rows(conversation, bob, 1, 10, 1)).entries).toHaveLength(1)
    expect((await rows(conversation, bob, 6)).more).toBe(false)
    const made = [conversation, await converse([bob]), await converse([bob])].sort((a, b) => Buffer.compare(a, b))
    const page = await store.conversationsOf(bob.device.device, undefined, 2)
    expect([page.items.map((one) => one.conversation), page.more]).toEqual([made.slice(0, 2), true])
    expect((await store.conversationsOf(bob.device.device, made[1], 2)).items.map((one) => one.conversation)).toEqual(
      made.slice(2),
    )
  })
}
