/** PreSharedKeyID (RFC 9420 §8.4). */
import type { Reader, Writer } from '../codec.ts'

/** What a key of an earlier epoch is used for (§8.4). */
export type ResumptionUsage = 'application' | 'reinit' | 'branch'
const usages: readonly ResumptionUsage[] = ['application', 'reinit', 'branch']

/** Names a pre-shared key (§8.4). `nonce`: fresh random bytes, as long as the suite's hash, for each use. */
export type PreSharedKeyId =
  | { readonly kind: 'external'; readonly id: Uint8Array; readonly nonce: Uint8Array }
  | {
      readonly kind: 'resumption'
      readonly usage: ResumptionUsage
      readonly groupId: Uint8Array
      readonly epoch: bigint
      readonly nonce: Uint8Array
    }

export function writePreSharedKeyId(w: Writer, psk: PreSharedKeyId): void {
  if (psk.kind === 'external') {
    w.u8(1)
    w.opaque(psk.id)
  } else {
    w.u8(2)
    w.u8(usages.indexOf(psk.usage) + 1)
    w.opaque(psk.groupId)
    w.u64(psk.epoch)
  }
  w.opaque(psk.nonce)
}

export function readPreSharedKeyId(r: Reader): PreSharedKeyId {
  const kind = r.u8()
  if (kind === 2) {
    const usage = usages[r.u8() - 1]
    if (usage === undefined) r.fail()
    return { kind: 'resumption', usage: usage ?? 'application', groupId: r.opaque(), epoch: r.u64(), nonce: r.opaque() }
  }
  if (kind !== 1) r.fail()
  return { kind: 'external', id: r.opaque(), nonce: r.opaque() }
}
