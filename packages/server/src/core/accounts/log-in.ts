/** A device proves itself by a signature over this connection's nonce. */
import { accept, closeCodes, limits, protocolVersion, refuse, equal, toHex } from '@halyard/protocol'
import { provesLogin } from '@halyard/crypto/verify'
import type { Handler, Member } from '../core.ts'

export const logIn: Handler<'log-in'> = async (core, session, request) => {
  // Spent by the attempt, whatever comes of it: a proof seen by somebody else is worth nothing.
  const nonce = session.takeNonce()
  if (request.version !== protocolVersion) {
    session.close(closeCodes.version)
    return refuse('version-unsupported')
  }
  const network = await core.accounts.network()
  if (network === undefined) return refuse('setup-missing')
  const refused = (): ReturnType<typeof refuse> => {
    core.count('login-refused')
    return refuse('login-refused')
  }
  if (nonce === undefined || !equal(request.network, network.network)) return refused()
  const record = await core.store.device(request.device)
  if (record === undefined) return refused()
  const proof = {
    version: request.version,
    origin: core.origin,
    network: network.network,
    device: request.device,
    nonce,
  }
  if (!(await provesLogin(core.verifier, record.transportKey, proof, request.signature))) return refused()
  if (record.removed) return refuse('device-removed')
  const nowMs = core.clock.nowMs()
  if (record.notBeforeMs > nowMs + limits.clockSkewMaxMs || record.notAfterMs < nowMs) return refused()
  const member: Member = {
    device: record.device,
    deviceHex: toHex(record.device),
    account: record.account,
    accountHex: toHex(record.account),
    mlsKey: record.mlsKey,
  }
  return async () => {
    // Removed while its proof was looked at: the links that removed it have found nobody to send away.
    if ((await core.store.device(request.device))?.removed !== false) return refuse('device-removed')
    if (session.ended) return refuse('login-refused')
    session.member = member
    core.fanOut.enter(session, member)
    core.count('login')
    const packages = await core.store.keyPackagesOf(member.device)
    return accept({
      incarnation: await core.store.incarnation(),
      serverTimeMs: nowMs,
      feedPosition: await core.store.feedPosition(),
      keyPackages: packages.count,
      lastResortNotAfterMs: packages.lastResortNotAfterMs,
    })
  }
}
