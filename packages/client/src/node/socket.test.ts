import type { AddressInfo } from 'node:net'
import { limits, subprotocol } from '@halyard/protocol'
import { afterAll, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createNodeConnect } from './socket.ts'

const server = new WebSocketServer({
  port: 0,
  path: '/socket',
  handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
})
afterAll(() => server.close())
const origin = `http://localhost:${(server.address() as AddressInfo).port}`
const createEvents = () => ({ opened: vi.fn(), received: vi.fn(), closed: vi.fn() })

test('frames go both ways, up to the limit, and the close is told', async () => {
  server.once('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const events = createEvents()
  const connection = createNodeConnect(origin)(events)
  await vi.waitFor(() => expect(events.opened).toHaveBeenCalledOnce())
  const large = new Uint8Array(limits.frameMaxBytes).fill(7)
  connection.send(Uint8Array.of(1, 2, 3))
  connection.send(large)
  await vi.waitFor(() => expect(events.received).toHaveBeenCalledTimes(2), { timeout: 5000 })
  expect(events.received.mock.calls[0]).toEqual([Uint8Array.of(1, 2, 3)])
  expect(events.received.mock.calls[1]?.[0]).toHaveLength(large.length)
  for (const client of server.clients) client.close(4001)
  await vi.waitFor(() => expect(events.closed).toHaveBeenCalledWith('version'))
})

test('a server that is not there is lost', async () => {
  const events = createEvents()
  createNodeConnect('http://localhost:1')(events)
  await vi.waitFor(() => expect(events.closed.mock.calls).toEqual([['lost']]), { timeout: 5000 })
})
