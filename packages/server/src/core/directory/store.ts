/** What is kept of the public feed, the chains' growth and the key packages. */
import type { Result } from '@halyard/protocol'
import type { FeedKept, Growth, NewDevice } from '../accounts/store.ts'
import type { Awaitable } from '../ports.ts'

export interface DirectoryStore {
  feedPosition(): Awaitable<number>
  /** Encoded feedItems after a position, at most `limit` and `maxBytes` (but one at least). */
  feedAfter(
    after: number,
    limit: number,
    maxBytes: number,
  ): Awaitable<{ readonly items: readonly FeedKept[]; readonly more: boolean }>
  /** Devices of an account that are not removed. */
  devicesOf(account: Uint8Array): Awaitable<readonly Uint8Array[]>
  keyPackagesOf(
    device: Uint8Array,
  ): Awaitable<{ readonly count: number; readonly lastResortNotAfterMs: number | undefined }>

  /** The next link of the network. Devices of `removed` accounts leave routing, mailboxes and pools. Refuses with `chain-conflict`. */
  appendNetworkLink(link: {
    readonly seq: number
    readonly link: Uint8Array
    readonly item: Uint8Array
    readonly removed: readonly Uint8Array[]
    readonly reinstated: readonly Uint8Array[]
  }): Awaitable<Result<Growth>>
  /** The next link of an account. Refuses with `chain-conflict`, or `chain-refused` when a device id is taken. */
  appendAccountLink(link: {
    readonly account: Uint8Array
    readonly seq: number
    readonly link: Uint8Array
    readonly item: Uint8Array
    readonly added: NewDevice | undefined
    readonly removed: Uint8Array | undefined
  }): Awaitable<Result<Growth>>
  /** Revisions only grow: refuses with `chain-conflict`. The same statement again answers the same. */
  putProfile(profile: {
    readonly account: Uint8Array
    readonly field: number
    readonly revision: number
    readonly statementHash: Uint8Array
    readonly item: Uint8Array
  }): Awaitable<Result<Growth>>
  /** Adds to the pool (newest `poolMax` stay; one once offered is never offered again) and replaces the last resort. */
  publishKeyPackages(offer: {
    readonly device: Uint8Array
    readonly packages: readonly { readonly hash: Uint8Array; readonly package: Uint8Array }[]
    readonly lastResort: { readonly package: Uint8Array; readonly notAfterMs: number } | undefined
  }): Awaitable<Result<undefined>>
  /** One for each device of the account but `except`; the last resort stays. Refuses with `key-packages-missing`. */
  claimKeyPackages(claim: {
    readonly account: Uint8Array
    readonly except: Uint8Array
    readonly nowMs: number
  }): Awaitable<
    Result<readonly { readonly device: Uint8Array; readonly package: Uint8Array; readonly lastResort: boolean }[]>
  >
}
