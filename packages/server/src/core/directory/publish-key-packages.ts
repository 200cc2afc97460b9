/** Fills the pool that others claim from. The server keeps key packages as they come: it cannot read MLS. */
import { accept, limits, refuse } from '@halyard/protocol'
import { sha256 } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'

export const publishKeyPackages: MemberHandler<'publish-key-packages'> = (core, member, { packages, lastResort }) => {
  const nowMs = core.clock.nowMs()
  const waitMs = core.rare.publish.take(member.deviceHex, nowMs)
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  if (packages.some((one) => one.length === 0)) return refuse('key-package-refused')
  if (lastResort !== undefined) {
    const lifetimeMs = lastResort.notAfterMs - nowMs
    if (
      lastResort.package.length === 0 ||
      lifetimeMs <= 0 ||
      lifetimeMs > limits.lastResortLifetimeMaxMs + limits.clockSkewMaxMs
    ) {
      return refuse('key-package-refused')
    }
  }
  return async () => {
    const published = await core.store.publishKeyPackages({
      device: member.device,
      packages: packages.map((one) => ({ hash: sha256(one), package: one })),
      lastResort,
    })
    return published.ok ? accept({}) : published
  }
}
