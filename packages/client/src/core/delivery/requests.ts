/** What is still to be said to the server outside the conversations: durable, in order, repeated until answered. */
import { assert, commands, encode, decode, isCommandName } from '@halyard/protocol'
import type { CommandName, Request } from '@halyard/protocol'
import type { Database } from '../ports.ts'
import { blobOf, maybeBlob, numberOf, textOf } from '../store/values.ts'

export interface WaitingRequest {
  readonly ordinal: number
  readonly command: CommandName
  readonly request: unknown
  /** What it is about (an invite's hash, a conversation), for whoever handles the answer. */
  readonly subject: Uint8Array | undefined
}

/** Adds a request; call inside the transaction that makes it necessary. */
export const addRequest = <N extends CommandName>(
  database: Database,
  command: N,
  request: Request<N>,
  subject: Uint8Array | undefined,
): void => {
  // The registry pairs each command with its schema; the union cannot say so once the name is a variable.
  const body = encode(
    commands[command].request as { shape: string; write(value: unknown): unknown; read(raw: unknown): unknown },
    request,
  )
  database.run('INSERT INTO requests (command, body, subject) VALUES (?, ?, ?)', [command, body, subject])
}

export const waitingRequests = (database: Database): readonly WaitingRequest[] =>
  database.all('SELECT * FROM requests ORDER BY ordinal LIMIT 100').map((row) => {
    const command = textOf(row, 'command')
    assert(isCommandName(command), 'a stored request has no command')
    const request = decode<unknown>(commands[command].request, blobOf(row, 'body'))
    assert(request !== undefined, 'a stored request does not decode')
    return { ordinal: numberOf(row, 'ordinal'), command, request, subject: maybeBlob(row, 'subject') }
  })

export const removeRequest = (database: Database, ordinal: number): void =>
  void database.run('DELETE FROM requests WHERE ordinal = ?', [ordinal])
