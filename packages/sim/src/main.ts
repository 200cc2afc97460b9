/**
 * `npm run sim -- --seeds 50 --from 1`: worlds from seeds; prints what each came to, and fails with the seeds that did.
 * `--world crowd` instead of two people: groups, rooms, several devices each, cards. `--world many-groups`: what it costs to
 * bring a new device into `--groups 200`.
 */
import { parseArgs } from 'node:util'
import { runCrowd } from './crowd.ts'
import { runManyGroups } from './many-groups.ts'
import { runTwoPeople } from './two-people.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '1' },
    world: { type: 'string', default: 'two-people' },
    groups: { type: 'string', default: '200' },
  },
})
interface Outcome {
  readonly words: string
  readonly faults: readonly string[]
}
const run = async (seed: number): Promise<Outcome> => {
  if (values.world === 'crowd') {
    const { people, devices, epochs, crashes, faults } = await runCrowd(seed)
    return { words: `${people} people, ${devices} devices, ${epochs} epochs, ${crashes} crashes`, faults }
  }
  const { written, crashes, faults } = await runTwoPeople(seed)
  return { words: `${written} messages, ${crashes} crashes`, faults }
}
if (values.world === 'many-groups') {
  const { groups, cpuMs } = await runManyGroups(Number(values.groups))
  process.stdout.write(
    `a new device stands in ${groups} groups: ${cpuMs} ms of CPU, three clients and the server together\n`,
  )
  process.exit(0)
}
const failed: number[] = []
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++) {
  // A world that broke off is a failed one; the others still run.
  const { words, faults } = await run(seed).catch((error: unknown) => ({ words: 'broke off', faults: [String(error)] }))
  process.stdout.write(`seed ${seed}: ${words}, ${faults.length === 0 ? 'good' : 'BAD'}\n`)
  for (const fault of faults) process.stdout.write(`  ${fault}\n`)
  if (faults.length > 0) failed.push(seed)
}
process.stdout.write(failed.length === 0 ? 'every world was good\n' : `failing seeds: ${failed.join(' ')}\n`)
process.exit(failed.length === 0 ? 0 : 1)
