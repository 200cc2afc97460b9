/** What is not needed to read and write comes later, in scripts of its own. */
import { lazy } from 'react'

const loadDialogs = () => import('./dialogs.tsx').then((m) => ({ default: m.Dialogs }))
const loadDetails = () => import('../group/details.tsx').then((m) => ({ default: m.Details }))
const loadMentionPicker = () => import('./mention-picker.tsx').then((m) => ({ default: m.MentionPicker }))
const loadDevices = () => import('../devices/devices-pane.tsx').then((m) => ({ default: m.DevicesPane }))

export const Dialogs = lazy(loadDialogs)
export const Details = lazy(loadDetails)
export const MentionPicker = lazy(loadMentionPicker)
export const DevicesPane = lazy(loadDevices)

/** Fetches all of it. What cannot be fetched now is asked for again when it is needed, and said then. */
export const loadLateParts = (): void => {
  for (const load of [loadDialogs, loadDetails, loadMentionPicker, loadDevices]) void load().catch(() => undefined)
}
