/** One connection to the server over WebSocket: whole binary frames, bounded, in the protocol's one version. */
import { closeCodes, limits, socketPath, subprotocol } from '@halyard/protocol'
import type { Connect } from '../core/ports.ts'

/** The parts of a WebSocket that are used: browsers' and Node's alike. */
export interface Socket {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  send(frame: Uint8Array<ArrayBuffer>): void
  close(code?: number): void
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  onerror: (() => void) | null
}
export type OpenSocket = (url: string, protocol: string) => Socket

/** A server that does not answer the handshake is not there. */
const openMaxMs = 20_000
/** What waits beyond this would be sent to a connection that no longer moves. */
const bufferedMax = 64 * 1024 * 1024

/** `origin` is the server's scheme, host and port (`https://chat.example`). */
export const createConnect = (origin: string, openSocket: OpenSocket): Connect => {
  const url = new URL(socketPath, origin)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'

  return (events) => {
    const socket = openSocket(url.href, subprotocol)
    socket.binaryType = 'arraybuffer'
    let state: 'opening' | 'open' | 'closed' = 'opening'
    const close = (reason: 'lost' | 'version' | 'refused', code?: number): void => {
      if (state === 'closed') return
      state = 'closed'
      clearTimeout(timer)
      socket.close(code)
      events.closed(reason)
    }
    const timer = setTimeout(() => close('lost'), openMaxMs)

    socket.onopen = () => {
      if (state !== 'opening') return
      if (socket.protocol !== subprotocol) return close('version', closeCodes.version)
      clearTimeout(timer)
      state = 'open'
      events.opened()
    }
    socket.onmessage = ({ data }) => {
      if (state !== 'open') return
      if (data instanceof ArrayBuffer && data.byteLength <= limits.frameMaxBytes)
        return events.received(new Uint8Array(data))
      close('lost', closeCodes.malformed)
    }
    socket.onclose = ({ code }) => close(reasonOf(code))
    // What went wrong is not told to programs; the close that follows says the rest.
    socket.onerror = () => {}

    return {
      send(frame) {
        if (frame.length > limits.frameMaxBytes) throw new Error('a frame larger than its limit')
        if (state !== 'open') return
        if (socket.bufferedAmount > bufferedMax) return close('lost')
        socket.send(frame as Uint8Array<ArrayBuffer>)
      },
      close() {
        if (state === 'closed') return
        state = 'closed'
        clearTimeout(timer)
        socket.close()
        events.closed('lost')
      },
    }
  }
}

const reasonOf = (code: number): 'lost' | 'version' | 'refused' => {
  if (code === closeCodes.version) return 'version'
  return code === closeCodes.malformed || code === closeCodes.ended ? 'refused' : 'lost'
}
