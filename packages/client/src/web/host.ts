/**
 * The one worker of an origin that holds the data: starting → empty | locked → open → stopped. It unlocks, locks,
 * sets up, serves every tab's page, and hands its key to the workers that wait to take over.
 */
import { accept, refusals, refuse } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { Commands, EndedBy, Queries, Session, StopReason } from '../core/api.ts'
import { topicOf } from '../core/member.ts'
import type { Member, MemberCommands, MemberPorts, MemberQuery } from '../core/member.ts'
import { DatabaseDamagedError, DiskFullError } from '../core/ports.ts'
import type { Database } from '../core/ports.ts'
import {
  atMost,
  createFaultMeter,
  createTurns,
  eraseDevice,
  forgetSecret,
  isSilent,
  judgeVault,
  keyHook,
  opensVault,
  saveVault,
  stopReasonOf,
} from './host-answers.ts'
import type { Vault } from './host-answers.ts'
import type { Host, HostPorts, InheritedKey, OpenedMember } from './host-ports.ts'
import { createHostPairing } from './host-pairing.ts'
import { createIdleLock } from './idle-lock.ts'
import { createKeyHeirs } from './key-heirs.ts'
import { passphraseScoreMin, ratePassphrase, suggestPassphrase } from './passphrase.ts'
import { servePage } from './serve-page.ts'
import type { Served, ServedPage } from './serve-page.ts'
import { openVault } from './vault.ts'
import type { VaultSecret } from './vault.ts'

/** How long queued work may come to rest before the database is closed under it. */
const restMaxMs = 500
/** How long the pages have to hear of a lock. */
const endAfterMs = 1000

