/**
 * This device is told that it was removed. Only its own account's chain, or the network's, can say so: what the server
 * says alone stops it and erases nothing.
 */
import { toHex } from '@halyard/protocol'
import type { EndedBy } from '../api.ts'
import type { Context } from '../context.ts'
import type { Connection } from '../delivery/connection.ts'
import { deviceName } from '../devices/device-store.ts'
import type { Directory } from '../directory/directory.ts'

/** Asks for the links, takes what holds of them, and stops with what they say. */
export const learnRemoval = async (context: Context, directory: Directory, connection: Connection): Promise<void> => {
  const { account, keys } = context.identity()
  const proof = await connection.request('prove-removal', { device: keys.device })
  if (!proof.ok && proof.code === 'offline') return
  if (proof.ok) {
    for (const link of proof.value.networkLinks)
      await directory.take({ position: 0, item: { kind: 'network-link', link } }, undefined)
    for (const link of proof.value.accountLinks)
      await directory.take({ position: 0, item: { kind: 'account-link', account, link, invite: undefined } }, undefined)
  }
  if (!stopRemoved(context, directory)) context.stop('removal-unproven')
}

/** Stops for good if the chains say that this device, or its whole account, is no longer of the network. */
export const stopRemoved = (context: Context, directory: Directory): boolean => {
  const ended = endOf(context, directory)
  if (ended !== undefined) context.stop('device-removed', ended)
  return ended !== undefined
}

const endOf = (context: Context, directory: Directory): EndedBy | undefined => {
  const { account, keys } = context.identity()
  const network = directory.network()
  const removal = network.removed.get(toHex(account))
  if (removal !== undefined) {
    const name = network.changedBy === undefined ? '' : (directory.store.accountRow(network.changedBy)?.name ?? '')
    return { by: 'owner', name, atMs: network.changedMs }
  }
  const device = directory.account(account)?.devices.get(toHex(keys.device))
  if (device?.removedSeq === undefined) return undefined
  const { removedBy, removedMs } = device
  const name = removedBy === undefined ? '' : (deviceName(context.ports.database, removedBy) ?? '')
  return { by: 'device', name, atMs: removedMs ?? 0 }
}
