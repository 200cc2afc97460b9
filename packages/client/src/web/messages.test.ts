import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  commandNames,
  decodeHubMessage,
  decodeKeyMessage,
  decodeOwnerMessage,
  decodePageMessage,
  decodeWorkerNews,
  decodeWorkerOrder,
} from './messages.ts'

const call = (command: string, request?: unknown) => ({ kind: 'call', id: 1, command, request })
const key = 'ab'.repeat(16)
const secret = { kind: 'passphrase', passphrase: 'x' }
const good: Readonly<Record<string, readonly unknown[]>> = {
  setUp: [{ token: 't', networkName: 'n', name: 'a', platform: 'Chrome', unlock: secret }],
  previewInvite: [{ path: '/join/x', fragment: 'y' }],
  join: [{ path: '/join/x', fragment: 'y', name: 'a', platform: 'Chrome', unlock: secret }],
  addThisDevice: [{ platform: 'Chrome', unlock: secret }],
  cancelAddThisDevice: [undefined],
  readRecoveryKey: ['harbor maple'],
  previewRecovery: [{ words: 'harbor maple' }],
  restore: [{ words: 'harbor maple', platform: 'Chrome', unlock: secret }],
  unlock: [
    secret,
    { kind: 'passkey', credentialId: new Uint8Array(1), prfSalt: new Uint8Array(32), prfOutput: new Uint8Array(32) },
    { kind: 'passkey-and-passphrase', credentialId: new Uint8Array(1023), passphrase: 'x' },
  ],
  lock: [undefined],
  rate: ['', 'x'],
  suggestPassphrase: [undefined],
  open: ['c'],
  send: [
    { chatId: 'c', text: 'x', ranges: [], key },
    { chatId: 'c', text: 'x', ranges: [{ start: 0, length: 1, kind: 'link', url: 'https://x' }], key },
    { chatId: 'c', text: '@x', ranges: [{ start: 0, length: 2, kind: 'mention', accountId: 'a' }], key },
  ],
  retry: ['r'],
  discard: ['r'],
  markRead: [{ chatId: 'c', position: 0 }],
  setDraft: [{ chatId: 'c', text: '' }],
  setMuted: [{ chatId: 'c', muted: true }],
  typing: ['c'],
  createInvite: [undefined],
  createGroup: [{ kind: 'group', title: 'Crew', people: ['a', 'b'] }],
  addPeople: [{ chatId: 'c', people: ['a'] }],
  removePerson: [{ chatId: 'c', accountId: 'a' }],
  renameGroup: [{ chatId: 'c', title: 'Crew' }],
  setPicture: [{ chatId: 'c', picture: new Uint8Array(9) }, { chatId: 'c' }],
  setModerator: [{ chatId: 'c', accountId: 'a', moderator: true }],
  leaveGroup: ['c'],
  removeFromNetwork: ['a'],
  makeOwner: ['a'],
  drawRecoveryKey: [undefined],
  keepRecoveryKey: [undefined],
  findDevice: ['K7TM 4QXD'],
  approveDevice: [{ number: '482913', unlock: secret }],
  refuseDevice: [undefined],
  removeDevice: ['d'],
  nameDevice: [{ deviceId: 'd', name: 'Desk' }],
  acknowledgeAlarm: [
    { kind: 'clock-off', degree: 'stops', atMs: 1 },
    { kind: 'clock-off', degree: 'stops', atMs: 1, chatId: 'c' },
  ],
  changeSettings: [{}, { idleMinutes: 0 }, { sendReadReceipts: false }],
}
const bad: Readonly<Record<string, readonly unknown[]>> = {
  setUp: [
    { token: 't', networkName: 'n', name: 'a', platform: 'Chrome' },
    { token: 't', networkName: 'n', name: 1, platform: 'Chrome', unlock: secret },
    { token: 't', networkName: 'n', name: 'a', unlock: secret },
    { token: 't', networkName: 'n', name: 'a', platform: 'Chrome', unlock: { kind: 'none' } },
  ],
  previewInvite: [{ path: '/join/x' }],
  join: [
    { path: 1, fragment: 'y', name: 'a', platform: 'Chrome', unlock: secret },
    { path: '/join/x', fragment: 'y', name: 'a', unlock: secret },
  ],
  addThisDevice: [{ platform: 'Chrome' }],
  cancelAddThisDevice: [1],
  readRecoveryKey: [1],
  previewRecovery: [{}],
  restore: [{ words: 'harbor maple', platform: 'Chrome' }],
  unlock: [
    { kind: 'passphrase' },
    { kind: 'passkey', credentialId: new Uint8Array(0), prfSalt: new Uint8Array(32), prfOutput: new Uint8Array(32) },
    { kind: 'passkey', credentialId: new Uint8Array(1024), prfSalt: new Uint8Array(32), prfOutput: new Uint8Array(32) },
    { kind: 'passkey', credentialId: new Uint8Array(1), prfSalt: new Uint8Array(31), prfOutput: new Uint8Array(32) },
    { kind: 'passkey', credentialId: new Uint8Array(1), prfSalt: new Uint8Array(32), prfOutput: [] },
  ],
  lock: [1],
  rate: [1, 'x'.repeat((1 << 21) + 1)],
  suggestPassphrase: [{}],
  open: [undefined, 'x'.repeat(1025)],
  send: [
    { chatId: 'c', text: 'x', ranges: [] },
    { chatId: 'c', text: 'x', ranges: [], key: 'short' },
    { chatId: 'c', text: 'x', ranges: [], key: key.toUpperCase() },
    { chatId: 'c', text: 'x', ranges: [], key, more: 1 },
    { chatId: 'c', text: 'x', ranges: [{ start: -1, length: 1, kind: 'bold' }], key },
    { chatId: 'c', text: 'x', ranges: [{ start: 0.5, length: 1, kind: 'bold' }], key },
    { chatId: 'c', text: '@x', ranges: [{ start: 0, length: 2, kind: 'mention', accountId: 1 }], key },
    {
      chatId: 'c',
      text: 'x',
      ranges: Array.from({ length: 10_001 }, () => ({ start: 0, length: 1, kind: 'bold' })),
      key,
    },
  ],
  retry: [1],
  discard: [{}],
  markRead: [{ chatId: 'c', position: -1 }, { chatId: 'c' }],
  setDraft: [{ chatId: 'c' }],
  setMuted: [{ chatId: 'c', muted: 1 }],
  typing: [[]],
  createInvite: ['x'],
  createGroup: [
    { kind: 'me', title: 'Crew', people: [] },
    { kind: 'room', title: 'Crew', people: [1] },
  ],
  addPeople: [{ chatId: 'c' }],
  removePerson: [{ chatId: 'c', accountId: 1 }],
  renameGroup: [{ chatId: 'c' }],
  setPicture: [
    { chatId: 'c', picture: 'p' },
    { chatId: 'c', picture: new Uint8Array(65 * 1024) },
  ],
  setModerator: [{ chatId: 'c', accountId: 'a', moderator: 1 }],
  leaveGroup: [undefined],
  removeFromNetwork: [1],
  makeOwner: [undefined],
  drawRecoveryKey: [1],
  keepRecoveryKey: [1],
  findDevice: [1],
  approveDevice: [{ number: '482913' }],
  refuseDevice: [1],
  removeDevice: [undefined],
  nameDevice: [{ deviceId: 'd' }],
  acknowledgeAlarm: [{ kind: 'clock-off', degree: 'none', atMs: 1 }],
  changeSettings: [undefined, { idleMinutes: '1' }, { idleMinutes: 1, other: 1 }],
}

