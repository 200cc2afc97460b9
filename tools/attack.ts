/**
 * `npm run attack`: runs every test of a threat that a lying server, or whoever has it, is to us, and says of each threat
 * whether we hold. Ends with `N threats, N tests, N failed`, and with 1 when one failed. Words: only these threats.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { attackIds } from './attack-ids.ts'
import { bin, run } from './process.ts'
import { reportFolder } from './tally.ts'
import { covered, notYet } from './threat-model.ts'

interface Ran {
  readonly fullName: string
  readonly status: string
}
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly Ran[]
  }[]
}

const isInBrowser = (path: string): boolean => path.endsWith('.spec.ts')
const only = process.argv.slice(2)
const asked = attackIds.filter((id) => only.length === 0 || only.includes(id))
const files = [...new Set(asked.flatMap((id) => covered.get(id) ?? []))].filter((path) => !isInBrowser(path))

/** What ran, and the files that could not be loaded. */
const runTests = async (): Promise<{ readonly ran: readonly Ran[]; readonly broken: readonly string[] }> => {
  if (files.length === 0) return { ran: [], broken: [] }
  const path = join(reportFolder, 'attack.json')
  mkdirSync(reportFolder, { recursive: true })
  rmSync(path, { force: true })
  const names = `\\b(?:${asked.join('|')})\\b`
  await run(
    bin('vitest'),
    ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${path}`, '-t', names, ...files],
    { env: { HALYARD_SOME: '1' } },
  )
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report
  return {
    ran: report.testResults.flatMap(({ assertionResults }) => assertionResults),
    broken: report.testResults.flatMap((file) => (file.assertionResults.length === 0 ? [file.name] : [])),
  }
}

const { ran, broken } = await runTests()
const namesThreat = (id: string, { fullName }: Ran): boolean => new RegExp(`\\b${id}\\b`).test(fullName)

/** One line about a threat, and whether it is bad news. */
const lineOf = (id: string): { readonly line: string; readonly fails: boolean } => {
  const mine = ran.filter((one) => namesThreat(id, one) && one.status !== 'skipped' && one.status !== 'pending')
  const failed = mine.filter(({ status }) => status !== 'passed')
  const inBrowser = (covered.get(id) ?? []).filter(isInBrowser)
  const elsewhere = inBrowser.length === 0 ? '' : `in a browser, by npm test: ${inBrowser.join(', ')}`
  const why = notYet.get(id)
  if (failed.length > 0)
    return { line: `${id} FAILS: ${failed.map(({ fullName }) => fullName).join('; ')}`, fails: true }
  if (mine.length > 0)
    return {
      line: `${id} holds, ${mine.length} ${mine.length === 1 ? 'test' : 'tests'}${elsewhere === '' ? '' : `; more ${elsewhere}`}`,
      fails: false,
    }
  if (elsewhere !== '') return { line: `${id} is tested ${elsewhere}`, fails: false }
  return why === undefined
    ? { line: `${id} FAILS: no test of it ran`, fails: true }
    : { line: `${id} no test yet: ${why}`, fails: false }
}

const lines = asked.map(lineOf)
for (const { line } of lines) console.log(line)
for (const name of broken) console.log(`FAILS to load: ${name}`)
const tests = ran.filter((one) => asked.some((id) => namesThreat(id, one)) && ['passed', 'failed'].includes(one.status))
const failedTests = tests.filter(({ status }) => status === 'failed').length + broken.length
console.log(`${asked.length} threats, ${tests.length} tests, ${failedTests} failed`)
if (broken.length > 0 || lines.some(({ fails }) => fails) || asked.length === 0) process.exitCode = 1
