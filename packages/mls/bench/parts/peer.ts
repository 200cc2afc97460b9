/**
 * The same steps on `ts-mls`, suite 1: from npm, installed under tools/peers when this runs, by its public interface. Filling a tree with it
 * takes many minutes at 1,000 members, so the engine fills one, and two members who run the peer join it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCommit, type GroupState, type Provider } from '../../src/index.ts'
import { fullLeafCount } from '../../src/tree-math.ts'
import type { StepName } from './rows.ts'
import { addAll, at, fillPaths, found, judge, makeDevices, must, seenFrom } from './world.ts'

interface KeyPackage {
  readonly leafNode: object
}
interface PrivateKeys {
  readonly initPrivateKey: Uint8Array
}
interface Made {
  readonly publicPackage: KeyPackage
  readonly privatePackage: PrivateKeys
}
interface State {
  readonly ratchetTree: unknown
}
type Message =
  | { readonly wireformat: 'mls_key_package'; readonly version: 'mls10'; readonly keyPackage: KeyPackage }
  | { readonly wireformat: 'mls_private_message'; readonly version: 'mls10'; readonly privateMessage: object }
  | { readonly wireformat: 'mls_welcome'; readonly version: 'mls10'; readonly welcome: object }
interface Proposal {
  readonly proposalType: 'add'
  readonly add: { readonly keyPackage: KeyPackage }
}
/** The part of its interface that is used. */
interface Peer {
  getCiphersuiteFromName(name: string): object
  getCiphersuiteImpl(suite: object): Promise<object>
  defaultCapabilities(): object
  readonly emptyPskIndex: object
  generateKeyPackage(
    credential: { credentialType: 'basic'; identity: Uint8Array },
    capabilities: object,
    lifetime: object,
    extensions: readonly object[],
    impl: object,
  ): Promise<Made>
  createGroup(id: Uint8Array, own: KeyPackage, keys: PrivateKeys, extensions: object[], impl: object): Promise<State>
  createCommit(
    context: { state: State; cipherSuite: object },
    options?: { extraProposals: readonly Proposal[] },
  ): Promise<{ readonly newState: State; readonly welcome: object | undefined; readonly commit: Message }>
  createApplicationMessage(
    state: State,
    data: Uint8Array,
    impl: object,
  ): Promise<{ readonly newState: State; readonly privateMessage: object }>
  processPrivateMessage(
    state: State,
    message: object,
    psks: object,
    impl: object,
  ): Promise<{ readonly newState: State }>
  joinGroup(
    welcome: object,
    own: KeyPackage,
    keys: PrivateKeys,
    psks: object,
    impl: object,
    tree?: unknown,
  ): Promise<State>
  encodeMlsMessage(message: Message): Uint8Array
  decodeMlsMessage(bytes: Uint8Array, offset: number): readonly [Message, number] | undefined
}

const folder = fileURLToPath(new URL('../../../../tools/peers/', import.meta.url))

/** `undefined`: it is not there and could not be installed. */
export const loadPeer = async (): Promise<PeerBench | undefined> => {
  const entry = `${folder}node_modules/ts-mls/dist/src/index.js`
  if (!existsSync(entry)) {
    console.log('Installing the peer the engine is measured beside (once) …')
    const shell = process.platform === 'win32'
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      shell,
      stdio: 'inherit',
    })
  }
  if (!existsSync(entry)) return undefined
  const peer = (await import(entry)) as Peer
  const impl = await peer.getCiphersuiteImpl(
    peer.getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'),
  )
  return { peer, impl }
}

export interface PeerBench {
  readonly peer: Peer
  readonly impl: object
}

export interface PeerRow {
  readonly name: StepName
  readonly run: () => Promise<unknown>
}

