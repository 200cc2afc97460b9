/**
 * `npm run fuzz -- NAME` and `npm run mutants -- NAME` run the program of that kind that tests packages/NAME; further
 * words are handed on to it. `npm run mutants -- checks` switches off what clients check (packages/sim/src/checks.ts).
 */
import { filesUnder, root, run } from './process.ts'

const [kind = '', name = '', ...rest] = process.argv.slice(2)
const checks = 'packages/sim/test/checks/main.ts'
const programs = new Map(
  filesUnder(root).flatMap((path) => {
    const of = new RegExp(`^packages/([^/]+)/test/${kind}/main\\.ts$`).exec(path)?.[1]
    if (of !== undefined) return [[of, path] as const]
    return kind === 'mutants' && path === checks ? [['checks', path] as const] : []
  }),
)
const program = programs.get(name)
if (program === undefined) {
  console.error(`Of which package? npm run ${kind} -- ${[...programs.keys()].join(' | ') || '(there is none)'}`)
  process.exitCode = 1
} else process.exitCode = (await run(process.execPath, [program, ...rest])).code
