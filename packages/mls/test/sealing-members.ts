/** For loads: members of one group of the product's suite who seal what they say for real. */
import { protect, suites, type GroupState } from '../src/index.ts'
import { nodeProvider } from '../src/providers/node.ts'
import { commit, device, founded, got, joined, nth, ok } from './test-kit.ts'

export interface SealingMember {
  /** The next message of this member, as long as one of up to `paddedLength` bytes of text. */
  seal(): Promise<Uint8Array>
  /** Whether it is a message that this member can open. */
  opens(message: Uint8Array): Promise<boolean>
}

const provider = nodeProvider()
const suite = suites.hybrid
const paddedLength = 256

/** A group of so many; the first `speakers` of them hold its keys, the others are only in it. */
export const sealingMembers = async (size: number, speakers: number): Promise<readonly SealingMember[]> => {
  const creator = await founded(provider, suite, 'member 0')
  if (size === 1) return [memberWith(creator)]
  const others = await Promise.all(
    Array.from({ length: size - 1 }, (_, index) => device(provider, suite, `member ${index + 1}`)),
  )
  const made = await commit(provider, creator, { proposals: others.map(({ kit }) => ({ add: kit.keyPackage })) })
  const members = [memberWith(made.newState)]
  for (let index = 0; index + 1 < Math.min(size, speakers); index++)
    members.push(memberWith((await joined(provider, nth(others, index), made)).state))
  return members
}

const memberWith = (begun: GroupState): SealingMember => {
  let state = begun
  return {
    async seal() {
      const sealed = ok(await protect({ provider, state, data: provider.random(paddedLength), paddedLength }))
      state = sealed.newState
      return sealed.message
    },
    async opens(message) {
      const read = await got(provider, state, message)
      state = read.newState
      return read.kind === 'application'
    },
  }
}
