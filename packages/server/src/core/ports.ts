/** What the server core is lent. It does no input or output of its own and starts no timer. */
import type { CommandName, RefusalCode } from '@halyard/protocol'
import type { Verifier } from '@halyard/crypto/verify'
import type { DeliveryStore } from './delivery/store.ts'
import type { AccountStore } from './accounts/store.ts'
import type { DirectoryStore } from './directory/store.ts'

export type { Verifier } from '@halyard/crypto/verify'
export type Awaitable<T> = T | Promise<T>

export interface Clock {
  /** Wall-clock milliseconds since 1970. */
  nowMs(): number
}
/** A cryptographically secure source (seeded in the simulator only). */
export type RandomBytes = (length: number) => Uint8Array

/**
 * Everything that is kept. Each write is one transaction that checks and changes together; when its promise resolves
 * with `ok`, what it changed is on the disk, and when it resolves with a refusal, nothing was changed. `server-full`:
 * the disk has no room. A write that rejects ended with the store (the process restarts from its last commit).
 * Reads see committed state only. Writes take effect in the order they were called.
 */
export type Store = AccountStore & DirectoryStore & DeliveryStore

/** One connection's way out. After `close` nothing is sent. */
export interface Outputs {
  send(frame: Uint8Array): void
  close(code: number): void
  /** Bytes that the other side has not taken yet, where the driver knows. */
  waitingBytes?(): number
}

export interface ServerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: RandomBytes
  readonly verifier: Verifier
  /** Scheme, host and port of the public URL; login proofs are bound to it. */
  readonly origin: string
  /** A bug or a dead store: the process must end. Nothing more is sent after it. */
  readonly fail?: (error: unknown) => void
  /** Called with each answer: which command (`unknown`: a name that is none of ours), and `ok` or why not. */
  readonly outcome?: (command: CommandName | 'unknown', outcome: Outcome) => void
}
export type Outcome = 'ok' | RefusalCode

export interface Connection {
  receive(frame: Uint8Array): Promise<void>
  closed(): void
  /** Whether a device has signed in on it. */
  readonly signedIn: () => boolean
}

export interface Server {
  /** Says hello at once. */
  connect(outputs: Outputs): Connection
  /** How often each thing was counted; names only, never content. */
  counters(): Readonly<Record<string, number>>
  /** Closes every connection and takes no more. */
  close(): void
}
