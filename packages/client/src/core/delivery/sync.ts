/** From hello to being up to date: the login proof, the feed, what is still to be said, key packages, mailbox, logs. */
import {
  accept,
  commands,
  decode,
  encode,
  equal,
  limits,
  mailboxItem,
  protocolVersion,
  refusals,
  refuse,
  toHex,
} from '@halyard/protocol'
import type { Answer, CommandName, Event, MailboxItem, Request, Result, Schema } from '@halyard/protocol'
import { signLogin } from '@halyard/crypto'
import { learnRemoval } from '../account/removal.ts'
import { readMeta, writeIdentity, writeMeta } from '../account/identity.ts'
import { createReturn } from '../account/return.ts'
import { confirmNewcomers, handOverKeys } from '../account/invites.ts'
import type { Context } from '../context.ts'
import { handOverPackages } from '../devices/hand-over.ts'
import type { Directory } from '../directory/directory.ts'
import { openWaitingNames, publishOwnName } from '../directory/profiles.ts'
import { makeKeyPackages } from '../messaging/key-packages.ts'
import type { Engine } from '../messaging/engine.ts'
import { takeEntryRequest } from '../messaging/entry.ts'
import { takeWelcome } from '../messaging/join.ts'
import { isMarkedRestored, markRestored } from '../messaging/restored.ts'
import { ChainMissing } from '../messaging/room.ts'
import type { Runner } from '../messaging/runner.ts'
import { forgetHeads } from '../state/keys.ts'
import type { StateSync } from '../state/state-sync.ts'
import { blobOf, numberOf } from '../store/values.ts'
import type { Connection } from './connection.ts'
import { removeRequest, waitingRequests } from './requests.ts'

export interface Sync {
  opened(hello: Event<'hello'>): void
  feed(): Promise<void>
  mailbox(): void
  /** Says to the server what waits in `requests`. */
  flush(): void
  /** The server's final answer to the request about this subject; `offline` when there is none in time. Says what waits. */
  answerTo(subject: Uint8Array): Promise<Result<undefined>>
  /** Names, confirmations and keys that have become possible. */
  chores(): void
  readonly incarnation: () => Uint8Array | undefined
}

export interface SyncParts {
  readonly context: Context
  readonly directory: Directory
  readonly connection: () => Connection
  readonly engine: () => Engine
  readonly runner: () => Runner
  readonly states: () => StateSync
  readonly signedIn: (yes: boolean) => void
  /** The server's answer to the set-up or admission; at most one acceptance. */
  readonly admission: (result: Result<unknown>) => void
}

/** Below this many the pool at the server is filled up again. */
const poolLow = 10
const poolFirst = 2
const beatMs = 60_000
/** How long somebody looks at a screen that waits for the server's answer. */
const answerMaxMs = 10_000
/** After a refusal that passes by itself. */
const askAgainMs = 10_000
/** Welcomes that wait to be judged. */
const mailKept = 500
const lastResortRenewMs = 2 * 24 * 3600_000

