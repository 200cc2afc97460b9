import { decodeMlsMessage } from './structures/mls-message.ts'

/** What stands outside the ciphertext of a PrivateMessage: authenticated by whoever can open it, readable by everybody. */
export interface ClearPart {
  readonly groupId: Uint8Array
  readonly epoch: number
  readonly authenticatedData: Uint8Array
}

/**
 * Reads a PrivateMessage from outside (RFC 9420 §6.3). Nothing of it is verified here: for whoever has another signature over the
 * whole message. Undefined for anything else.
 */
export function clearPartOf(message: Uint8Array): ClearPart | undefined {
  const decoded = decodeMlsMessage(message)
  if (decoded?.kind !== 'private') return undefined
  const { groupId, epoch, authenticatedData } = decoded.message
  return { groupId, epoch: Number(epoch), authenticatedData }
}
