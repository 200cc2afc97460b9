/** A core for tests: an account is a row, a message is a row, and it can be told to fail in every way. */
import { accept, refuse } from '@halyard/protocol'
import type { RefusalCode, Result } from '@halyard/protocol'
import type { Person, Queries, Settings, StopReason } from '../core/api.ts'
import type { Member, MemberPorts, MemberQuery } from '../core/member.ts'
import type { Database } from '../core/ports.ts'
import type { ClientCore } from './host-ports.ts'

export interface TestCore extends ClientCore {
  /** Set to make the next of these go wrong. */
  refuseWith: RefusalCode | undefined
  throwOnce: Error | undefined
  /** Set-up leaves an account behind although it refuses. */
  leaveAccount: boolean
  /** Set to let a browser in that asks. */
  letIn: boolean
  /** Commands wait until this is called. */
  hold: (() => void) | undefined
  readonly opened: number
  readonly stopped: number
  stopWith(reason: StopReason): void
}

const self: Person = {
  accountId: 'a',
  name: 'Ava',
  isSelf: true,
  isOwner: true,
  standing: 'confirmed',
  invitedBySelf: false,
  invitedSelf: false,
}

export const createTestCore = (): TestCore => {
  let opened = 0
  let stopped = 0
  let stopNow: ((reason: StopReason) => void) | undefined

  const check = (): Result<undefined> => {
    const error = core.throwOnce
    core.throwOnce = undefined
    if (error !== undefined) throw error
    const code = core.refuseWith
    core.refuseWith = undefined
    return code === undefined ? accept(undefined) : refuse(code)
  }

  const hasAccount = (database: Database): boolean =>
    database.get("SELECT 1 FROM sqlite_schema WHERE name = 'account'") !== undefined

  const make = async (ports: MemberPorts, name: string): Promise<Result<Member>> => {
    const { database } = ports
    const write = (): void => {
      database.transaction(() => {
        database.run('CREATE TABLE account (name TEXT, idle INTEGER)')
        database.run('CREATE TABLE message (key TEXT PRIMARY KEY, body TEXT)')
        database.run('INSERT INTO account VALUES (?, 15)', [name])
      })
    }
    if (core.leaveAccount) write()
    const result = check()
    if (!result.ok) return result
    write()
    return accept(createMember(database))
  }

  const createMember = (database: Database): Member => {
    opened++
    const listeners = new Set<(topics: ReadonlySet<string>) => void>()
    const tell = (...topics: string[]): void => {
      for (const listener of listeners) listener(new Set(topics))
    }
    const settings = (): Settings => ({
      idleMinutes: Number(database.get('SELECT idle FROM account')?.['idle']),
      sendReadReceipts: true,
    })
    const values = {
      chats: () => ({
        networkName: 'N',
        self: { ...self, name: String(database.get('SELECT name FROM account')?.['name']) },
        items: [],
        unreadTotal: Number(database.get('SELECT count(*) AS n FROM message')?.['n']),
      }),
      settings,
      alarms: () => [],
      connection: () => ({ state: 'offline', waiting: 0, catchingUp: false }),
      conversation: () => undefined,
      timeline: () => ({ rows: [], hasOlder: false, hasNewer: false }),
      picture: () => undefined,
      members: () => [],
      devices: () => [],
      recovery: () => ({ waiting: 0 }),
    }
    return {
      commands: {
        open: async () => check(),
        async send(request) {
          const { key = '' } = request as { readonly key?: string }
          const result = check()
          if (!result.ok) return result
          database.transaction(() =>
            database.run('INSERT INTO message VALUES (?, ?) ON CONFLICT DO NOTHING', [key, request.text]),
          )
          tell('chats', `timeline:${request.chatId}`)
          if (core.hold !== undefined) await new Promise<void>((resolve) => (core.hold = resolve))
          return accept(key)
        },
        retry: async () => check(),
        discard: async () => check(),
        markRead: async () => void check(),
        setDraft: async () => void check(),
        setMuted: async () => check(),
        typing: async () => void check(),
        createInvite: async () => accept({ link: 'http://x/join/a#b', expiresAtMs: 1 }),
        createGroup: async () => accept('c'),
        addPeople: async () => check(),
        removePerson: async () => check(),
        renameGroup: async () => check(),
        setPicture: async () => check(),
        setModerator: async () => check(),
        leaveGroup: async () => check(),
        removeFromNetwork: async () => check(),
        makeOwner: async () => check(),
        drawRecoveryKey: async () => accept(['harbor']),
        keepRecoveryKey: async () => check(),
        findDevice: async () => refuse('offer-unknown'),
        approveDevice: async ({ number }) => (number === '482913' ? check() : refuse('number-wrong')),
        refuseDevice: async () => void check(),
        removeDevice: async () => check(),
        nameDevice: async () => check(),
        acknowledgeAlarm: async () => void check(),
        async changeSettings(change) {
          database.run('UPDATE account SET idle = ?', [change.idleMinutes ?? settings().idleMinutes])
          tell('settings')
          return accept(undefined)
        },
      },
      query: <K extends MemberQuery>(query: K) => values[query]() as Queries[K]['value'],
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      onStop(listener) {
        stopNow = listener
      },
      async stop() {
        stopped++
      },
    }
  }

  const core: TestCore = {
    refuseWith: undefined,
    throwOnce: undefined,
    leaveAccount: false,
    letIn: false,
    hold: undefined,
    get opened() {
      return opened
    },
    get stopped() {
      return stopped
    },
    stopWith: (reason) => stopNow?.(reason),
    hasAccount,
    async openMember({ database }) {
      const result = check()
      return result.ok ? accept(createMember(database)) : result
    },
    setUpMember: (ports, { name }) => make(ports, name),
    joinMember: (ports, { name }) => make(ports, name),
    restoreMember: (ports, { platform }) => make(ports, platform),
    previewRecovery: async () => accept({ networkName: 'Northwind', name: 'Ava' }),
    readRecoveryKey: () => ({ kind: 'key' }),
    addDeviceMember: async (ports, { platform }, screen) => {
      screen.show({ state: 'code', code: 'K7TM4QXD', untilMs: 1 })
      while (!core.letIn && !screen.cancelled()) await new Promise((resolve) => setTimeout(resolve, 5))
      return screen.cancelled() ? refuse('offer-unknown') : make(ports, platform)
    },
    previewInvite: async () =>
      accept({ networkName: 'N', inviterName: 'Ben', inviterIsOwner: true, expiresAtMs: 1, serverHost: 'x' }),
  }
  return core
}
