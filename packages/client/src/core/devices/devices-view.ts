/** The account's devices, as its chain has them, this one first. */
import { equal, recoverySigner, toHex } from '@halyard/protocol'
import type { DeviceState } from '@halyard/crypto'
import { readMeta } from '../account/identity.ts'
import type { DeviceView, RecoveryView } from '../api.ts'
import { peopleIn } from '../messaging/group.ts'
import type { ViewSources } from '../person-view.ts'
import { blobOf } from '../store/values.ts'
import { deviceName } from './device-store.ts'

const newForMs = 3 * 24 * 3600_000

export const devicesView = (sources: ViewSources): readonly DeviceView[] => {
  const { context, directory } = sources
  const { account, keys } = context.identity()
  const { database, clock } = context.ports
  const chain = directory.account(account)
  const valid = [...(chain?.devices.values() ?? [])].filter((device) => device.removedSeq === undefined)
  const nameOf = (device: Uint8Array): string => deviceName(database, device) ?? ''
  const viewOf = (device: DeviceState): DeviceView => {
    const isSelf = equal(device.device, keys.device)
    const brought = isSelf || !equal(device.addedBy, keys.device) ? undefined : broughtOf(sources, device)
    return {
      deviceId: toHex(device.device),
      name: nameOf(device.device),
      isSelf,
      addedAtMs: device.addedMs,
      addedBy: adderOf(device, nameOf),
      isNew: device.addedSeq > 0 && clock.nowMs() - device.addedMs < newForMs,
      ...(brought === undefined ? {} : { brought }),
    }
  }
  return valid.map(viewOf).sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || b.addedAtMs - a.addedAtMs)
}

const adderOf = (device: DeviceState, nameOf: (device: Uint8Array) => string): DeviceView['addedBy'] => {
  if (device.addedSeq === 0) return 'first'
  return equal(device.addedBy, recoverySigner) ? 'card' : { name: nameOf(device.addedBy) }
}

/** Whether there is a card, and how far a return with one has come. */
export const recoveryView = ({ context, directory }: ViewSources): RecoveryView => {
  const made = directory.account(context.identity().account)?.recoveryKeys.at(-1)?.sinceMs
  const waiting = readMeta(context.ports.database, 'conversations-waiting')
  return {
    ...(made === undefined ? {} : { madeAtMs: made }),
    waiting: waiting === undefined ? 0 : Number(new TextDecoder().decode(waiting)),
  }
}

/** Only for a short while after it was let in: later nobody counts. */
const broughtOf = ({ context, engine }: ViewSources, device: DeviceState): DeviceView['brought'] => {
  const { database, clock } = context.ports
  if (clock.nowMs() - device.addedMs > 10 * 60_000) return undefined
  const own = toHex(context.identity().account)
  let done = 0
  let all = 0
  for (const row of database.all("SELECT conversation FROM conversations WHERE phase = 'live'")) {
    const group = engine.load(blobOf(row, 'conversation'))
    if (group === undefined) continue
    all++
    if (
      peopleIn(group)
        .get(own)
        ?.leaves.some((leaf) => equal(leaf.device, device.device)) === true
    )
      done++
  }
  return done === all ? undefined : { done, all }
}
