import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { masked, openRawSocket } from './raw-socket.ts'

test('pings are answered between messages, so that a server keeps who says nothing', async () => {
  const server = new WebSocketServer({ port: 0 })
  const heard: string[] = []
  try {
    const ponged = new Promise((resolve) => {
      server.on('connection', (socket) => {
        socket.on('message', (data: Buffer) => heard.push(data.toString()))
        socket.on('pong', (data) => resolve(data.toString()))
        socket.send(Buffer.from('before'))
        socket.ping('still there?')
        socket.send(Buffer.from('after'))
      })
    })
    const got: string[] = []
    const client = await openRawSocket((server.address() as AddressInfo).port, (payload) =>
      got.push(payload.toString()),
    )
    client.send(masked(Buffer.from('from the client')))
    expect(await ponged).toBe('still there?')
    await expect.poll(() => [got, heard]).toEqual([['before', 'after'], ['from the client']])
    client.close()
  } finally {
    server.close()
  }
})
