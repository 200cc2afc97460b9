/** `npm run bench -- NAME` runs packages/<any>/bench/NAME.ts; further words are handed on to it. */
import { basename } from 'node:path'
import { buildPage } from './build.ts'
import { filesUnder, root, run } from './process.ts'

const benches = filesUnder(root).filter((path) => /^packages\/[^/]+\/bench\/[a-z-]+\.ts$/.test(path))
const [name, ...rest] = process.argv.slice(2)
const bench = benches.find((path) => basename(path, '.ts') === name)
if (bench === undefined) {
  console.error(
    `Which one? npm run bench -- ${benches.map((path) => basename(path, '.ts')).join(' | ') || '(there is none)'}`,
  )
  process.exitCode = 1
} else if (await buildPage()) {
  process.exitCode = (await run(process.execPath, [bench, ...rest])).code
} else process.exitCode = 1
