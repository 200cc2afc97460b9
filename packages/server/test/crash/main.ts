/**
 * `npm run crash -- --rounds 30`: servers and members that end in every way there is, and what is left of what they
 * acknowledged. The ways take turns; --only NAME takes one of them alone.
 */
import { parseArgs } from 'node:util'
import { runMemberRound } from '../../../sim/test/crash/member-round.ts'
import { runRound, ways } from './rounds.ts'
import type { Outcome } from './rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' }, only: { type: 'string' } } })
const rounds = Number(values.rounds)

const all: Readonly<Record<string, () => Promise<Outcome>>> = {
  ...Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => runRound(way)])),
  'member-killed': () => runMemberRound('any-moment'),
  'member-before-commit': () => runMemberRound('before-commit'),
  'member-after-commit': () => runMemberRound('after-commit'),
}
const chosen = Object.entries(all).filter(([name]) => values.only === undefined || name === values.only)
if (chosen.length === 0 || !(rounds > 0)) {
  console.error(`npm run crash -- --rounds N [--only ${Object.keys(all).join(' | ')}]`)
  process.exit(1)
}

const failed = (error: unknown): Outcome => ({ acknowledged: 0, lost: 0, faults: [String(error)], words: 'FAILED' })

let [acknowledged, lost, faults] = [0, 0, 0]
for (let round = 0; round < rounds; round++) {
  const [name, run] = chosen[round % chosen.length] ?? ['', undefined]
  if (run === undefined) break
  const outcome = await run().catch(failed)
  acknowledged += outcome.acknowledged
  lost += outcome.lost
  faults += outcome.faults.length
  const said = [`${outcome.acknowledged} acknowledged`, `${outcome.lost} lost`, outcome.words, ...outcome.faults]
  console.log(`round ${round + 1} ${name}: ${said.join(', ')}`)
}
console.log(`${rounds} rounds, ${acknowledged} acknowledged, ${lost} lost${faults > 0 ? `, ${faults} faults` : ''}`)
process.exit(lost > 0 || faults > 0 ? 1 : 0)
