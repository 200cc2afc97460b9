/** The operator's hand tool. Trouble is one plain sentence on stderr and an exit code other than 0. */
import { StartRefusal } from '@halyard/server/node'
import { restored } from './commands/restored.ts'
import { up } from './commands/up.ts'
import { url } from './commands/url.ts'
import { help } from './help.ts'
import { readOptions } from './options.ts'

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options.command === 'help') {
    process.stdout.write(help)
    return 0
  }
  if (options.command === 'up') return up(options)
  if (options.command === 'restored') restored(options.data)
  else url(options.data, options.newUrl ?? '')
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
