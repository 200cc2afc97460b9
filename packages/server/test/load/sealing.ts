/** Messages as the product seals them, for a load that has to be real to the last byte. */
import { sealingMembers } from '../../../mls/test/sealing-members.ts'
import type { Sealing } from './scenario.ts'

export const sealing: Sealing = async (size, speakers) =>
  (await sealingMembers(size, speakers)).map((member) => () => member.seal())
