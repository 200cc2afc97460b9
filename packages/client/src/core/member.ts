/** The face of the client core towards its drivers (browser worker, Node, simulator). */
import type { Result } from '@halyard/protocol'
import type { CipherSuite, Provider } from '@halyard/mls'
import type { Commands, EndedBy, InvitePreview, Pairing, Queries, RecoveryPreview, StopReason } from './api.ts'
import type { Clock, Connect, Database, RandomBytes } from './ports.ts'

export interface MemberPorts {
  readonly database: Database
  readonly clock: Clock
  readonly random: RandomBytes
  readonly provider: Provider
  /** Of every conversation and key package of this device: any other is refused. `productSuite`, but in a simulation. */
  readonly suite: CipherSuite
  readonly connect: Connect
  /** Scheme, host and port the server is reached at, e.g. `https://chat.example`; part of every login proof. */
  readonly origin: string
  /** Told of a bug (the member stops too). Without it the error surfaces as an unhandled rejection. */
  readonly reportFault?: (error: unknown) => void
}

/** What a driver adds around these: unlocking, locking, passphrases. */
export type HostCommand =
  | 'setUp'
  | 'previewInvite'
  | 'join'
  | 'addThisDevice'
  | 'cancelAddThisDevice'
  | 'readRecoveryKey'
  | 'previewRecovery'
  | 'restore'
  | 'unlock'
  | 'lock'
  | 'rate'
  | 'suggestPassphrase'
  | 'approveDevice'
export type MemberCommands = Omit<Commands, HostCommand> & {
  /** The driver has had the person unlock again. */
  approveDevice(request: { readonly number: string }): Promise<Result<undefined>>
}
export type MemberQuery = Exclude<keyof Queries, 'session' | 'pairing'>

export interface Member {
  readonly commands: MemberCommands
  /** A synchronous read of the newest committed state. */
  query<K extends MemberQuery>(query: K, parameters: Queries[K]['parameters']): Queries[K]['value']
  /**
   * Called after each commit with the topics it touched. Topics: `chats`, `chat:<chatId>`, `timeline:<chatId>`,
   * `members:<chatId>`, `picture:<chatId>`,
   * `connection`, `alarms`, `settings`, `devices`, `recovery`. `topicOf(query, parameters)` says which topic a query listens to.
   */
  onChange(listener: (topics: ReadonlySet<string>) => void): () => void
  /** Called once, when this device must stop; everything it holds stays as committed. */
  onStop(listener: (reason: StopReason, ended?: EndedBy) => void): void
  /** Closes the connection and lets queued work come to rest; the database stays open (the driver closes it). */
  stop(): Promise<void>
}

export const topicOf = <K extends MemberQuery>(query: K, parameters: Queries[K]['parameters']): string => {
  const chatId = (parameters as { readonly chatId?: string } | undefined)?.chatId ?? ''
  if (query === 'timeline') return `timeline:${chatId}`
  if (query === 'conversation') return `chat:${chatId}`
  if (query === 'members') return `members:${chatId}`
  if (query === 'picture') return `picture:${chatId}`
  return query
}

/** Whether the database already holds an account (perhaps one whose joining has not been answered yet). */
export type HasAccount = (database: Database) => boolean
/**
 * Opens what the database holds, runs migrations, connects, goes on with what was not finished.
 * Refuses with `database-newer` or `database-damaged`.
 */
export type OpenMember = (ports: MemberPorts) => Promise<Result<Member>>
/** The first person. Durable before the server hears of it: after a crash `OpenMember` goes on. */
export type SetUpMember = (
  ports: MemberPorts,
  request: { readonly token: string; readonly networkName: string; readonly name: string },
) => Promise<Result<Member>>
export type JoinMember = (
  ports: MemberPorts,
  request: { readonly path: string; readonly fragment: string; readonly name: string },
) => Promise<Result<Member>>
/** Comes back with a card. Durable before the server hears of it, as `SetUpMember`. */
export type RestoreMember = (
  ports: MemberPorts,
  request: { readonly words: string; readonly platform: string },
) => Promise<Result<Member>>
export type PreviewRecovery = (
  ports: Omit<MemberPorts, 'database'>,
  request: { readonly words: string },
) => Promise<Result<RecoveryPreview>>
/** A browser without an account asks to be let into one; `screen` is told what to show. */
export type AddDeviceMember = (
  ports: MemberPorts,
  request: { readonly platform: string },
  screen: { show(pairing: Pairing): void; readonly cancelled: () => boolean },
) => Promise<Result<Member>>
export type PreviewInvite = (
  ports: Omit<MemberPorts, 'database'>,
  request: { readonly path: string; readonly fragment: string },
) => Promise<Result<InvitePreview>>
