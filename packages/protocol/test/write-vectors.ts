/**
 * Writes packages/protocol/vectors: `node packages/protocol/test/write-vectors.ts`. Refuses to give a version that has a
 * hash another one; `--unreleased` allows it while nobody speaks that version yet.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { protocolVersion } from '../src/version.ts'
import { exampleVectors, refusedVectors } from './examples.ts'
import { languageHash } from './language.ts'

const folder = join(import.meta.dirname, '../vectors')
const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, undefined, 2)}\n`)

mkdirSync(folder, { recursive: true })
const file = join(folder, 'schema.json')
const versions: Record<string, string> = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
  : {}
const there = versions[protocolVersion]
if (there !== undefined && there !== languageHash() && !process.argv.includes('--unreleased')) {
  console.error(`Version ${protocolVersion} has its hash already. Raise protocolVersion in src/version.ts first.`)
  process.exitCode = 1
} else {
  write('schema.json', { ...versions, [protocolVersion]: languageHash() })
  write('encodings.json', exampleVectors())
  write('refused.json', refusedVectors)
}
