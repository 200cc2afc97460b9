/** The operator's hand tool. Trouble is one plain sentence on stderr and an exit code other than 0. */
import { homedir } from 'node:os'
import { StartRefusal } from '@halyard/server/node'
import { backup } from './commands/backup.ts'
import { restore } from './commands/restore.ts'
import { restored } from './commands/restored.ts'
import { service } from './commands/service.ts'
import type { ServiceUser } from './commands/service.ts'
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
  if (options.action !== undefined) return service(options.action, options, serviceUser())
  if (options.command === 'restored') restored(options.data)
  else if (options.command === 'backup') backup(options.data, options.word)
  else if (options.command === 'restore') restore(options.data, options.word)
  else url(options.data, options.word)
  return 0
}

const serviceUser = (): ServiceUser => ({
  home: homedir(),
  environment: process.env,
  write: (text) => void process.stdout.write(text),
})

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
