/** What the store keeps of a device entry. */
import type { DeviceEntry } from '@halyard/protocol'
import type { NewDevice } from './store.ts'

export const newDevice = (entry: DeviceEntry): NewDevice => ({
  device: entry.device,
  mlsKey: entry.mlsKey,
  transportKey: entry.transportKey,
  notBeforeMs: entry.notBeforeMs,
  notAfterMs: entry.notAfterMs,
})
