import { beforeEach, describe, expect, test } from 'vitest'
import { limits } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import { createOffers } from './offers.ts'
import type { Offers } from './offers.ts'

let nowMs: number
let offers: Offers
const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)
const place = bytes(4, 1)
const [browser, other] = [{}, {}]

beforeEach(() => {
  nowMs = 1_000
  offers = createOffers(() => nowMs)
})

describe('an offer', () => {
  test('is found once, answered once, revealed after the answer, granted once', () => {
    expect(offers.offer(browser, place, bytes(9, 1))).toMatchObject({ ok: true })
    // Nothing is revealed before the other side has shown its nonce.
    expect(offers.next(browser, bytes(32, 7))).toMatchObject({ value: { answer: undefined, grant: undefined } })
    expect(offers.find(place, 'desk', bytes(32, 2))).toMatchObject({ value: bytes(9, 1) })
    expect(offers.find(place, 'desk', bytes(32, 3))).toMatchObject({ code: 'offer-taken' })
    expect(offers.find(place, 'phone', bytes(32, 3))).toMatchObject({ code: 'offer-taken' })
    expect(offers.reveal(place, 'desk')).toMatchObject({ value: { nonce: undefined } })
    expect(offers.next(browser, bytes(32, 8))).toMatchObject({ value: { answer: bytes(32, 2) } })
    offers.next(browser, bytes(32, 9))
    expect(offers.reveal(place, 'desk')).toMatchObject({ value: { nonce: bytes(32, 8) } })
    expect(offers.reveal(place, 'phone')).toMatchObject({ code: 'offer-unknown' })
    expect(offers.grant(place, 'phone', bytes(5, 1))).toMatchObject({ code: 'offer-unknown' })
    expect(offers.grant(place, 'desk', bytes(5, 1))).toMatchObject({ ok: true })
    offers.grant(place, 'desk', bytes(5, 2))
    expect(offers.next(browser, undefined)).toMatchObject({ value: { grant: bytes(5, 1) } })
  })

  test('goes after a minute, or two from when it was found', () => {
    offers.offer(browser, place, bytes(9, 1))
    nowMs += limits.offerLifetimeMs + 1
    expect(offers.find(place, 'desk', bytes(32, 2))).toBeUndefined()
    expect(offers.next(browser, undefined)).toMatchObject({ code: 'offer-unknown' })
    offers.offer(browser, place, bytes(9, 1))
    nowMs += limits.offerLifetimeMs
    expect(offers.find(place, 'desk', bytes(32, 2))).toMatchObject({ ok: true })
    nowMs += limits.approvalLifetimeMs
    expect(offers.reveal(place, 'desk')).toMatchObject({ ok: true })
    nowMs++
    expect(offers.reveal(place, 'desk')).toMatchObject({ code: 'offer-unknown' })
  })

  test('takes the place of the one before of the same connection, never of another’s', () => {
    offers.offer(browser, place, bytes(9, 1))
    expect(offers.offer(other, place, bytes(9, 2))).toMatchObject({ code: 'offer-taken' })
    expect(offers.offer(browser, bytes(4, 2), bytes(9, 3))).toMatchObject({ ok: true })
    expect(offers.find(place, 'desk', bytes(32, 2))).toBeUndefined()
    expect(offers.offer(other, place, bytes(9, 2))).toMatchObject({ ok: true })
  })

  test('is refused when there are too many, and taken when old ones have gone', () => {
    const located = (index: number): Uint8Array => new Uint8Array([0, 0, index >> 8, index & 0xff])
    for (let index = 0; index < bounds.offersMax; index++)
      expect(offers.offer({}, located(index), bytes(9, 1))).toMatchObject({ ok: true })
    expect(offers.offer(browser, bytes(4, 255), bytes(9, 1))).toMatchObject({ code: 'server-busy' })
    nowMs += limits.offerLifetimeMs + 1
    expect(offers.offer(browser, bytes(4, 255), bytes(9, 1))).toMatchObject({ ok: true })
  })
})
