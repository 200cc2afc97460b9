/**
 * `node --import ./sabotage.ts …` with the number of a mutant: the client core is loaded with one bug planted. Prints
 * what the oracles of its scenario found; ends with 0 when they found something, 3 when not, 4 when it never ran.
 */
import { registerHooks } from 'node:module'
import { mutants } from './mutants.ts'

const [number = '', control] = process.argv.slice(2)
const mutant = mutants[Number(number)]
if (mutant === undefined) throw new Error(`no mutant ${number}`)
let planted = 0

const loosely = (text: string): RegExp =>
  new RegExp(
    (text.match(/\w+|[^\w\s]/g) ?? [])
      .map((token) => token.replace(/[^\w]/g, '\\$&'))
      .join('(?:\\s|,(?=\\s*[)\\]}]))*'),
  )

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (control !== undefined || !url.endsWith(`/client/src/core/${mutant.file}`)) return loaded
    const before = String(
      loaded.source instanceof Uint8Array || loaded.source instanceof ArrayBuffer
        ? Buffer.from(loaded.source as Uint8Array).toString('utf8')
        : loaded.source,
    )
    const source = before.replace(loosely(mutant.from), () => mutant.to)
    if (source !== before) planted++
    return { ...loaded, source }
  },
})

// A planted bug may end in anything: that it ends badly is what is asked for.
process.on('unhandledRejection', (error) => finish([String(error)]))
process.on('uncaughtException', (error) => finish([String(error)]))
const finish = (faults: readonly string[]): void => {
  process.stdout.write(`${faults.join('\n')}\n`)
  process.exit(planted === 0 && control === undefined ? 4 : faults.length > 0 ? 0 : 3)
}
const { scenarios } = await import('./scenarios.ts')
const scenario = scenarios[mutant.scenario]
if (scenario === undefined) throw new Error(`no scenario ${mutant.scenario}`)
finish(await scenario().catch((error: unknown) => [String(error)]))
