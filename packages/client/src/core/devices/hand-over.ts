/** A device that was let in hands its key packages to the one that did, over "Me", and says what it is called. */
import { limits, toHex } from '@halyard/protocol'
import { readMeta } from '../account/identity.ts'
import type { Context } from '../context.ts'
import type { Engine } from '../messaging/engine.ts'
import { conversationsOf } from '../messaging/join.ts'
import { makeKeyPackages } from '../messaging/key-packages.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import { deviceName } from './device-store.ts'

/** A few more than there were conversations: some may have begun meanwhile. */
const spare = 5

/** Once, as soon as this device stands in "Me". Answers the chat that has mail. */
export const handOverPackages = async (context: Context, engine: Engine): Promise<string | undefined> => {
  const { database, random, clock } = context.ports
  const [owed, approver] = [readMeta(database, 'packages-owed'), readMeta(database, 'approver')]
  const { account, keys } = context.identity()
  const me = toHex(account)
  if (owed === undefined || approver === undefined || conversationsOf(engine, me).length === 0) return undefined
  const count = Number(new TextDecoder().decode(owed)) + spare
  const packages: Uint8Array[] = []
  while (packages.length < count) {
    const made = await makeKeyPackages(engine, Math.min(limits.keyPackagesHandedMax, count - packages.length), false)
    packages.push(...made.packages)
  }
  context.commit(() => {
    const say = (content: Parameters<typeof addToOutbox>[1]['content']): void =>
      addToOutbox(database, { id: random(16), chat: me, class: 'control', content, sentMs: clock.nowMs() })
    say({ kind: 'device-name', device: keys.device, name: deviceName(database, keys.device) ?? '' })
    for (let from = 0; from < packages.length; from += limits.keyPackagesHandedMax)
      say({ kind: 'key-packages', for: approver, packages: packages.slice(from, from + limits.keyPackagesHandedMax) })
    database.run("DELETE FROM meta WHERE key IN ('packages-owed', 'approver')")
  })
  return me
}
