/** A few values with nothing random in them, for the vectors another implementation can check itself against. */
import type { Schema } from '../src/codec/schema.ts'
import { encode } from '../src/codec/schema.ts'
import { toHex, utf8 } from '../src/codec/bytes.ts'
import { schemas } from './language.ts'

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const head = { seq: 3, hash: filled(32, 0x33) }
const device = {
  device: filled(16, 1),
  chainKey: filled(32, 2),
  mlsKey: filled(32, 3),
  transportKey: filled(32, 4),
  notBeforeMs: 0,
  notAfterMs: 9_007_199_254_740_991,
}

/** By the name of the schema in `schemas`. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  'chains head': [head],
  'chains accountLink': [
    {
      version: 1,
      network: filled(32, 5),
      seq: 0,
      previous: filled(32, 0),
      signer: filled(16, 1),
      change: {
        kind: 'genesis',
        createdMs: 1_790_000_000_000,
        entry: device,
        recoveryKey: undefined,
        invite: filled(32, 6),
        nonce: filled(16, 7),
      },
    },
    {
      version: 1,
      network: filled(32, 5),
      seq: 1,
      previous: filled(32, 8),
      signer: filled(16, 1),
      change: { kind: 'remove-device', atMs: 1_790_000_000_001, device: filled(16, 9) },
    },
  ],
  'chains networkLink': [
    {
      version: 1,
      seq: 1,
      previous: filled(32, 1),
      signer: undefined,
      change: {
        kind: 'state',
        atMs: 1,
        owners: [filled(32, 2)],
        removed: [{ account: filled(32, 3), admissionsStand: true }],
        directoryKey: filled(16, 4),
        policyHead: undefined,
      },
    },
    {
      version: 1,
      seq: 2,
      previous: filled(32, 1),
      signer: { account: filled(32, 2), device: filled(16, 1), chain: head },
      change: {
        kind: 'state',
        atMs: 2,
        owners: [filled(32, 2)],
        removed: [],
        directoryKey: filled(16, 4),
        policyHead: undefined,
      },
    },
  ],
  'chains confirmation': [
    {
      version: 1,
      network: filled(32, 5),
      invite: filled(32, 6),
      admission: filled(32, 7),
      by: filled(32, 2),
      device: filled(16, 1),
      chain: head,
      networkHead: { seq: 1, hash: filled(32, 8) },
      atMs: 1_790_000_000_000,
    },
  ],
  'chains recoveryRecord': [
    {
      version: 1,
      network: filled(32, 5),
      account: filled(32, 6),
      networkName: 'Northwind',
      name: 'Ava',
      directoryKey: { id: filled(16, 7), key: filled(32, 8) },
    },
    { version: 1, network: filled(32, 5), account: filled(32, 6), networkName: '', name: '', directoryKey: undefined },
  ],
  'chains profile': [
    {
      version: 1,
      network: filled(32, 5),
      account: filled(32, 2),
      device: filled(16, 1),
      chain: head,
      field: 1,
      revision: 4,
      key: filled(16, 9),
      sealed: utf8('sealed'),
    },
  ],
  'chains loginProof': [
    { version: 1, origin: 'https://chat.example', network: filled(32, 5), device: filled(16, 1), nonce: filled(32, 2) },
  ],
  content: [
    {
      kind: 'text',
      text: 'Grüße 👋',
      ranges: [
        { start: 0, length: 5, kind: 0, url: undefined, account: undefined },
        { start: 6, length: 2, kind: 6, url: 'https://example.org/', account: undefined },
      ],
    },
    {
      kind: 'text',
      text: '@Ava',
      ranges: [{ start: 0, length: 4, kind: 7, url: undefined, account: filled(32, 2) }],
    },
    { kind: 'withdrawn' },
  ],
  stateDocument: [
    {
      version: 1,
      settings: { sendReadReceipts: true, stamp: 5 },
      card: undefined,
      directoryKeys: [{ id: filled(16, 7), key: filled(32, 8) }],
      devices: [{ device: filled(16, 1), name: 'Desk', stamp: 0 }],
      chats: [{ chat: '01'.repeat(16), draft: 'half a', draftStamp: 6, muted: true, mutedStamp: 7 }],
      conversations: [{ conversation: filled(16, 1), read: 12 }],
    },
  ],
  row: [
    {
      version: 1,
      conversation: filled(16, 1),
      account: filled(32, 2),
      device: filled(16, 3),
      epoch: 4,
      madeBy: filled(32, 5),
      digest: filled(16, 6),
      content: { kind: 'application', message: utf8('sealed') },
    },
    {
      version: 1,
      conversation: filled(16, 1),
      account: filled(32, 2),
      device: filled(16, 3),
      epoch: 4,
      madeBy: filled(32, 5),
      digest: filled(16, 6),
      content: { kind: 'proposal', message: utf8('sealed') },
    },
  ],
  linkInChain: [
    { conversation: filled(16, 1), seq: 1, timeMs: 1_790_000_000_000, entry: filled(16, 2), rowHash: filled(32, 3) },
  ],
  frame: [
    {
      kind: 'request',
      id: 1,
      command: 'pass-mailbox',
      body: encode(schemas['request pass-mailbox'] as Schema<unknown>, { position: 500 }),
    },
    { kind: 'refusal', id: 1, code: 'rate-limited', waitMs: 1000 },
    { kind: 'refusal', id: 2, code: 'command-unknown', waitMs: undefined },
  ],
}

export interface Vector {
  readonly schema: string
  /** In words; byte strings as hex. */
  readonly value: unknown
  readonly encoded: string
}

