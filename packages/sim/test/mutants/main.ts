/**
 * `npm run mutants -- sim`: plants bugs in the client core and in the server, one at a time, and asks what must notice each.
 * Ends in `N killed of N`, and with 1 when one lived. Further words: parts of a name or of a path plant only those.
 */
import { mutants } from '../../src/mutants.ts'
import { tryMutants } from './try-mutant.ts'

const words = process.argv.slice(2)
const wanted = [...mutants.keys()].filter((index) =>
  words.every((word) => `${mutants[index]?.file} ${mutants[index]?.name}`.includes(word)),
)
const verdicts = await tryMutants(wanted, ({ name, killed, by }) =>
  console.log(killed ? `killed by ${by}: ${name}` : `SURVIVED (${by}): ${name}`),
)
const killed = verdicts.filter((one) => one.killed).length
console.log(`${killed} killed of ${wanted.length}`)
process.exitCode = killed === wanted.length ? 0 : 1
