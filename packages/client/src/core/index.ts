/** A member without a screen: the client core. */
import { accept, refuse, toHex } from '@halyard/protocol'
import type { Event, Result } from '@halyard/protocol'
import { readRecoveryWords } from '@halyard/crypto'
import { prepareJoin, prepareSetUp, previewInvite as preview } from './account/begin.ts'
import { readIdentity } from './account/identity.ts'
import { createRecoveryCards, prepareRestore, previewRecovery as previewCard } from './account/recovery.ts'
import type { RecoveryTyped } from './api.ts'
import { createCommands } from './commands.ts'
import { createContext } from './context.ts'
import { createConnection } from './delivery/connection.ts'
import type { Connection } from './delivery/connection.ts'
import { createSync } from './delivery/sync.ts'
import { prepareDevice } from './devices/add-device.ts'
import { createApprovals } from './devices/approve.ts'
import { openDirectory } from './directory/directory.ts'
import type {
  AddDeviceMember,
  HasAccount,
  JoinMember,
  Member,
  MemberPorts,
  OpenMember,
  PreviewInvite,
  PreviewRecovery,
  RestoreMember,
  SetUpMember,
} from './member.ts'
import { createEngine } from './messaging/engine.ts'
import type { Engine } from './messaging/engine.ts'
import { createRunner } from './messaging/runner.ts'
import { createTyping } from './messaging/typing.ts'
import { createStateSync } from './state/state-sync.ts'
import type { StateSync } from './state/state-sync.ts'
import { migrate } from './store/schema.ts'
import { query } from './views.ts'

export * from './api.ts'
export * from './member.ts'
export * from './ports.ts'
export { productSuite } from './suite.ts'
export { formatVersion } from './store/schema.ts'
// What a thief of this device's database could read: for tests, which are such thieves.
export { readIdentity } from './account/identity.ts'
export { cleanPicture, isPicture } from './messaging/picture.ts'
export { loadGroup } from './messaging/group-store.ts'
export { thaw } from './messaging/group.ts'
export type { Group } from './messaging/group.ts'

/** What tests, the simulator and crash tools look at beside the face of a member. */
export interface OpenedMember extends Member {
  counters(): ReadonlyMap<string, number>
  /** Resolves when nothing is queued on this device. */
  idle(): Promise<void>
}

export const hasAccount: HasAccount = (database) => {
  const table = database.get(`SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'meta'`)
  return table !== undefined && readIdentity(database) !== undefined
}

export const openMember = async (ports: MemberPorts): Promise<Result<OpenedMember>> => {
  const migrated = migrate(ports.database)
  if (!migrated.ok) return migrated
  return accept((await start(ports)).member)
}
openMember satisfies OpenMember

export const setUpMember: SetUpMember = async (ports, request) => {
  const prepared = await prepareSetUp(ports, request)
  return prepared.ok ? begin(ports) : prepared
}
export const joinMember: JoinMember = async (ports, request) => {
  const prepared = await prepareJoin(ports, request)
  return prepared.ok ? begin(ports) : prepared
}
export const addDeviceMember: AddDeviceMember = async (ports, request, screen) => {
  const prepared = await prepareDevice(ports, request, screen)
  return prepared.ok ? accept((await start(ports)).member) : prepared
}
export const restoreMember: RestoreMember = async (ports, request) => {
  const prepared = await prepareRestore(ports, request)
  return prepared.ok ? begin(ports) : prepared
}
export const previewRecovery: PreviewRecovery = previewCard
export const readRecoveryKey = (words: string): RecoveryTyped => {
  const typed = readRecoveryWords(words)
  if (typed.kind !== 'key') return typed
  typed.recoveryKey.fill(0)
  return { kind: 'key' }
}
export const previewInvite: PreviewInvite = preview

/** How long the first answer is waited for; after that the device goes on asking by itself. */
const firstAnswerMs = 15_000

