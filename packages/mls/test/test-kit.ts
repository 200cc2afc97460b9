/** For tests alone: devices, a judge that takes everything, and shorthand that fails loudly on a refusal. */
import {
  createCommit,
  createKeyPackage,
  generateSignatureKeyPair,
  createGroup,
  isRefusal,
  joinGroup,
  protect,
  receive,
  type CommitCreated,
  type CommitOptions,
  type CommitReceived,
  type GroupState,
  type Joined,
  type Judge,
  type KeyPackageCreated,
  type ParentGroup,
  type Provider,
  type Received,
  type Refusal,
  type SignatureKeyPair,
} from '../src/index.ts'

export const nowS = 1_800_000_000
export const acceptAll: Judge = { credential: () => true, commit: () => true, nowS, lifetimeMaxS: 90 * 86400 }
export const lifetime = { notBeforeS: nowS - 3600, notAfterS: nowS + 30 * 86400 }

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function plain(value: Uint8Array): string {
  return new TextDecoder().decode(value)
}

/** A generator of reproducible bytes (xorshift128): never for anything but tests. */
export function seededRandom(seed: number): (length: number) => Uint8Array {
  const s = [seed | 1, 0x9e3779b9, seed ^ 0x243f6a88, 0xb7e15162]
  const next = (): number => {
    let t = s[3] ?? 0
    const a = s[0] ?? 0
    s[3] = s[2] ?? 0
    s[2] = s[1] ?? 0
    s[1] = a
    t ^= t << 11
    t ^= t >>> 8
    return (s[0] = t ^ a ^ (a >>> 19)) >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  return (length) => Uint8Array.from({ length }, () => next() & 0xff)
}

/** Randomness that is exactly these bytes, from the first to the last. */
export function coinsOf(coins: Uint8Array): (length: number) => Uint8Array {
  let at = 0
  return (length) => coins.slice(at, (at += length))
}

export type Device = { readonly name: string; readonly keys: SignatureKeyPair; readonly kit: KeyPackageCreated }

export async function device(
  provider: Provider,
  suite: number,
  name: string,
  extra: { lastResort?: boolean; lifetime?: typeof lifetime } = {},
): Promise<Device> {
  const keys = await generateSignatureKeyPair(provider, suite)
  const kit = await createKeyPackage({
    provider,
    suite,
    identity: text(name),
    signatureKeyPair: keys,
    lifetime,
    ...extra,
  })
  return { name, keys, kit }
}

export function ok<T extends { readonly ok: true }>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`refused: ${result.code} (${result.fault}): ${result.reason}`)
  return result as T
}

export function refused(result: { readonly ok: true } | Refusal): Refusal {
  if (!isRefusal(result)) throw new Error('not refused')
  return result
}

export async function founded(provider: Provider, suite: number, name: string): Promise<GroupState> {
  const keys = await generateSignatureKeyPair(provider, suite)
  return createGroup({
    provider,
    suite,
    groupId: provider.random(16),
    identity: text(name),
    signatureKeyPair: keys,
    lifetime,
  })
}

export async function commit(
  provider: Provider,
  state: GroupState,
  options: Partial<CommitOptions> = {},
): Promise<CommitCreated> {
  return ok(await createCommit({ provider, state, proposals: [], judge: acceptAll, ...options }))
}

export async function got(
  provider: Provider,
  state: GroupState,
  message: Uint8Array,
  judge = acceptAll,
): Promise<Received> {
  return ok(await receive({ provider, state, message, judge }))
}

export async function gotCommit(provider: Provider, state: GroupState, message: Uint8Array): Promise<CommitReceived> {
  const received = await got(provider, state, message)
  if (received.kind !== 'commit') throw new Error(`a ${received.kind} instead of a commit`)
  return received
}

export async function joined(provider: Provider, who: Device, made: CommitCreated): Promise<Joined> {
  const welcome = made.welcomes.find((slice) =>
    slice.reference.every((byte, i) => byte === who.kit.reference[i]),
  )?.welcome
  if (welcome === undefined) throw new Error('no welcome for this device')
  return ok(
    await joinGroup({
      provider,
      welcome,
      keyPackage: who.kit.keyPackage,
      privateKeys: who.kit.privateKeys,
      signatureKeyPair: who.keys,
      ratchetTree: made.ratchetTree,
      judge: acceptAll,
    }),
  )
}

export async function said(provider: Provider, state: GroupState, data: string) {
  return ok(await protect({ provider, state, data: text(data), authenticatedData: text('ad'), paddedLength: 64 }))
}

/** A group of `names.length` members: the first creates it and adds the others in one commit; with `mixed`, each of them then commits once. */
export async function group(
  provider: Provider,
  suite: number,
  names: readonly string[],
  mixed = false,
): Promise<GroupState[]> {
  const creator = await founded(provider, suite, names[0] ?? 'a')
  const others = await Promise.all(names.slice(1).map((name) => device(provider, suite, name)))
  if (others.length === 0) return [creator]
  const made = await commit(provider, creator, { proposals: others.map((other) => ({ add: other.kit.keyPackage })) })
  let states = [
    made.newState,
    ...(await Promise.all(others.map(async (other) => (await joined(provider, other, made)).state))),
  ]
  if (!mixed) return states
  for (let i = 0; i < states.length; i++) states = await everyoneFollows(provider, states, i)
  return states
}

/** Member `i` commits, all others follow. */
export async function everyoneFollows(
  provider: Provider,
  states: readonly GroupState[],
  i: number,
  options: Partial<CommitOptions> = {},
): Promise<GroupState[]> {
  const state = states[i]
  if (state === undefined) throw new Error('no such member')
  const made = await commit(provider, state, options)
  return Promise.all(
    states.map(async (other, j) =>
      j === i ? made.newState : (await gotCommit(provider, other, made.message)).newState,
    ),
  )
}

export function nth<T>(list: readonly T[], i: number): T {
  const value = list[i]
  if (value === undefined) throw new Error(`no element ${i}`)
  return value
}

/** Members of a group that follows another are known by their names. */
export const sameNames: ParentGroup['membersMatch'] = (usage, before, after) => {
  const names = (list: typeof before): Set<string> => new Set(list.map(({ identity }) => plain(identity)))
  const [inner, outer] = usage === 'reinit' ? [names(before), names(after)] : [names(after), names(before)]
  return [...inner].every((name) => outer.has(name))
}