export const createSync = ({
  context,
  directory,
  connection,
  engine,
  runner,
  states,
  signedIn,
  admission,
}: SyncParts): Sync => {
  const { database, clock, provider, origin } = context.ports
  const back = createReturn(context, engine)
  let changes = 0
  let judgedAt = -1
  directory.onChange(() => void changes++)
  let incarnation: Uint8Array | undefined

  const begin = async (hello: Event<'hello'>): Promise<void> => {
    if (Math.abs(hello.serverTimeMs - clock.nowMs()) > limits.clockSkewMaxMs) context.alarm('clock-off', '')
    if (!(await becomeMember())) return
    const answer = await logIn(hello)
    if (answer === undefined) return
    noteIncarnation(answer.incarnation)
    // The feed only grows: a server that has less of it than it has shown before hides who was added or removed.
    if (answer.feedPosition < directory.store.feedPosition()) context.alarm('network-rolled-back', '')
    incarnation = answer.incarnation
    // Nothing is sealed or sent before the logs were compared with what this device remembers of them.
    if (!(await listConversations())) return
    if (context.stopped() !== undefined) return
    signedIn(true)
    await feed()
    // Before an invite is known to the server there is something to answer it with, should this device go away at once.
    const missing = await beginPool(answer)
    await context.enqueue('requests', flushAll)
    await fillPool(missing)
    await context.enqueue('mailbox', readMailbox)
    connection().settled()
    states().begin()
    runner().wakeAll()
    chores()
    context.tell('connection')
    beat(answer)
  }

  /**
   * Once a minute everything is asked after once more: a ring that was lost costs latency, never a message, and a
   * connection that has died silently is noticed because its answer does not come.
   */
  const beat = (session: Answer<'log-in'>): void => {
    lastSession = session
    clock.setTimer(beatMs, () => {
      if (lastSession !== session || context.stopped() !== undefined || connection().state() !== 'online') return
      void context.enqueue('feed', feed)
      void context.enqueue('mailbox', readMailbox)
      void context.enqueue('session', async () => void (await listConversations()))
      runner().wakeAll()
      beat(session)
    })
  }
  let lastSession: Answer<'log-in'> | undefined

  /** The set-up or admission that is repeated until the server has taken it. */
  const becomeMember = async (): Promise<boolean> => {
    const identity = context.identity()
    if (identity.request === undefined) return true
    const { command, body } = identity.request
    const request = decode<unknown>(commands[command].request, body)
    if (request === undefined) throw new Error('assertion failed: the stored admission does not decode')
    const answer = await connection().request(command, request as never)
    if (!answer.ok) {
      if (answer.code !== 'offline') {
        context.count(`${command}:${answer.code}`)
        admission(answer)
        if (refusals[answer.code].retry === 'later')
          clock.setTimer(answer.waitMs ?? askAgainMs, () => connection().retry())
      }
      return false
    }
    context.commit(() => writeIdentity(database, { ...identity, phase: 'member', request: undefined }))
    context.refreshIdentity()
    admission(answer)
    return true
  }

  const logIn = async (hello: Event<'hello'>): Promise<Answer<'log-in'> | undefined> => {
    const { network, keys } = context.identity()
    const proof = { version: protocolVersion, origin, network, device: keys.device, nonce: hello.nonce }
    const signature = await signLogin(provider, keys.transport, proof)
    const answer = await connection().request('log-in', {
      version: protocolVersion,
      network,
      device: keys.device,
      signature,
    })
    if (answer.ok) return answer.value
    if (answer.code === 'device-removed') await learnRemoval(context, directory, connection())
    else if (answer.code !== 'offline') {
      context.count(`log-in:${answer.code}`)
      connection().retry()
    }
    return undefined
  }

  /** A server that was restored from a copy says so by another incarnation; what it tells anew is all checked again. */
  const noteIncarnation = (now: Uint8Array): void => {
    const before = readMeta(database, 'incarnation')
    if (before !== undefined && equal(before, now)) return
    context.commit((touch) => {
      writeMeta(database, 'incarnation', now)
      if (before === undefined) return
      directory.store.setFeedPosition(0)
      forgetHeads(database)
      writeMeta(database, 'mailbox', encodeNumber(0))
      markRestored(database)
      database.run(`INSERT OR IGNORE INTO alarms (kind, chat, at_ms) VALUES ('server-restored', '', ?)`, [
        clock.nowMs(),
      ])
      touch('alarms')
    })
  }

  let feeding: Promise<void> | undefined
  /** Reads the feed to its end; calls while it runs share it. */
  const feed = (): Promise<void> => {
    feeding ??= readFeed().finally(() => void (feeding = undefined))
    return feeding
  }
  const readFeed = async (): Promise<void> => {
    for (let more = true; more && context.stopped() === undefined;) {
      const answer = await connection().request('fetch-feed', {
        after: directory.store.feedPosition(),
        limit: limits.feedPerFetchMax,
      })
      if (!answer.ok) return
      for (const item of answer.value.items) await directory.take(item, item.position)
      more = answer.value.more && answer.value.items.length > 0
    }
    chores()
  }

  const chores = (): void =>
    void context.enqueue('chores', async () => {
      await openWaitingNames(context, directory.store)
      const keyId = directory.network().directoryKey
      const own = directory.account(context.identity().account)
      if (keyId !== undefined && own !== undefined) await publishOwnName(context, directory.store, keyId, own.head)
      for (const chat of await confirmNewcomers(context, directory)) runner().wakeChat(chat)
      for (const chat of handOverKeys(context, directory)) runner().wakeChat(chat)
      if (connection().state() === 'online') await back.ask()
      const handed = await handOverPackages(context, engine())
      if (handed !== undefined) runner().wakeChat(handed)
      states().look()
      flush()
      // Once per change of the directory: what cannot be judged yet would otherwise be asked about without end.
      if (waitingMail() > 0 && changes !== judgedAt) readMail()
    })

  const flush = (): void => void context.enqueue('requests', flushAll)
  const flushAll = async (): Promise<void> => {
    for (const { ordinal, command, request, subject } of waitingRequests(database)) {
      const answer = await ask(command, request)
      if (!answer.ok && (answer.code === 'offline' || answer.code === 'login-required')) return
      if (
        !answer.ok &&
        (answer.code === 'rate-limited' || answer.code === 'server-busy' || answer.code === 'server-full')
      ) {
        return void clock.setTimer(answer.waitMs ?? 5_000, flush)
      }
      // Any other refusal is final: the same request would be refused again.
      if (!answer.ok) context.count(`${command}:${answer.code}`)
      context.commit(() => removeRequest(database, ordinal))
      if (subject !== undefined) awaited.get(toHex(subject))?.(answer.ok ? accept(undefined) : answer)
    }
  }
  const awaited = new Map<string, (answer: Result<undefined>) => void>()
  const answerTo: Sync['answerTo'] = (subject) =>
    new Promise((resolve) => {
      const key = toHex(subject)
      const done = (answer: Result<undefined>): void => {
        awaited.delete(key)
        cancel()
        resolve(answer)
      }
      const cancel = clock.setTimer(answerMaxMs, () => done(refuse('offline')))
      awaited.set(key, done)
      flush()
    })
  const ask = (command: CommandName, request: unknown): Promise<Result<unknown>> =>
    connection().request(command, request as Request<typeof command>)

  /** The first few key packages and the last resort; returns how many the pool still lacks. */
  const beginPool = async (answer: Answer<'log-in'>): Promise<number> => {
    const missing = answer.keyPackages < poolLow ? limits.keyPackagePoolMax - answer.keyPackages : 0
    const renew = (answer.lastResortNotAfterMs ?? 0) < clock.nowMs() + lastResortRenewMs
    const first = Math.min(missing, answer.keyPackages === 0 ? poolFirst : 0)
    if (first > 0 || renew)
      await connection().request('publish-key-packages', await makeKeyPackages(engine(), first, renew))
    return missing - first
  }
  const fillPool = async (missing: number): Promise<void> => {
    if (missing > 0) await connection().request('publish-key-packages', await makeKeyPackages(engine(), missing, false))
  }

  const mailboxPosition = (): number => decodeNumber(readMeta(database, 'mailbox'))
  /** Items are stored before the server is told, and judged from there: as often as it takes. */
  const readMailbox = async (): Promise<void> => {
    for (let more = true; more && context.stopped() === undefined;) {
      const answer = await connection().request('fetch-mailbox', {
        after: mailboxPosition(),
        limit: limits.mailboxPerFetchMax,
      })
      if (!answer.ok) return
      const last = answer.value.items.at(-1)
      if (last === undefined) break
      context.commit(() => {
        // The oldest give way: nobody fills this device with what can never be judged.
        database.run(
          'DELETE FROM mailbox WHERE position NOT IN (SELECT position FROM mailbox ORDER BY position DESC LIMIT ?)',
          [mailKept],
        )
        for (const item of answer.value.items) {
          database.run('INSERT OR IGNORE INTO mailbox (position, item) VALUES (?, ?)', [
            item.position,
            encode(mailboxItem as Schema<unknown>, item),
          ])
        }
        writeMeta(database, 'mailbox', encodeNumber(last.position))
      })
      await connection().request('pass-mailbox', { position: last.position })
      more = answer.value.more
      // Page by page: what can be judged makes room, and only what waits counts against `mailKept`.
      await takeMail()
    }
    if (waitingMail() > 0) await takeMail()
  }

  const waitingMail = (): number => numberOf(database.get('SELECT count(*) AS n FROM mailbox') ?? {}, 'n')
  const readMail = (): void => void context.enqueue('mailbox', takeMail)
  const takeMail = async (): Promise<void> => {
    let joined = 0
    judgedAt = changes
    for (const row of database.all('SELECT position, item FROM mailbox ORDER BY position LIMIT 1000')) {
      const value = decode(mailboxItem, blobOf(row, 'item'))
      const result = value === undefined ? 'dropped' : await takeOne(value.item)
      if (result === 'offline') return
      if (result === 'later') continue
      context.commit(() => database.run('DELETE FROM mailbox WHERE position = ?', [numberOf(row, 'position')]))
      if (result !== 'joined' || value?.item.kind !== 'welcome') continue
      joined++
      runner().behind(value.item.conversation)
    }
    if (joined > 0) {
      chores()
      await fillPool(Math.min(joined, limits.keyPackagePoolMax))
    }
  }
  const takeOne = async (item: MailboxItem['item']) => {
    try {
      return item.kind === 'welcome' ? await takeWelcome(engine(), item) : await takeEntryRequest(engine(), item)
    } catch (error) {
      if (!(error instanceof ChainMissing)) throw error
      await feed()
      return 'later' as const
    }
  }

  const listConversations = async (): Promise<boolean> => {
    let after: Uint8Array | undefined
    for (let more = true; more;) {
      const answer = await connection().request('list-conversations', { after })
      if (!answer.ok) return answer.code !== 'offline'
      for (const { conversation, newest, passed } of answer.value.items) {
        const group = engine().load(conversation)
        if (group !== undefined && passed > group.cursor.seq && isStillTheSameLog(conversation)) {
          // This device has said that it had read further than it remembers: its data are an older copy.
          context.stop('copied-device')
          return true
        }
        if (group !== undefined && newest > group.cursor.seq) runner().behind(conversation)
        after = conversation
      }
      more = answer.value.more && answer.value.items.length > 0
    }
    return true
  }
  /** After a restore the server's numbers mean something else, until the log was compared. */
  const isStillTheSameLog = (conversation: Uint8Array): boolean => !isMarkedRestored(database, conversation)

  return {
    opened: (hello) => void context.enqueue('session', () => begin(hello)),
    feed,
    mailbox: () => void context.enqueue('mailbox', readMailbox),
    flush,
    answerTo,
    chores,
    incarnation: () => incarnation,
  }
}

const encodeNumber = (value: number): Uint8Array => new TextEncoder().encode(String(value))
const decodeNumber = (value: Uint8Array | undefined): number =>
  value === undefined ? 0 : Number(new TextDecoder().decode(value))
