/** The server core: everything it knows and decides, without a socket, a disk or a clock of its own. */
export { counterNames } from './core.ts'
export type { CounterName } from './core.ts'
export { createServer } from './server.ts'
export type {
  Awaitable,
  Clock,
  Connection,
  Outcome,
  Outputs,
  RandomBytes,
  Server,
  ServerOptions,
  Store,
  Verifier,
} from './ports.ts'
export type {
  AccountStore,
  DeviceRecord,
  FeedKept,
  Growth,
  InviteKept,
  NewAccount,
  NewDevice,
} from './accounts/store.ts'
export type { DirectoryStore } from './directory/store.ts'
export type {
  CommitOpen,
  DeliveryStore,
  EntryKept,
  NewEntry,
  NewWelcome,
  Place,
  Ring,
  WelcomeKept,
} from './delivery/store.ts'
