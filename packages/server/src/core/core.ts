/** What every command works with. */
import type { Answer, CommandName, Refusal, Request, Result } from '@halyard/protocol'
import type { Accounts } from './accounts/accounts.ts'
import type { Offers } from './accounts/offers.ts'
import type { Bucket, Buckets } from './buckets.ts'
import type { FanOut } from './delivery/fan-out.ts'
import type { Awaitable, Clock, Outputs, RandomBytes, ServerOptions, Store, Verifier } from './ports.ts'

/** A device that has signed in. */
export interface Member {
  readonly device: Uint8Array
  readonly deviceHex: string
  readonly account: Uint8Array
  readonly accountHex: string
  readonly mlsKey: Uint8Array
}

/** One connection as commands see it. */
export interface Session {
  readonly outputs: Outputs
  member: Member | undefined
  /** The newest row sent on this connection, by conversation. */
  readonly sent: {
    get(key: string): number | undefined
    set(key: string, seq: number): void
    delete(key: string): void
  }
  /** Conversations whose gap is being read, and whether a ring came meanwhile. */
  readonly repairs: Map<string, boolean>
  readonly guesses: Bucket
  readonly whispers: Bucket
  /** The nonce of hello, once. */
  takeNonce(): Uint8Array | undefined
  send(frame: Uint8Array): void
  /** Says why and closes. */
  end(code: 'lease-lost' | 'device-removed' | 'login-refused', closeCode: number): void
  close(code: number): void
  readonly ended: boolean
}

export interface Core {
  readonly store: Store
  readonly clock: Clock
  readonly random: RandomBytes
  readonly verifier: Verifier
  readonly origin: string
  readonly accounts: Accounts
  readonly fanOut: FanOut
  readonly offers: Offers
  /** Wrong locators and setup tokens, over everybody. */
  readonly guesses: Bucket
  readonly claims: Buckets
  /** Per device: what may be asked rarely. */
  readonly rare: {
    readonly [K in 'claim' | 'conversation' | 'entry' | 'profile' | 'publish' | 'link' | 'state']: Buckets
  }
  count(name: CounterName): void
  readonly outcome: ServerOptions['outcome'] & {}
}

/** Everything that is counted. */
export const counterNames = [
  'connections',
  'frames',
  'frame-malformed',
  'frame-too-large',
  'body-malformed',
  'command-unknown',
  'login',
  'login-refused',
  'guess-wrong',
  'row-refused',
  'rate-limited',
  'appended',
  'rings',
  'rings-skipped',
  'gaps-read',
] as const
export type CounterName = (typeof counterNames)[number]

/**
 * Checks first (may wait; several of one connection may be under way), then acts: acts of one connection start in the
 * order their requests came, and check together with the change, in the store's transaction, whatever may have moved.
 */
export type Act<N extends CommandName> = () => Awaitable<Result<Answer<N>>>
export type Handler<N extends CommandName> = (
  core: Core,
  session: Session,
  request: Request<N>,
) => Awaitable<Refusal | Act<N>>
/** A command of a device that has signed in. */
export type MemberHandler<N extends CommandName> = (
  core: Core,
  member: Member,
  request: Request<N>,
  session: Session,
) => Awaitable<Refusal | Act<N>>
