/** What is inside a sealed application message. The server never sees any of it. */
import { accountId, deviceId, hash, head, version } from '../chains.ts'
import { stateHead } from './account-state.ts'
import { blob, bytes, list, maybe, nothing, record, text, uint, variant } from '../codec/schema.ts'
import type { Infer } from '../codec/schema.ts'
import { limits } from '../limits.ts'

const range = record({
  start: uint(limits.textMaxLength),
  length: uint(limits.textMaxLength),
  kind: uint(31), // index into rangeKinds
  url: maybe(text(limits.urlMaxLength)), // a link's alone
  account: maybe(accountId), // a mention's alone
})

/** Kinds of content; the number of a kind is part of the language: append only. */
export const content = variant({
  text: record({ text: text(limits.textMaxLength), ranges: list(range, limits.rangesMax) }),
  /** The own name towards somebody who has no directory key in common yet. */
  introduction: record({ name: text(limits.nameMaxLength) }),
  /** With a confirmation: the key that names are sealed under, and the network's name. */
  'directory-key': record({ id: bytes(16), key: bytes(32), networkName: text(limits.nameMaxLength) }),
  /** Takes the place of an entry that its author gave up, so that the sequence has no hole. */
  withdrawn: nothing,
  /** Digests of shared conversations (gossip of §3). */
  digests: record({ items: list(record({ conversation: bytes(16), epoch: uint(), digest: bytes(16) }), 64) }),
  /** In "Me": key packages of the sending device for the one that let it in, so that no server chooses among them. */
  'key-packages': record({
    for: deviceId,
    packages: list(blob(limits.keyPackageMaxBytes), limits.keyPackagesHandedMax),
  }),
  /** In "Me": what the account's devices call one of them. */
  'device-name': record({ device: deviceId, name: text(limits.platformMaxLength) }),
  /** In "Me": what account states are sealed under, made when the account's chain had this many links. */
  'state-key': record({ id: bytes(16), key: bytes(32), seq: uint() }),
  /** In "Me": the newest account state that its sender knows. */
  'state-head': stateHead,
})
export type Content = Infer<typeof content>

/** Outside the sequence: sealed receipts (durable) and typing (never stored). */
export const signal = variant({
  receipts: record({ delivered: list(bytes(16), 500), read: list(bytes(16), 500) }),
  typing: record({ active: uint(1) }),
})
export type Signal = Infer<typeof signal>

/**
 * A payload. `durable` ones carry the device's sequence in this conversation and the hash of its previous durable
 * payload (with `epoch` fields left out there are none: a payload sealed again for a new epoch is the same bytes).
 */
export const payload = record({
  version,
  account: accountId,
  device: deviceId,
  id: bytes(16),
  sentAtMs: uint(),
  networkHead: head,
  accountHead: head,
  body: variant({
    durable: record({ seq: uint(), previous: hash, content: blob(limits.messageMaxBytes) }),
    passing: record({ signal }),
  }),
})
export type Payload = Infer<typeof payload>
