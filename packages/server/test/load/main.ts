/**
 * `npm run load -- SCENARIO --url URL --setup TOKEN`: one of the loads against a server of yours that has no network yet, for
 * people who size a machine. It sets the server up, lets people in, and writes; use a data folder made for it, and throw
 * it away. `--amount least|quick|whole`; `--seal` seals
 * every message for real; `--pid N` names the server's process on this machine, to read what it uses.
 */
import { parseArgs } from 'node:util'
import { people } from './people-on-server.ts'
import { usageOf } from './process-usage.ts'
import { amountsOf } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { sealing } from './sealing.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost:8420' },
    setup: { type: 'string', default: '' },
    amount: { type: 'string', default: 'quick' },
    seal: { type: 'boolean', default: false },
    pid: { type: 'string' },
  },
})
const scenario = scenarios.find(({ name }) => name === positionals[0])
const amounts = Object.entries(amountsOf).find(([name]) => name === values.amount)?.[1]
// A whole link does as well.
const token = values.setup.split('#').at(-1) ?? ''

if (scenario === undefined || amounts === undefined || token === '' || !URL.canParse(values.url)) {
  console.error('npm run load -- SCENARIO --url URL --setup LINK [--amount least|quick|whole] [--seal] [--pid N]\n')
  for (const { name, says } of scenarios) console.error(`  ${name.padEnd(8)} ${says}`)
  console.error('\nThe server must be fresh: LINK is the one it prints at its first start.')
  process.exit(1)
}
const where = new URL(values.url)
const count = scenario.peopleFor(amounts)
console.log(`Setting it up and letting ${count} people in …`)
const { people: all } = await people(where, token, count)
const processId = values.pid === undefined ? undefined : Number(values.pid)
const usage = () => (processId === undefined ? undefined : usageOf(processId))
console.log(`${scenario.name}: ${scenario.says}`)
const note = (words: string): void => console.log(`  ${words}`)
const measured = await scenario.run({ where, people: all, amounts, usage, note, ...(values.seal && { sealing }) })
for (const { name, value, unit, samples } of measured)
  console.log(`${name}: ${Number(value.toPrecision(4))} ${unit} (${samples} samples)`)
process.exit()
