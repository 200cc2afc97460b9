import { closeCodes, limits, subprotocol } from '@halyard/protocol'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createConnect } from './socket.ts'
import type { Socket } from './socket.ts'

const createScene = (origin = 'https://chat.example') => {
  const events = { opened: vi.fn(), received: vi.fn(), closed: vi.fn() }
  const socket: Socket & { protocol: string; bufferedAmount: number } = {
    binaryType: '',
    protocol: subprotocol,
    bufferedAmount: 0,
    send: vi.fn(),
    close: vi.fn(),
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  }
  const open = vi.fn((_url: string, _protocol: string): Socket => socket)
  const connection = createConnect(origin, open)(events)
  return { events, socket, open, connection }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a connection', () => {
  test('goes to the socket path in our subprotocol, with TLS where the origin has it', () => {
    expect(createScene().open).toHaveBeenCalledWith('wss://chat.example/socket', subprotocol)
    expect(createScene('http://localhost:8420').open).toHaveBeenCalledWith('ws://localhost:8420/socket', subprotocol)
    expect(createScene().socket.binaryType).toBe('arraybuffer')
  })

  test('carries whole frames both ways once it is open', () => {
    const { events, socket, connection } = createScene()
    connection.send(Uint8Array.of(1))
    expect(socket.send).not.toHaveBeenCalled()
    socket.onopen?.()
    expect(events.opened).toHaveBeenCalledOnce()
    connection.send(Uint8Array.of(2))
    expect(socket.send).toHaveBeenCalledWith(Uint8Array.of(2))
    socket.onmessage?.({ data: Uint8Array.of(3).buffer })
    expect(events.received).toHaveBeenCalledWith(Uint8Array.of(3))
  })

  test.each([
    [closeCodes.version, 'version'],
    [closeCodes.malformed, 'refused'],
    [closeCodes.ended, 'refused'],
    [closeCodes.busy, 'lost'],
    [1006, 'lost'],
    [1000, 'lost'],
  ] as const)('closed by the server with %i is %s, once', (code, reason) => {
    const { events, socket, connection } = createScene()
    socket.onopen?.()
    socket.onerror?.()
    socket.onclose?.({ code })
    socket.onclose?.({ code })
    expect(events.closed.mock.calls).toEqual([[reason]])
    socket.onmessage?.({ data: new ArrayBuffer(1) })
    connection.send(Uint8Array.of(1))
    connection.close()
    expect(events.received).not.toHaveBeenCalled()
    expect(socket.send).not.toHaveBeenCalled()
    expect(events.closed).toHaveBeenCalledOnce()
  })

  test('a server that agrees to no subprotocol speaks another version', () => {
    const { events, socket } = createScene()
    socket.protocol = ''
    socket.onopen?.()
    expect(events.opened).not.toHaveBeenCalled()
    expect(events.closed).toHaveBeenCalledWith('version')
    expect(socket.close).toHaveBeenCalledWith(closeCodes.version)
  })

  test.each([
    ['text', 'text'],
    ['a frame above the limit', new ArrayBuffer(limits.frameMaxBytes + 1)],
  ])('%s ends it', (_, data) => {
    const { events, socket } = createScene()
    socket.onopen?.()
    socket.onmessage?.({ data })
    expect(events.received).not.toHaveBeenCalled()
    expect(events.closed).toHaveBeenCalledWith('lost')
  })

  test('a server that never answers is given up', () => {
    const { events } = createScene()
    vi.advanceTimersByTime(19_999)
    expect(events.closed).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(events.closed).toHaveBeenCalledWith('lost')
  })

  test('too much that does not move ends it; a frame above the limit is a bug', () => {
    const { events, socket, connection } = createScene()
    socket.onopen?.()
    expect(() => connection.send(new Uint8Array(limits.frameMaxBytes + 1))).toThrow(/limit/)
    socket.bufferedAmount = 65 * 1024 * 1024
    connection.send(Uint8Array.of(1))
    expect(socket.send).not.toHaveBeenCalled()
    expect(events.closed).toHaveBeenCalledWith('lost')
  })

  test('closed by us is told too', () => {
    const { events, socket, connection } = createScene()
    socket.onopen?.()
    connection.close()
    expect(socket.close).toHaveBeenCalledOnce()
    expect(events.closed).toHaveBeenCalledOnce()
  })
})