const readable = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, one === undefined ? null : readable(one)]),
  )
}

export const exampleVectors = (): readonly Vector[] =>
  Object.entries(values).flatMap(([name, all]) =>
    all.map((value) => ({
      schema: name,
      value: readable(value),
      encoded: toHex(encode(schemas[name] as Schema<unknown>, value)),
    })),
  )

/** Encodings that no decoder may take, each with its reason, for `schema`. */
export const refusedVectors: readonly { readonly schema: string; readonly encoded: string; readonly why: string }[] = [
  { schema: 'chains head', encoded: '8203', why: 'truncated' },
  { schema: 'chains head', encoded: `82035820${'33'.repeat(32)}00`, why: 'a byte after the end' },
  { schema: 'chains head', encoded: `8218035820${'33'.repeat(32)}`, why: 'an integer in more bytes than it needs' },
  { schema: 'chains head', encoded: `8203580020${'33'.repeat(31)}`, why: 'a hash of another length' },
  { schema: 'chains head', encoded: `8203590020${'33'.repeat(32)}`, why: 'a length in more bytes than it needs' },
  { schema: 'chains head', encoded: `9f035820${'33'.repeat(32)}ff`, why: 'an array of indefinite length' },
  { schema: 'chains head', encoded: `83035820${'33'.repeat(32)}00`, why: 'a field too many' },
  { schema: 'chains head', encoded: `a2616100616101`, why: 'a map, with duplicate keys' },
  { schema: 'chains head', encoded: `8220${`5820${'33'.repeat(32)}`}`, why: 'a negative number' },
  { schema: 'chains head', encoded: `82fb3ff0000000000000${`5820${'33'.repeat(32)}`}`, why: 'a float' },
  { schema: 'chains head', encoded: `c18203${`5820${'33'.repeat(32)}`}`, why: 'a tag' },
  { schema: 'chains head', encoded: `821b0020000000000000${`5820${'33'.repeat(32)}`}`, why: 'a number above 2^53 - 1' },
  { schema: 'content', encoded: '820082' + '62c328' + '80', why: 'text that is not UTF-8' },
  { schema: 'content', encoded: '820082' + '63eda080' + '80', why: 'text with half a surrogate pair' },
  { schema: 'content', encoded: '820082' + '64efbbbf61' + '80', why: 'text with a leading byte order mark' },
  { schema: 'content', encoded: '820582' + '6161' + '80', why: 'a kind that there is not' },
]
