/** The device that lets another in: it finds what asks, has the person type the number, and only then signs (trust.md §4). */
import { accept, equal, limits, refuse } from '@halyard/protocol'
import type { DeviceOffer, Result } from '@halyard/protocol'
import {
  approvalNumber,
  extendAccountChain,
  offerLocator,
  offerSecret,
  readDeviceOffer,
  readOfferCode,
  revealsOffer,
  sealGrant,
  signAccountLink,
  verifierOf,
} from '@halyard/crypto'
import type { AskingDevice } from '../api.ts'
import type { Context } from '../context.ts'
import type { Connection } from '../delivery/connection.ts'
import type { Directory } from '../directory/directory.ts'
import { shownName } from '../directory/names.ts'
import { numberOf } from '../store/values.ts'
import { nameDevice } from './device-store.ts'

export interface Approvals {
  /** Finds what shows this code, and takes it for this device. */
  find(typed: string): Promise<Result<AskingDevice>>
  /** The number as the person typed it. Wrong: it is refused for good, and said so. */
  approve(number: string): Promise<Result<undefined>>
  refuse(): void
}

interface Found {
  readonly code: string
  readonly locator: Uint8Array
  readonly bytes: Uint8Array
  readonly offer: DeviceOffer
  readonly answer: Uint8Array
  readonly untilMs: number
}

export const createApprovals = (
  context: Context,
  directory: Directory,
  connection: () => Connection,
  approved: () => void,
): Approvals => {
  const { clock, provider, random, database } = context.ports
  let found: Found | undefined

  const find = async (typed: string): Promise<Result<AskingDevice>> => {
    found = undefined
    const code = readOfferCode(typed)
    if (code === undefined) return refuse('offer-unknown')
    const locator = offerLocator(code)
    const answer = random(32)
    const taken = await connection().request('find-offer', { locator, nonce: answer })
    if (!taken.ok) return taken
    const offer = readDeviceOffer(taken.value.offer)
    if (offer === undefined) return refuse('offer-unknown')
    const untilMs = clock.nowMs() + limits.approvalLifetimeMs
    found = { code, locator, bytes: taken.value.offer, offer, answer, untilMs }
    return accept({ platform: shownName(offer.platform), askedAtMs: offer.atMs, untilMs })
  }

  /** The nonce that the offer committed to; the new device shows it once it has seen ours. */
  const revealed = async (asking: Found): Promise<Uint8Array | undefined> => {
    while (clock.nowMs() < asking.untilMs && found === asking && context.stopped() === undefined) {
      const answer = await connection().request('reveal-offer', { locator: asking.locator })
      if (!answer.ok) return undefined
      if (answer.value.nonce !== undefined)
        return revealsOffer(asking.offer, answer.value.nonce) ? answer.value.nonce : undefined
      await new Promise<void>((resolve) => void clock.setTimer(pollMs, resolve))
    }
    return undefined
  }

  const approve = async (number: string): Promise<Result<undefined>> => {
    const asking = found
    if (asking === undefined || clock.nowMs() > asking.untilMs) return refuse('offer-unknown')
    const nonce = await revealed(asking)
    found = undefined
    if (nonce === undefined) return refuse('offer-unknown')
    const exchange = { offer: asking.bytes, answer: asking.answer, nonce }
    // One try: whoever stands between the two has one chance in a million, not one in so many tries.
    if (number.replace(/\s/g, '') !== approvalNumber(exchange.offer, exchange.answer, nonce)) {
      context.alarm('approval-refused', '')
      return refuse('number-wrong')
    }
    const added = await addToChain(asking.offer)
    if (!added.ok) return added
    const sealed = await sealedGrant(asking, exchange)
    if (sealed === undefined) return refuse('grant-refused')
    const granted = await connection().request('grant-device', { locator: asking.locator, sealed })
    approved()
    return granted.ok ? accept(undefined) : granted
  }

  const addToChain = async (offer: DeviceOffer): Promise<Result<undefined>> => {
    const { account, network, keys } = context.identity()
    const chain = directory.account(account)
    if (chain === undefined) return refuse('account-unknown')
    const change = { kind: 'add-device', atMs: clock.nowMs(), entry: offer.entry } as const
    const link = await signAccountLink(provider, keys.chain, keys.device, chain, change)
    const next = await extendAccountChain(verifierOf(provider), network, chain, link)
    if (!next.ok) return refuse('chain-refused')
    context.commit(() => nameDevice(database, offer.entry.device, shownName(offer.platform), clock.nowMs()))
    const taken = await connection().request('append-account-link', { link })
    if (!taken.ok) return taken
    await directory.take({ position: 0, item: { kind: 'account-link', account, link, invite: undefined } }, undefined)
    return accept(undefined)
  }

  const sealedGrant = (asking: Found, exchange: Parameters<typeof sealGrant>[1]): Promise<Uint8Array | undefined> => {
    const { account, network, keys, name, networkName } = context.identity()
    const { store } = directory
    const id = directory.network().directoryKey
    const key = id === undefined ? undefined : store.directoryKey(id)
    const own = store.accountChains().find((chain) => equal(chain.account, account))
    const row = database.get('SELECT count(*) AS n FROM conversations')
    return sealGrant(provider, exchange, {
      secret: offerSecret(asking.code),
      network,
      account,
      approver: keys.device,
      networkName,
      name,
      directoryKey: id === undefined || key === undefined ? undefined : { id, key },
      networkLinks: store.networkLinks().slice(0, 2),
      accountLinks: own?.links ?? [],
      invite: own?.invite,
      conversations: row === undefined ? 0 : numberOf(row, 'n'),
    })
  }

  return { find, approve, refuse: () => void (found = undefined) }
}

const pollMs = 500