/** The peer's steps, each with the encoding that goes with it, as the engine's own have. */
const stepsOf = ({ peer, impl }: PeerBench) => ({
  make: (index: number): Promise<Made> => {
    const nowS = BigInt(Math.floor(Date.now() / 1000))
    const identity = new TextEncoder().encode(`member ${index} of the group`)
    const lifetime = { notBefore: nowS - 3600n, notAfter: nowS + 86400n }
    return peer.generateKeyPackage(
      { credentialType: 'basic', identity },
      peer.defaultCapabilities(),
      lifetime,
      [],
      impl,
    )
  },
  found: (own: Made): Promise<State> =>
    peer.createGroup(new Uint8Array(32).fill(7), own.publicPackage, own.privatePackage, [], impl),
  commit: async (state: State, added: readonly Made[] = []) => {
    const extraProposals = added.map(({ publicPackage }): Proposal => ({
      proposalType: 'add',
      add: { keyPackage: publicPackage },
    }))
    const made = await peer.createCommit({ state, cipherSuite: impl }, { extraProposals })
    return { ...made, message: peer.encodeMlsMessage(made.commit) }
  },
  follow: (state: State, message: Uint8Array) => {
    const [decoded] = peer.decodeMlsMessage(message, 0) ?? []
    if (decoded?.wireformat !== 'mls_private_message') throw new Error('not a private message')
    return peer.processPrivateMessage(state, decoded.privateMessage, peer.emptyPskIndex, impl)
  },
  say: async (state: State, data: Uint8Array) => {
    const { newState, privateMessage } = await peer.createApplicationMessage(state, data, impl)
    return {
      newState,
      message: peer.encodeMlsMessage({ wireformat: 'mls_private_message', version: 'mls10', privateMessage }),
    }
  },
  join: (own: Made, welcome: Uint8Array, tree?: unknown): Promise<State> => {
    const [decoded] = peer.decodeMlsMessage(welcome, 0) ?? []
    if (decoded?.wireformat !== 'mls_welcome') throw new Error('not a Welcome')
    return peer.joinGroup(decoded.welcome, own.publicPackage, own.privatePackage, peer.emptyPskIndex, impl, tree)
  },
  /** an encoded KeyPackage, without the header of the MLSMessage around it */
  keyPackageOf: ({ publicPackage }: Made): Uint8Array =>
    peer.encodeMlsMessage({ wireformat: 'mls_key_package', version: 'mls10', keyPackage: publicPackage }).slice(4),
})

/** As the engine's own rows; a step that the peer cannot do is missing. */
export const peerRowsAt = async (
  bench: PeerBench,
  provider: Provider,
  members: number,
): Promise<readonly PeerRow[]> => {
  const { make, found: foundPeer, commit } = stepsOf(bench)
  const devices: Made[] = []
  for (let index = 0; index < members; index++) devices.push(await make(index))
  const founder = await foundPeer(at(devices, 0))
  const others = devices.slice(1)
  const added = await commit(founder, others)
  return [
    ...(members < 10 ? [] : await filledRows(bench, provider, members)),
    { name: 'add all, create', run: () => commit(founder, others) },
    await processAddRow(bench, others),
    { name: 'first update, create', run: () => commit(added.newState) },
  ]
}

/**
 * The engine's group, with the peer at one leaf on each side of the root. Each of the two is added by its neighbour, whose new path covers its
 * own: where a node lists a leaf as unmerged, the peer takes a good tree for a bad one and does not join.
 */
const filledRows = async (bench: PeerBench, provider: Provider, members: number): Promise<readonly PeerRow[]> => {
  const { make, commit, follow, say, join, keyPackageOf } = stepsOf(bench)
  const far = fullLeafCount(members) / 2
  const devices = await makeDevices(provider, 1, members - 1)
  const { group: all } = await addAll(provider, await found(provider, 1), devices)
  const removes = [{ remove: 1 }, { remove: far + 1 }]
  const { newState } = must(await createCommit({ provider, judge, state: all.state, proposals: removes }))
  const group = await fillPaths(provider, { ...all, state: newState }, 0, [1, far + 1])
  const add = async (state: GroupState, one: Made) =>
    must(
      await createCommit({
        provider,
        judge,
        state,
        proposals: [{ add: keyPackageOf(one) }],
        ratchetTreeInWelcome: true,
      }),
    )
  const [a, b] = [await make(1), await make(2)]
  const addA = await add(group.state, a)
  const addB = await add(seenFrom({ ...group, state: addA.newState }, far), b)
  const welcomeB = at(addB.welcomes, 0).welcome
  const joinedA = await join(a, at(addA.welcomes, 0).welcome)
  const writer = (await follow(joinedA, addB.message)).newState
  const reader = await join(b, welcomeB)
  const data = new Uint8Array(100).fill(0x61)
  const said = await say(writer, data)
  const heard = await follow(reader, said.message)
  const next = await say(said.newState, data)
  const update = await commit(writer)
  let state = next.newState
  return [
    {
      name: 'encrypt 100 B',
      run: async () => {
        state = (await say(state, data)).newState
      },
    },
    { name: 'decrypt 100 B', run: () => follow(heard.newState, next.message) },
    { name: 'update, create', run: () => commit(writer) },
    { name: 'update, process', run: () => follow(reader, update.message) },
    { name: 'join by Welcome', run: () => join(b, welcomeB) },
  ]
}

const processAddRow = async (bench: PeerBench, others: readonly Made[]): Promise<PeerRow> => {
  const { make, found: foundPeer, commit, join, follow } = stepsOf(bench)
  const [a, b] = [await make(-1), await make(-2)]
  const made = await commit(await foundPeer(a), [b])
  const { peer } = bench
  if (made.welcome === undefined) throw new Error('an added member gets a Welcome')
  const welcome = peer.encodeMlsMessage({ wireformat: 'mls_welcome', version: 'mls10', welcome: made.welcome })
  const reader = await join(b, welcome, made.newState.ratchetTree)
  const { message } = await commit(made.newState, others)
  return { name: 'add all, process at an old member', run: () => follow(reader, message) }
}
