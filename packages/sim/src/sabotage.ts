/**
 * `node sabotage.ts NUMBER`: the mutant of that number is loaded with everything else, and its scenario or its crowd is lived. Prints
 * what the oracles found; ends with 0 when they found something, 3 when not, 4 when the bug was never loaded.
 */
import { registerHooks } from 'node:module'
import { mutants, planted } from './mutants.ts'

const [number = '', control] = process.argv.slice(2)
const mutant = mutants[Number(number)]
if (mutant === undefined || 'test' in mutant.oracle) throw new Error(`no mutant ${number} to be lived here`)
const { file, oracle } = mutant
let isPlanted = false

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (control !== undefined || !url.endsWith(`/${file}`)) return loaded
    const before = String(
      loaded.source instanceof Uint8Array || loaded.source instanceof ArrayBuffer
        ? Buffer.from(loaded.source as Uint8Array).toString('utf8')
        : loaded.source,
    )
    const source = planted(mutant, before)
    isPlanted ||= source !== before
    return { ...loaded, source }
  },
})

// A planted bug may end in anything: that it ends badly is what is asked for.
process.on('unhandledRejection', (error) => finish([String(error)]))
process.on('uncaughtException', (error) => finish([String(error)]))
const finish = (faults: readonly string[]): void => {
  process.stdout.write(`${faults.join('\n')}\n`)
  process.exit(!isPlanted && control === undefined ? 4 : faults.length > 0 ? 0 : 3)
}
/** Loaded only now, with the bug in it. */
const live = async (): Promise<readonly string[]> => {
  if ('crowd' in oracle) return (await (await import('./crowd.ts')).runCrowd(oracle.crowd)).faults
  const scenario = (await import('./scenarios.ts')).scenarios[oracle.scenario]
  if (scenario === undefined) throw new Error(`no scenario ${oracle.scenario}`)
  return scenario()
}
finish(await live().catch((error: unknown) => [String(error)]))
