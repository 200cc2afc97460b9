import { expect, test } from 'vitest'
import { nodeProvider } from '@halyard/mls/node'
import { openTree, sealTree, treeKeyExtension } from './tree.ts'

const provider = nodeProvider()
const [key, group, tree] = [provider.random(32), provider.random(16), provider.random(5_000)]

test('who has the key opens the tree, of this group and whole', async () => {
  const sealed = await sealTree(provider, key, group, tree)
  const said = [{ type: 5, data: new Uint8Array() }, treeKeyExtension(key)]
  expect(await openTree(provider, said, group, sealed)).toEqual(tree)
  expect(await openTree(provider, [treeKeyExtension(provider.random(32))], group, sealed)).toBeUndefined()
  expect(await openTree(provider, [treeKeyExtension(key.subarray(1))], group, sealed)).toBeUndefined()
  expect(await openTree(provider, [], group, sealed)).toBeUndefined()
  expect(await openTree(provider, said, provider.random(16), sealed)).toBeUndefined()
  for (const at of [0, 20, sealed.length - 1])
    expect(await openTree(provider, said, group, sealed.with(at, (sealed[at] ?? 0) ^ 1))).toBeUndefined()
  expect(await openTree(provider, said, group, new Uint8Array())).toBeUndefined()
})
