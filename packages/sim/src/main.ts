/** `npm run sim -- --seeds 50 --from 1`: worlds from seeds; prints what each came to, and fails with the seeds that did. */
import { parseArgs } from 'node:util'
import { runTwoPeople } from './two-people.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '50' }, from: { type: 'string', default: '1' } },
})
const failed: number[] = []
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++) {
  const report = await runTwoPeople(seed)
  process.stdout.write(
    `seed ${seed}: ${report.written} messages, ${report.crashes} crashes, ${report.faults.length === 0 ? 'good' : 'BAD'}\n`,
  )
  for (const fault of report.faults) process.stdout.write(`  ${fault}\n`)
  if (report.faults.length > 0) failed.push(seed)
}
process.stdout.write(failed.length === 0 ? 'every world was good\n' : `failing seeds: ${failed.join(' ')}\n`)
process.exit(failed.length === 0 ? 0 : 1)