/** Starts what was prepared and waits for the server's word: a definite no ends it, silence does not. */
const begin = async (ports: MemberPorts): Promise<Result<OpenedMember>> => {
  const { member, admitted } = await start(ports)
  const silence = new Promise<Result<unknown>>(
    (resolve) => void ports.clock.setTimer(firstAnswerMs, () => resolve(accept(undefined))),
  )
  const answer = await Promise.race([admitted, silence])
  if (answer.ok) return accept(member)
  await member.stop()
  return refuse(answer.code)
}

const start = async (
  ports: MemberPorts,
): Promise<{ readonly member: OpenedMember; readonly admitted: Promise<Result<unknown>> }> => {
  const identity = readIdentity(ports.database)
  if (identity === undefined) throw new Error('assertion failed: the database holds no account')
  const context = createContext(ports, identity)
  const directory = await openDirectory(context)
  const own = toHex(identity.account)
  let signedIn = false
  const admission = Promise.withResolvers<Result<unknown>>()

  const connection: Connection = createConnection(ports, {
    opened: (hello) => sync.opened(hello),
    event: (name, value) => take(name, value),
    changed() {
      if (connection.state() !== 'online') {
        signedIn = false
        runner.disconnected()
      }
      context.tell('connection')
    },
    outdated: () => context.stop('new-version'),
    hostile: (what) => context.count(`hostile:${what}`),
  })
  /** Only a connection that has signed in is of use to conversations. */
  const usable: Connection = {
    ...connection,
    state: () => (connection.state() === 'online' && !signedIn ? 'connecting' : connection.state()),
  }
  const engine: Engine = createEngine(context, directory, {
    connection: () => usable,
    incarnation: () => sync.incarnation(),
    wake: (conversation) => runner.wake(conversation),
    spoke: (chat, account) => typing.forget(chat, account),
  })
  const runner = createRunner(
    context,
    () => engine,
    () => sync.feed(),
    () => sync.chores(),
    () => {
      sync.flush()
      // Whoever was brought in again waits with the Welcome until this one is over.
      sync.mailbox()
    },
  )
  const typing = createTyping(context, () => engine)
  const states: StateSync = createStateSync({
    context,
    directory,
    connection: () => usable,
    engine: () => engine,
    wakeMe: () => runner.wakeChat(own),
    feed: () => sync.feed(),
  })
  const sync = createSync({
    context,
    directory,
    connection: () => connection,
    engine: () => engine,
    runner: () => runner,
    states: () => states,
    signedIn: (yes) => void (signedIn = yes),
    admission: (result) => admission.resolve(result),
  })

  const take = (name: string, value: Event<'row' | 'mailbox' | 'feed' | 'whisper' | 'ended'>): void => {
    if (name === 'row' && 'entry' in value) runner.offer(value.conversation, value.entry)
    else if (name === 'mailbox') sync.mailbox()
    else if (name === 'feed') void context.enqueue('feed', () => sync.feed())
    else if (name === 'whisper' && 'message' in value) typing.hear(value.conversation, value.message)
    // `ended` needs no answer: why a session ended is said again, and proven, when this device tries to sign in.
  }

  const approvals = createApprovals(
    context,
    directory,
    () => usable,
    () => runner.wakeAll(),
  )
  const cards = createRecoveryCards(context, directory, () => usable)
  const sources = {
    context,
    directory,
    engine,
    whoTypes: (chat: string) => typing.whoTypes(chat),
    connection: () => ({
      state: usable.state(),
      nextTryAtMs: connection.nextTryAtMs(),
      catchingUp: runner.isCatchingUp(),
    }),
  }
  const member: OpenedMember = {
    commands: createCommands({ context, directory, engine, runner, sync, typing, approvals, cards }),
    query: (name, parameters) => query(sources, name, parameters),
    // The own account is the chat `me` on every screen.
    onChange: (listener) =>
      context.onTopics((topics) => listener(new Set([...topics].map((topic) => topic.replace(own, 'me'))))),
    onStop(listener) {
      context.onStop((reason, ended) => {
        connection.stop()
        listener(reason, ended)
      })
    },
    async stop() {
      connection.stop()
      context.close()
      await context.idle()
    },
    counters: () => context.counters(),
    idle: () => context.idle(),
  }
  context.onStop(() => connection.stop())
  connection.start()
  sync.chores()
  return { member, admitted: admission.promise }
}
