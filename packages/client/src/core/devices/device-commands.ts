/** What a person does with the devices of the account. */
import { accept, equal, fromHex, limits, refuse, toHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { signAccountLink, validDevice } from '@halyard/crypto'
import type { Context } from '../context.ts'
import type { Directory } from '../directory/directory.ts'
import { cleanName } from '../directory/names.ts'
import type { MemberCommands } from '../member.ts'
import type { Engine } from '../messaging/engine.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import type { Runner } from '../messaging/runner.ts'
import type { Approvals } from './approve.ts'
import { nameDevice } from './device-store.ts'

export type DeviceCommands = Pick<
  MemberCommands,
  'findDevice' | 'approveDevice' | 'refuseDevice' | 'removeDevice' | 'nameDevice'
>
export interface DeviceCommandSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly runner: Runner
  readonly approvals: Approvals
}

export const createDeviceCommands = ({
  context,
  directory,
  engine,
  runner,
  approvals,
}: DeviceCommandSources): DeviceCommands => {
  const { database, random, clock, provider } = context.ports
  const held = (deviceId: string): Uint8Array | undefined => {
    const device = fromHex(deviceId)
    const chain = directory.account(context.identity().account)
    return device !== undefined && chain !== undefined && validDevice(chain, device) !== undefined ? device : undefined
  }

  return {
    findDevice: (code) => approvals.find(code),
    approveDevice: ({ number }) => approvals.approve(number),
    refuseDevice: async () => approvals.refuse(),

    /** Needs the server: a device that is removed only here would go on everywhere else. */
    async removeDevice(deviceId): Promise<Result<undefined>> {
      const { account, keys } = context.identity()
      const device = held(deviceId)
      const chain = directory.account(account)
      if (device === undefined || chain === undefined) return refuse('login-refused')
      if (equal(device, keys.device)) return refuse('policy-denied')
      const change = { kind: 'remove-device', atMs: clock.nowMs(), device } as const
      const link = await signAccountLink(provider, keys.chain, keys.device, chain, change)
      const taken = await engine.connection().request('append-account-link', { link })
      if (!taken.ok) return taken
      await directory.take({ position: 0, item: { kind: 'account-link', account, link, invite: undefined } }, undefined)
      runner.wakeAll()
      return accept(undefined)
    },

    async nameDevice({ deviceId, name: typed }): Promise<Result<undefined>> {
      const device = held(deviceId)
      const name = cleanName(typed)
      if (device === undefined) return refuse('login-refused')
      if (name === undefined || name.length > limits.platformMaxLength) return refuse('name-refused')
      const me = toHex(context.identity().account)
      const nowMs = clock.nowMs()
      context.commit((touch) => {
        nameDevice(database, device, name, nowMs)
        addToOutbox(database, {
          id: random(16),
          chat: me,
          class: 'control',
          content: { kind: 'device-name', device, name },
          sentMs: nowMs,
        })
        touch('devices')
      })
      runner.wakeChat(me)
      return accept(undefined)
    },
  }
}
