/** What the host of a member is lent: the core, this device's storage, and the words around them. */
import type { Database } from '../core/ports.ts'
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
} from '../core/member.ts'
import type { RegisterKey } from '../core/registered-keys.ts'
import type { RecoveryTyped, Session } from '../core/api.ts'
import type { Port } from './port.ts'

export interface ClientCore {
  readonly hasAccount: HasAccount
  readonly openMember: OpenMember
  readonly setUpMember: SetUpMember
  readonly joinMember: JoinMember
  readonly addDeviceMember: AddDeviceMember
  readonly previewInvite: PreviewInvite
  readonly restoreMember: RestoreMember
  readonly previewRecovery: PreviewRecovery
  readonly readRecoveryKey: (words: string) => RecoveryTyped
}

/** Where the one database of this device lies. */
export interface DatabaseStorage {
  /** False in a private window: nothing outlives the worker. */
  readonly kept: boolean
  exists(): boolean
  /** Takes the key and zeroes it. Throws as `openDatabase` does. */
  open(key: Uint8Array): Database
  /** The database must be closed. */
  erase(): void
}

/** Where the vault record and the secret of this device lie. Each call is durable when it resolves. */
export interface VaultStore {
  /** A failure to load rejects: it must never look like an empty device. */
  load(): Promise<StoredVault>
  save(record: Uint8Array, deviceSecret: CryptoKey): Promise<void>
  erase(): Promise<void>
  /** One more lock: keys handed over before it open nothing any more. */
  countLock(): Promise<void>
}

export interface StoredVault {
  readonly record?: Uint8Array | undefined
  readonly deviceSecret?: CryptoKey | undefined
  readonly lockCount: number
}

export interface HostPorts {
  readonly core: ClientCore
  readonly storage: DatabaseStorage
  readonly vaultStore: VaultStore
  readonly member: Omit<MemberPorts, 'database'>
  readonly isPhone: boolean
  /** Shown every key in the clear, in tests of the product only. */
  readonly registerKey?: RegisterKey | undefined
  /** Ends this worker with all its memory: after a lock, though its own page may be suspended and not do it. */
  end(): void
}

/** What is there while the session is open. */
export interface OpenedMember {
  readonly member: Member
  readonly database: Database
  readonly stopListening: () => void
}

/** The database key on its way from the owner to the worker that takes over. */
export interface InheritedKey {
  readonly key: Uint8Array
  readonly lockCount: number
}

export interface Host {
  /** Begins as the owner; with the last owner's key, it goes on where that one was, unless there was a lock since. */
  start(inherited?: InheritedKey): Promise<void>
  /** A page's port. */
  attach(port: Port): void
  /** A waiting worker's port: it gets the key while there is one. */
  addHeir(port: Port): void
  /** Something threw that nobody expected: opens anew from the last commit. */
  fault(): void
  /** No longer the owner: the database is closed at once; what was running fails. The key, if open, for taking over again. */
  yield(): InheritedKey | undefined
  session(): Session
  /** Messages of pages that were none of ours or too many. */
  misbehavedCount(): number
}
