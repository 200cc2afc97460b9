/** Key packages: the own ones for the pool, and those of others that are good enough to add somebody with. */
import { assert, equal, limits, toHex } from '@halyard/protocol'
import type { Answer, Request } from '@halyard/protocol'
import { createKeyPackage, erase, readKeyPackage } from '@halyard/mls'
import type { Engine } from './engine.ts'
import { acceptsCredential, decodeCredential, encodeCredential, roomExtensionType } from './room.ts'

export type Package = Answer<'claim-key-packages'>['packages'][number]
/** A device to be added, and what with. */
export interface Newcomer {
  readonly device: Uint8Array
  readonly package: Uint8Array
  readonly reference: Uint8Array
}

/** Key packages for the pool, and (when asked) a last-resort one; stored with their private keys before they are shown. */
export const makeKeyPackages = async (
  engine: Engine,
  count: number,
  lastResort: boolean,
): Promise<Request<'publish-key-packages'>> => {
  const { database, clock } = engine.context.ports
  const made: {
    readonly bytes: Uint8Array
    readonly reference: Uint8Array
    readonly privateKeys: Uint8Array
    readonly last: boolean
    readonly notAfterMs: number
  }[] = []
  for (let index = 0; index < count + (lastResort ? 1 : 0); index++) {
    const last = index === count
    const lifeMs = last ? limits.lastResortLifetimeMaxMs : limits.keyPackageLifetimeMaxMs
    const one = await createKeyPackage({
      provider: engine.context.ports.provider,
      suite: engine.context.ports.suite,
      identity: ownCredential(engine),
      signatureKeyPair: engine.context.identity().keys.mls,
      lifetime: lifetimeFrom(clock.nowMs(), lifeMs),
      lastResort: last,
      extensionTypes: [roomExtensionType],
    })
    made.push({
      bytes: one.keyPackage,
      reference: one.reference,
      privateKeys: one.privateKeys,
      last,
      notAfterMs: clock.nowMs() + lifeMs,
    })
  }
  engine.context.commit(() => {
    for (const one of made) {
      database.run(
        'INSERT INTO key_packages (reference, package, private_keys, last_resort, not_after_ms) VALUES (?, ?, ?, ?, ?)',
        [one.reference, one.bytes, one.privateKeys, one.last ? 1 : 0, one.notAfterMs],
      )
    }
    database.run('DELETE FROM key_packages WHERE not_after_ms < ?', [clock.nowMs() - limits.lastResortLifetimeMaxMs])
  })
  erase(made.map((one) => one.privateKeys))
  const last = made.find((one) => one.last)
  return {
    packages: made.filter((one) => !one.last).map((one) => one.bytes),
    lastResort: last === undefined ? undefined : { package: last.bytes, notAfterMs: last.notAfterMs },
  }
}

export const ownCredential = (engine: Engine): Uint8Array => {
  const { network, account, keys } = engine.context.identity()
  const chain = engine.directory.account(account)
  assert(chain !== undefined, 'the own account is not in the directory')
  return encodeCredential({ network, account, device: keys.device, chain: chain.head })
}

/** Valid from a little before now, for clocks that run behind. */
export const lifetimeFrom = (nowMs: number, lengthMs: number) => ({
  notBeforeS: Math.floor(nowMs / 1000) - 3600,
  notAfterS: Math.floor((nowMs + lengthMs) / 1000),
})

/** Key packages that really belong to devices of this person, one per device. */
export const acceptable = async (
  engine: Engine,
  peer: Uint8Array,
  packages: readonly Package[],
): Promise<readonly Newcomer[]> => {
  const { suite } = engine.context.ports
  const sources = engine.judgeSources()
  const taken = new Map<string, Newcomer>()
  for (const one of packages) {
    const read = await readKeyPackage(engine.context.ports.provider, one.package)
    const credential = read === undefined ? undefined : decodeCredential(read.identity)
    const nowS = sources.nowMs / 1000
    if (read === undefined || credential === undefined || read.suite !== suite) continue
    if (!equal(credential.account, peer) || !equal(credential.device, one.device)) continue
    if (read.lifetime.notBeforeS > nowS || read.lifetime.notAfterS < nowS) continue
    if (acceptsCredential(sources, read.identity, read.signatureKey)) {
      taken.set(toHex(one.device), { device: one.device, package: one.package, reference: read.reference })
    }
  }
  return [...taken.values()]
}
