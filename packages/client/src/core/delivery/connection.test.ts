/** How long an answer is waited for: a line is given up when it has been silent for longer than sending can take. */
import { expect, test } from 'vitest'
import { encode, encodeFrame, events, protocolVersion } from '@halyard/protocol'
import { createConnection } from './connection.ts'

const startMs = 1_900_000_000_000
const open = () => {
  let nowMs = startMs
  const timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>()
  const later: (() => void)[] = []
  let isClosed = false
  const connection = createConnection(
    {
      random: (length) => new Uint8Array(length),
      clock: {
        nowMs: () => nowMs,
        setTimer(afterMs, fire) {
          const timer = { dueMs: nowMs + afterMs, fire }
          timers.add(timer)
          return () => void timers.delete(timer)
        },
      },
      connect(line) {
        const hello = { version: protocolVersion, nonce: new Uint8Array(32), serverTimeMs: startMs }
        later.push(() =>
          line.received(encodeFrame({ kind: 'event', name: 'hello', body: encode(events.hello, hello) })),
        )
        return { send: () => undefined, close: () => void (isClosed = true) }
      },
    },
    { opened() {}, event() {}, changed() {}, outdated() {}, hostile() {} },
  )
  connection.start()
  for (const happen of later) happen()
  return {
    connection,
    isClosedAt(ms: number) {
      nowMs = startMs + ms
      for (const timer of timers) {
        if (timer.dueMs > nowMs) continue
        timers.delete(timer)
        timer.fire()
      }
      return isClosed
    },
  }
}
const whisper = (length: number) => ({ conversation: new Uint8Array(16), message: new Uint8Array(length) })

test('a short question is waited for half a minute', () => {
  const { connection, isClosedAt } = open()
  void connection.request('whisper', whisper(100))
  expect(isClosedAt(29_900)).toBe(false)
  expect(isClosedAt(30_100)).toBe(true)
})

test('what goes out before it on a slow line is waited for as well', () => {
  const { connection, isClosedAt } = open()
  const welcome = { device: new Uint8Array(16), keyPackage: new Uint8Array(32), welcome: new Uint8Array(960_000) }
  const settle = { conversation: new Uint8Array(16), seq: 1, welcomes: [{ ...welcome, tree: undefined }] }
  void connection.request('settle', settle)
  void connection.request('whisper', whisper(100))
  expect(isClosedAt(59_900)).toBe(false)
  expect(isClosedAt(60_100)).toBe(true)
})
