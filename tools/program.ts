/**
 * `npm run fuzz -- NAME` and `npm run mutants -- NAME` run the program of that kind that tests packages/NAME; further
 * words are handed on to it.
 */
import { filesUnder, root, run } from './process.ts'

const [kind = '', name = '', ...rest] = process.argv.slice(2)
const programs = filesUnder(root).flatMap(
  (path) => new RegExp(`^packages/([^/]+)/test/${kind}/main\\.ts$`).exec(path)?.[1] ?? [],
)
if (programs.includes(name)) {
  process.exitCode = (await run(process.execPath, [`packages/${name}/test/${kind}/main.ts`, ...rest])).code
} else {
  console.error(`Of which package? npm run ${kind} -- ${programs.join(' | ') || '(there is none)'}`)
  process.exitCode = 1
}
