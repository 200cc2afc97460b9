/** Small decisions of the host: what a refusal or a missing member means to a page. */
import type { RefusalCode } from '@halyard/protocol'
import type { StopReason } from '../core/api.ts'
import type { MemberCommands } from '../core/member.ts'
import type { Clock } from '../core/ports.ts'
import type { HostPorts, StoredVault } from './host-ports.ts'
import { createDeviceSecret, decodeVaultRecord, isNewerVaultRecord, openVault, sealVault } from './vault.ts'
import type { VaultRecord, VaultSecret } from './vault.ts'

export interface Vault {
  readonly record: VaultRecord
  readonly deviceSecret: CryptoKey
}

/** What lies on this device: nothing, a vault, or one that must be left as it is. */
export const judgeVault = ({ record: bytes, deviceSecret }: StoredVault): Vault | StopReason | undefined => {
  if (bytes === undefined) return undefined
  if (isNewerVaultRecord(bytes)) return 'database-newer'
  const record = decodeVaultRecord(bytes)
  return record === undefined || deviceSecret === undefined ? 'database-damaged' : { record, deviceSecret }
}

/** The record is durable before the account is: an account that nothing opens would be lost. */
export const saveVault = async (ports: HostPorts, secret: VaultSecret, databaseKey: Uint8Array): Promise<Vault> => {
  const hook = keyHook(ports)
  const deviceSecret = await createDeviceSecret(hook)
  const bytes = await sealVault(secret, databaseKey, { deviceSecret, isPhone: ports.isPhone, ...hook })
  const record = decodeVaultRecord(bytes)
  if (record === undefined) throw new Error('a vault was made that would not be accepted')
  await ports.vaultStore.save(bytes, deviceSecret)
  return { record, deviceSecret }
}

/** Nothing of the account stays: neither data nor what would open them. The database must be closed. */
export const eraseDevice = async ({ storage, vaultStore }: HostPorts): Promise<void> => {
  storage.erase()
  await vaultStore.erase()
}

/** Whether this is what the device is unlocked with. The secret is gone afterwards. */
export const opensVault = async (
  ports: Pick<HostPorts, 'registerKey'>,
  vault: Vault | undefined,
  secret: VaultSecret,
): Promise<boolean> => {
  const found = vault === undefined ? undefined : await openVault(vault.record, secret, { ...vault, ...keyHook(ports) })
  forgetSecret(secret)
  found?.fill(0)
  return found !== undefined
}

/** The tests' hook for keys, where this build has one at all. */
export const keyHook = (ports: Pick<HostPorts, 'registerKey'>): Pick<HostPorts, 'registerKey'> =>
  globalThis.halyardRegistersKeys === false ? {} : { registerKey: ports.registerKey }

/** An assertion that fails this often in a minute will fail again: people are told. */
const faultsMax = 3
const faultWindowMs = 60_000

/** Counts one more fault and says whether there is no use in going on. */
export const createFaultMeter = (clock: Clock): (() => boolean) => {
  let timesMs: readonly number[] = []
  return () => {
    const nowMs = clock.nowMs()
    timesMs = [...timesMs.filter((timeMs) => nowMs - timeMs < faultWindowMs), nowMs]
    return timesMs.length >= faultsMax
  }
}

/** Runs one piece of work after another, whatever becomes of each. */
export const createTurns = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}

/** Resolves when the work has ended, however it did, or when the time is up. */
export const atMost = (clock: Clock, maxMs: number, work: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const cancel = clock.setTimer(maxMs, resolve)
    work
      .catch(() => {})
      .finally(() => {
        cancel()
        resolve()
      })
  })

/** A string cannot be cleared; it goes with the worker. */
export const forgetSecret = (secret: VaultSecret): void => {
  if (secret.kind === 'passkey') secret.prfOutput.fill(0)
}

/** Commands that answer nothing: while locked they do nothing. */
export const isSilent = (command: keyof MemberCommands): boolean =>
  command === 'markRead' || command === 'setDraft' || command === 'typing' || command === 'acknowledgeAlarm'

export const stopReasonOf = (code: RefusalCode): StopReason => {
  if (code === 'version-unsupported') return 'new-version'
  return stopCodes.find((one) => one === code) ?? 'fault'
}
const stopCodes = ['database-newer', 'database-damaged', 'device-removed', 'disk-full'] as const