export const createHost = (ports: HostPorts): Host => {
  const { core, storage, vaultStore } = ports
  const { clock } = ports.member
  const pages = new Set<ServedPage>()
  let session: Session = { state: 'starting' }
  let vault: Vault | undefined
  let opened: OpenedMember | undefined
  let key: Uint8Array | undefined
  let isOwner = true
  let lockCount = 0
  let misbehavedCount = 0
  const isHopelessAfterFault = createFaultMeter(clock)
  const idle = createIdleLock(clock, () => void lock())
  const pairing = createHostPairing(() => tell(new Set(['pairing'])))
  const heirs = createKeyHeirs(() => (opened === undefined || key === undefined ? undefined : { key, lockCount }))

  let whenStarted: (() => void)[] = []
  const setSession = (next: Session): void => {
    session = next
    tell(new Set(['session']))
    if (next.state === 'starting') return
    for (const resume of whenStarted) resume()
    whenStarted = []
  }
  /** What is asked while an owner takes over waits until it has: nobody is told "locked" who is not. */
  const started = async (): Promise<void> => {
    if (session.state === 'starting') await new Promise<void>((resolve) => whenStarted.push(resolve))
  }
  const tell = (topics: ReadonlySet<string> | 'all'): void => {
    for (const page of pages) page.changed(topics)
  }

  const start = async (inherited?: InheritedKey): Promise<void> => {
    try {
      const stored = await vaultStore.load()
      lockCount = stored.lockCount
      const found = judgeVault(stored)
      if (found === undefined) {
        // Without a record nothing could ever open a database that is still there.
        storage.erase()
        return setSession({ state: 'empty', kept: storage.kept })
      }
      if (typeof found === 'string') return setSession({ state: 'stopped', reason: found })
      vault = found
      if (inherited !== undefined && inherited.lockCount === lockCount) {
        await openWith(inherited.key.slice())
        if (session.state !== 'starting') return
      }
      setSession({ state: 'locked', method: found.record.method })
    } catch (error) {
      setSession({ state: 'stopped', reason: error instanceof DatabaseDamagedError ? 'database-damaged' : 'fault' })
    } finally {
      inherited?.key.fill(0)
    }
  }

  // Setting up, joining and unlocking change the whole; one at a time.
  const inTurn = createTurns()
  const withDatabase = (database: Database): MemberPorts => ({ ...ports.member, database })
  const unlock = (secret: VaultSecret): Promise<Result<undefined>> =>
    inTurn(async () => {
      await started()
      if (session.state === 'open') return accept(undefined)
      if (session.state !== 'locked' || vault === undefined || !isOwner) return refuse('unlock-refused')
      const found = await openVault(vault.record, secret, { ...vault, ...keyHook(ports) })
      if (found === undefined) return refuse('unlock-refused')
      if (globalThis.halyardRegistersKeys !== false) ports.registerKey?.('database', found)
      return openWith(found)
    })

  /** Takes the key; keeps it when this succeeds, zeroes it otherwise. */
  const openWith = async (databaseKey: Uint8Array): Promise<Result<undefined>> => {
    let database: Database | undefined
    let isKept = false
    try {
      if (!storage.exists()) {
        // The browser has thrown the data away and left the record: never to be taken for a new device.
        await stop('database-damaged')
        return refuse('database-damaged')
      }
      database = storage.open(databaseKey.slice())
      if (!core.hasAccount(database)) {
        // Setting up was cut off before there was anything.
        database.close()
        await erase()
        return accept(undefined)
      }
      const result = await core.openMember(withDatabase(database))
      if (!result.ok) {
        database.close()
        await stop(stopReasonOf(result.code))
        return result
      }
      isKept = adopt(result.value, database, databaseKey)
      return accept(undefined)
    } catch (error) {
      database?.close()
      if (error instanceof DiskFullError) return refuse('disk-full')
      if (!(error instanceof DatabaseDamagedError)) throw error
      await stop('database-damaged')
      return refuse('database-damaged')
    } finally {
      if (!isKept) databaseKey.fill(0)
    }
  }

  /** False when ownership was lost meanwhile. */
  const adopt = (member: Member, database: Database, databaseKey: Uint8Array): boolean => {
    if (!isOwner) {
      void member.stop()
      database.close()
      return false
    }
    const stopListening = member.onChange((topics) => {
      if (opened?.member !== member) return
      if (topics.has('settings')) showOpen()
      tell(topics)
    })
    opened = { member, database, stopListening }
    key = databaseKey
    member.onStop((reason, ended) => {
      if (opened?.member !== member) return
      if (reason === 'fault') fault()
      else void stop(reason, ended)
    })
    showOpen()
    tell('all')
    heirs.giveKey()
    return true
  }

  const showOpen = (): void => {
    if (opened === undefined || vault === undefined) return
    const { idleMinutes } = opened.member.query('settings', undefined)
    idle.setMinutes(idleMinutes)
    setSession({ state: 'open', kept: storage.kept, idleMinutes, method: vault.record.method })
  }

  const create = <R extends { readonly unlock: VaultSecret }>(
    { unlock: secret, ...request }: R,
    make: (memberPorts: MemberPorts, request: Omit<R, 'unlock'>) => Promise<Result<Member>>,
  ): Promise<Result<undefined>> =>
    inTurn(async () => {
      await started()
      if (session.state !== 'empty') return refuse('setup-done')
      if (secret.kind !== 'passkey' && ratePassphrase(secret.passphrase) < passphraseScoreMin) {
        return refuse('passphrase-weak')
      }
      const databaseKey = ports.member.random(32)
      if (globalThis.halyardRegistersKeys !== false) ports.registerKey?.('database', databaseKey)
      let database: Database | undefined
      let isKept = false
      let mayGoOn = false
      try {
        storage.erase()
        database = storage.open(databaseKey.slice())
        vault = await saveVault(ports, secret, databaseKey)
        let result = await make(withDatabase(database), request)
        if (!result.ok && refusals[result.code].retry !== 'never' && core.hasAccount(database)) {
          // The server may have heard of it: the member goes on by itself.
          result = await core.openMember(withDatabase(database))
        }
        if (!result.ok) return result
        isKept = adopt(result.value, database, databaseKey)
        return accept(undefined)
      } catch (error) {
        // Cut off in the middle: what the server may have heard of stays, and unlocking goes on with it.
        mayGoOn = database !== undefined && core.hasAccount(database)
        if (error instanceof DiskFullError) return refuse('disk-full')
        throw error
      } finally {
        if (!isKept) {
          database?.close()
          databaseKey.fill(0)
          if (mayGoOn && vault !== undefined) setSession({ state: 'locked', method: vault.record.method })
          else if (isOwner) await erase()
        }
      }
    }).finally(() => forgetSecret(secret))

  const erase = async (): Promise<void> => {
    await eraseDevice(ports)
    vault = undefined
    setSession({ state: 'empty', kept: storage.kept })
  }

  /** The screens go first, then the keys, then every page ends its worker. */
  const lock = async (): Promise<void> => {
    if (!isOwner) return
    if (vault !== undefined) setSession({ state: 'locked', method: vault.record.method })
    isOwner = false // nothing opens here any more, not even what is being unlocked now
    heirs.forget()
    pairing.cancel()
    const closed = closeMember(restMaxMs)
    // Heirs that are suspended and hear nothing are caught by the count. A full disk must not keep this from locking.
    await vaultStore.countLock().catch(() => {})
    await closed
    for (const page of pages) page.say({ kind: 'locked' })
    // Its own page ends this worker; where that page is suspended, it ends itself.
    clock.setTimer(endAfterMs, ports.end)
  }

  const stop = async (reason: StopReason, ended?: EndedBy): Promise<void> => {
    setSession({ state: 'stopped', reason, ...(ended === undefined ? {} : { ended }) })
    heirs.forget()
    await closeMember(restMaxMs)
    // Proven, and over for good: nothing of it stays on this disk.
    if (reason === 'device-removed' && ended !== undefined) await eraseDevice(ports)
  }

  /** What was open is out of reach, and its key zeroed, before anything is waited for. */
  const closeMember = async (maxMs: number): Promise<void> => {
    const closing = opened
    opened = undefined
    idle.setMinutes(0)
    key?.fill(0)
    key = undefined
    if (closing === undefined) return
    closing.stopListening()
    if (maxMs > 0) await atMost(clock, maxMs, closing.member.stop())
    else void closing.member.stop().catch(() => {})
    closing.database.close()
  }

  let isRestarting = false
  const fault = (): void => {
    if (isRestarting || !isOwner || session.state === 'stopped') return
    const isHopeless = isHopelessAfterFault()
    const restartKey = key?.slice()
    isRestarting = true
    // After the answer "failed" has left.
    clock.setTimer(0, () => {
      void inTurn(() => restart(isHopeless, restartKey)).finally(() => {
        isRestarting = false
      })
    })
  }

  const restart = async (isHopeless: boolean, restartKey: Uint8Array | undefined): Promise<void> => {
    try {
      // A lock or a stop meanwhile wins.
      if (!isOwner) return
      const wasOpen = opened !== undefined
      await closeMember(0)
      if (isHopeless) return await stop('fault')
      if (!wasOpen || restartKey === undefined) return
      setSession({ state: 'starting' })
      const result = await openWith(restartKey.slice())
      if (!result.ok && session.state === 'starting') await stop(stopReasonOf(result.code))
      // What the old member was asked has no answer any more.
      for (const page of pages) page.restarted()
    } catch {
      await stop('fault')
    } finally {
      restartKey?.fill(0)
    }
  }

  /** Whoever lets a device in has unlocked this one again just now: a screen left open is not enough. */
  const approve = async ({ unlock: secret, number }: Parameters<Commands['approveDevice']>[0]): Promise<unknown> => {
    const holds = session.state === 'open' && (await opensVault(ports, vault, secret))
    if (!holds) return refuse('unlock-refused')
    return callMember('approveDevice', { number })
  }

  const callMember = async (command: keyof MemberCommands, request: unknown): Promise<unknown> => {
    await started()
    if (opened === undefined) return isSilent(command) ? undefined : refuse('unlock-refused')
    const { member } = opened
    try {
      return await (member.commands[command] as (request: unknown) => Promise<unknown>)(request)
    } catch (error) {
      return failed(error, member, isSilent(command))
    }
  }

  const failed = (error: unknown, member: Member, silent: boolean): unknown => {
    if (error instanceof DiskFullError) return silent ? undefined : refuse('disk-full')
    if (opened?.member === member) {
      if (error instanceof DatabaseDamagedError) void stop('database-damaged')
      else fault()
    }
    throw error
  }

  const call = (command: keyof Commands, request: unknown): Promise<unknown> => {
    idle.touch()
    const hostCommands: Readonly<Partial<Record<keyof Commands, () => Promise<unknown>>>> = {
      setUp: () => create(request as Parameters<Commands['setUp']>[0], core.setUpMember),
      join: () => create(request as Parameters<Commands['join']>[0], core.joinMember),
      addThisDevice: () =>
        create(request as Parameters<Commands['addThisDevice']>[0], (memberPorts, asked) =>
          core.addDeviceMember(memberPorts, asked, pairing.begin()),
        ).finally(pairing.end),
      restore: () => create(request as Parameters<Commands['restore']>[0], core.restoreMember),
      previewRecovery: () => core.previewRecovery(ports.member, request as { readonly words: string }),
      readRecoveryKey: async () => core.readRecoveryKey(request as string),
      cancelAddThisDevice: async () => pairing.cancel(),
      approveDevice: () => approve(request as Parameters<Commands['approveDevice']>[0]),
      unlock: () => unlock(request as VaultSecret).finally(() => forgetSecret(request as VaultSecret)),
      previewInvite: () => core.previewInvite(ports.member, request as Parameters<Commands['previewInvite']>[0]),
      lock,
      rate: async () => ({ score: ratePassphrase(request as string) }),
      suggestPassphrase: async () => suggestPassphrase(ports.member.random),
    }
    const hostCommand = hostCommands[command]
    return hostCommand === undefined ? callMember(command as keyof MemberCommands, request) : hostCommand()
  }

  const read = (query: keyof Queries, parameters: unknown): { readonly value: unknown } | undefined => {
    if (query === 'session') return { value: session }
    if (query === 'pairing') return { value: pairing.view() }
    if (opened === undefined) return undefined
    const { member } = opened
    try {
      return { value: member.query(query, parameters as Queries[MemberQuery]['parameters']) }
    } catch (error) {
      if (error instanceof DatabaseDamagedError) void stop('database-damaged')
      else fault()
      return undefined
    }
  }

  const served: Served = {
    call,
    read,
    topicOf: (query, parameters) =>
      query === 'session' || query === 'pairing'
        ? query
        : topicOf(query, parameters as Queries[MemberQuery]['parameters']),
    activity: idle.touch,
    misbehaved() {
      misbehavedCount++
    },
    gone(page) {
      pages.delete(page)
      for (const each of pages) each.say({ kind: 'pages', count: pages.size })
    },
  }

  return {
    start,
    attach(port) {
      pages.add(servePage(port, served, clock))
      for (const page of pages) page.say({ kind: 'pages', count: pages.size })
    },
    addHeir: heirs.add,
    fault,
    yield() {
      isOwner = false
      const handed = opened === undefined || key === undefined ? undefined : { key: key.slice(), lockCount }
      heirs.close()
      void closeMember(0)
      for (const page of [...pages]) page.close()
      return handed
    },
    session: () => session,
    misbehavedCount: () => misbehavedCount,
  }
}
