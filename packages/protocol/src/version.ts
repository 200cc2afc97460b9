/**
 * The version of the language between client and server, and of every signed structure. One line of history each:
 * 1: the first.
 */
export const protocolVersion = 1
/** WebSocket subprotocol; a server that speaks another version closes with `closeCodes.version`. */
export const subprotocol = `halyard.${protocolVersion}`
export const closeCodes = { version: 4001, malformed: 4002, ended: 4003, busy: 4004 } as const
export const socketPath = '/socket'