describe('a page message', () => {
  test('every command has requests that pass and requests that do not', () => {
    expect(Object.keys(good).toSorted()).toEqual(commandNames.toSorted())
    expect(Object.keys(bad).toSorted()).toEqual(commandNames.toSorted())
  })
  test.each(commandNames)('%s', (command) => {
    for (const request of good[command] ?? []) expect(decodePageMessage(call(command, request))).toBeDefined()
    for (const request of bad[command] ?? []) expect(decodePageMessage(call(command, request))).toBeUndefined()
  })
  test('queries', () => {
    const watch = (query: string, parameters?: unknown) =>
      decodePageMessage({ kind: 'watch', id: 1, query, parameters })
    expect(watch('session')).toBeDefined()
    expect(watch('timeline', { chatId: 'c', around: 'end', limit: 50 })).toBeDefined()
    expect(watch('timeline', { chatId: 'c', around: -5, limit: 50 })).toBeDefined()
    for (const limit of [0, 1001, 1.5, '5'])
      expect(watch('timeline', { chatId: 'c', around: 'end', limit })).toBeUndefined()
    expect(watch('conversation', {})).toBeUndefined()
    expect(watch('constructor')).toBeUndefined()
    expect(watch('session', {})).toBeUndefined()
  })
  test('unknown commands, names of the language among them, are none', () => {
    for (const command of ['', 'toString', '__proto__', 'hasOwnProperty', 'Send']) {
      expect(decodePageMessage(call(command, undefined))).toBeUndefined()
    }
  })
  test('no value whatever makes a decoder throw', () => {
    const decoders = [
      decodePageMessage,
      decodeOwnerMessage,
      decodeWorkerOrder,
      decodeWorkerNews,
      decodeHubMessage,
      decodeKeyMessage,
    ]
    const kinds = ['call', 'watch', 'unwatch', 'ping', 'result', 'failed', 'key', 'owner', 'attach', 'stopped']
    const message = fc.oneof(
      fc.anything(),
      fc.record({
        kind: fc.constantFrom(...kinds),
        id: fc.anything(),
        command: fc.constantFrom(...commandNames, 'x'),
        request: fc.anything(),
        query: fc.anything(),
        parameters: fc.anything(),
        key: fc.anything(),
      }),
    )
    fc.assert(
      fc.property(message, (value) => {
        for (const decode of decoders) decode(value)
      }),
      { numRuns: 500 },
    )
  })
})

test('a key has 32 bytes', () => {
  expect(decodeKeyMessage({ kind: 'key', key: new Uint8Array(32), lockCount: 0 })).toBeDefined()
  expect(decodeKeyMessage({ kind: 'key', key: new Uint8Array(31), lockCount: 0 })).toBeUndefined()
  expect(decodeKeyMessage({ kind: 'key', key: new Uint8Array(32) })).toBeUndefined()
})
