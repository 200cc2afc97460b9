/** What only a lying server, a copied device or a broken disk explains, and how grave it is. */
import type { ChatId } from './api.ts'

export type AlarmKind =
  | 'two-histories' // members see different transcripts: sending paused
  | 'network-rolled-back' // the server shows an older network than before
  | 'two-links' // two links with one sequence number
  | 'messages-missing'
  | 'server-restored' // the server's incarnation changed
  | 'clock-off'
  | 'cannot-decrypt'
  | 'device-behind'
  | 'state-rolled-back' // an older account state than before, or another one in the same place
  | 'removal-held-up' // somebody was to go a minute ago and is still there: nothing is sent meanwhile
  | 'device-added' // a device of this account that was let in elsewhere
  | 'approval-refused' // a wrong number was typed for a device that asked to be let in

export interface Alarm {
  readonly kind: AlarmKind
  readonly degree: 'repairs-itself' | 'needs-you' | 'stops'
  readonly atMs: number
  readonly chatId?: ChatId
}

export const degrees: Readonly<Record<AlarmKind, Alarm['degree']>> = {
  'two-histories': 'needs-you',
  'network-rolled-back': 'needs-you',
  'two-links': 'needs-you',
  'messages-missing': 'needs-you',
  'server-restored': 'needs-you',
  'clock-off': 'needs-you',
  'cannot-decrypt': 'repairs-itself',
  'device-behind': 'repairs-itself',
  'state-rolled-back': 'needs-you',
  'removal-held-up': 'needs-you',
  'device-added': 'needs-you',
  'approval-refused': 'needs-you',
}
