/**
 * `npm run sim -- --seeds 500 --from 1`: crowds from seeds, one on each core at a time; says what is bad, and at the end how
 * many there were. `--minutes 10` begins no more after that; `--keep` writes the seeds that failed to those that the tests live
 * for ever. `--world two-people`: two people only. `--world many-groups`: what it costs to bring a new device into
 * `--groups 200`. `--world large-group`: what the largest room costs, with `--people 1000` on `--devices 1400`; some minutes.
 */
import { parseArgs } from 'node:util'
import { runCrowds } from './many-crowds.ts'
import { runLargeGroup } from './large-group.ts'
import { runManyGroups } from './many-groups.ts'
import { runTwoPeople } from './two-people.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    keep: { type: 'boolean', default: false },
    world: { type: 'string', default: 'crowd' },
    groups: { type: 'string', default: '200' },
    people: { type: 'string', default: '1000' },
    devices: { type: 'string', default: '1400' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index)

const crowds = (): Promise<boolean> => {
  const minutes = values.minutes === undefined ? Infinity : Number(values.minutes)
  return runCrowds({ seeds, minutes, keep: values.keep, say })
}

const twoPeople = async (): Promise<boolean> => {
  const failed: number[] = []
  for (const seed of seeds) {
    const { written, crashes, faults } = await runTwoPeople(seed).catch((error: unknown) => brokeOff(error))
    say(`seed ${seed}: ${written} messages, ${crashes} crashes, ${faults.length === 0 ? 'good' : 'BAD'}`)
    for (const fault of faults) say(`  ${fault}`)
    if (faults.length > 0) failed.push(seed)
  }
  say(failed.length === 0 ? 'every world was good' : `failing seeds: ${failed.join(' ')}`)
  return failed.length === 0
}
const brokeOff = (error: unknown) => ({ written: 0, crashes: 0, faults: [`broke off: ${String(error)}`] })

const manyGroups = async (): Promise<boolean> => {
  const { groups, cpuMs } = await runManyGroups(Number(values.groups))
  say(`a new device stands in ${groups} groups: ${cpuMs} ms of CPU, three clients and the server together`)
  return true
}

const largeGroup = async (): Promise<boolean> => {
  const people = Number(values.people)
  const facts = await runLargeGroup({
    people,
    devices: Number(values.devices),
    pruned: Math.floor(people / 10),
    note: (what, value) => say(`${what}: ${value}`),
  })
  const { full, pruned, standing, oneTooMany, faults } = facts
  const isOne = new Set(standing.values()).size === 1
  say(`full: ${JSON.stringify(full)}; pruned: ${JSON.stringify(pruned)}; one more: ${oneTooMany ?? 'not asked'}`)
  say(`${isOne ? 'all stand in one epoch' : 'THEY STAND APART'}, ${faults.length} faults`)
  return isOne && faults.length === 0
}

const worlds: Readonly<Record<string, () => Promise<boolean>>> = {
  crowd: crowds,
  'two-people': twoPeople,
  'many-groups': manyGroups,
  'large-group': largeGroup,
}
const live = worlds[values.world]
if (live === undefined) say(`--world is one of: ${Object.keys(worlds).join(', ')}`)
process.exit((await live?.()) === true ? 0 : 1)
