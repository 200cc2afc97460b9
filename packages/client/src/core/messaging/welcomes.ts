/** What newcomers are sent: a Welcome each, and the tree once for all of them (docs/protocol/conversation.md). */
import { assert, equal } from '@halyard/protocol'
import type { Request } from '@halyard/protocol'
import { sealTree } from '@halyard/crypto'
import { erase } from '@halyard/mls'
import type { CommitCreated } from '@halyard/mls'
import type { Engine } from './engine.ts'
import type { Newcomer } from './key-packages.ts'

export const newTreeKey = (engine: Engine): Uint8Array => engine.context.ports.random(32)

/** One Welcome per newcomer, addressed. The first brings the sealed tree; those after it say that theirs is the same. */
export const welcomesFor = async (
  engine: Engine,
  conversation: Uint8Array,
  made: Pick<CommitCreated, 'welcomes' | 'ratchetTree'>,
  newcomers: readonly Newcomer[],
  treeKey: Uint8Array,
): Promise<Request<'settle'>['welcomes']> => {
  if (newcomers.length === 0) return []
  const tree = await sealTree(engine.context.ports.provider, treeKey, conversation, made.ratchetTree)
  erase([treeKey])
  return newcomers.map(({ device, reference }, index) => {
    const found = made.welcomes.find((one) => equal(one.reference, reference))
    assert(found !== undefined, 'an added device has no Welcome')
    return { device, keyPackage: reference, welcome: found.welcome, tree: index === 0 ? tree : new Uint8Array() }
  })
}
