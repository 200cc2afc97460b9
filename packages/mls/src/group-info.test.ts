/** What a GroupInfo tells newcomers beside the group itself, and the tree that they come by with it. */
import { expect, it } from 'vitest'
import { noBytes, sameBytes } from './bytes.ts'
import { joinGroup } from './index.ts'
import { provider } from '../test/provider.ts'
import { acceptAll, commit, device, group, nth, ok, refused } from '../test/test-kit.ts'

it('a joiner is told more by the GroupInfo, and may come by the tree with it', async () => {
  const states = await group(provider, 1, ['a', 'b'], true)
  const d = await device(provider, 1, 'd')
  const said = { type: 0xf0ff, data: Uint8Array.of(1, 2, 3) }
  const made = await commit(provider, nth(states, 0), {
    proposals: [{ add: d.kit.keyPackage }],
    groupInfoExtensions: [said],
  })
  const join = (tree: Uint8Array | undefined) =>
    joinGroup({
      provider,
      keyPackage: d.kit.keyPackage,
      privateKeys: d.kit.privateKeys,
      signatureKeyPair: d.keys,
      welcome: nth(made.welcomes, 0).welcome,
      judge: acceptAll,
      ratchetTree: (extensions) =>
        Promise.resolve(sameBytes(extensions[0]?.data ?? noBytes, said.data) ? tree : undefined),
    })
  expect(refused(await join(undefined)).code).toBe('tree-missing')
  expect(ok(await join(made.ratchetTree)).groupInfoExtensions).toEqual([said])
})
