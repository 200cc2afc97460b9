import {
  createCommit,
  createGroup,
  createKeyPackage,
  generateSignatureKeyPair,
  isRefusal,
  joinGroup,
  members,
  protect,
  receive,
  suites,
  type Judge,
  type Refusal,
} from '@halyard/mls'
import { nodeProvider } from '@halyard/mls/node'

const provider = nodeProvider()
const suite = suites.hybrid
const nowS = Math.floor(Date.now() / 1000)
const lifetime = { notBeforeS: nowS - 3600, notAfterS: nowS + 30 * 86400 }
// Your policy: whose keys are these, and may this member do that? Nothing is accepted unless you say so.
const judge: Judge = {
  nowS,
  lifetimeMaxS: 90 * 86400,
  credential: ({ identity }) => identity.length > 0,
  commit: ({ external }) => !external,
}
function must<T>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`${result.code}: ${result.reason}`)
  return result
}
async function device(name: string) {
  const signatureKeyPair = await generateSignatureKeyPair(provider, suite)
  const identity = new TextEncoder().encode(name)
  return {
    identity,
    signatureKeyPair,
    ...(await createKeyPackage({ provider, suite, identity, signatureKeyPair, lifetime })),
  }
}

const [ada, ben, cy] = (await Promise.all(['Ada', 'Ben', 'Cy'].map(device))) as [
  Awaited<ReturnType<typeof device>>,
  Awaited<ReturnType<typeof device>>,
  Awaited<ReturnType<typeof device>>,
]
const alone = await createGroup({ provider, suite, groupId: provider.random(32), lifetime, ...ada })
const adds = must(
  await createCommit({ provider, state: alone, judge, proposals: [{ add: ben.keyPackage }, { add: cy.keyPackage }] }),
)
const welcome = adds.welcomes[0]?.welcome ?? new Uint8Array(0)
const benJoined = must(await joinGroup({ provider, welcome, ratchetTree: adds.ratchetTree, judge, ...ben }))
const removal = must(await createCommit({ provider, state: adds.newState, judge, proposals: [{ remove: 2 }] }))
const followed = must(await receive({ provider, state: benJoined.state, message: removal.message, judge }))
if (followed.kind !== 'commit') throw new Error('a commit was sent')
const sent = must(await protect({ provider, state: removal.newState, data: new TextEncoder().encode('Just us two.') }))
const read = must(await receive({ provider, state: followed.newState, message: sent.message, judge }))
if (read.kind === 'application')
  console.log(members(read.newState).length, 'members:', new TextDecoder().decode(read.data))
