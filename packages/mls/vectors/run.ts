/** The official vectors of MLS, HPKE and X-Wing on a provider. */
import type { Provider } from '../src/index.ts'
import { deterministicProvider } from '../src/providers/deterministic.ts'
import { coinsOf } from '../test/test-kit.ts'
import {
  cryptoBasics,
  deserialization,
  keySchedule,
  pskSecret,
  secretTreeCase,
  transcriptHashes,
} from './crypto-cases.ts'
import { messages, passiveClient, welcome } from './group-cases.ts'
import { hpke, hpkeApplies, xwing, type HpkeCase, type XwingCase } from './hpke-cases.ts'
import { messageProtection } from './protection-cases.ts'
import { treeKem, treeMath, treeOperations, treeValidation } from './tree-cases.ts'
import { readVectors } from './read.ts'

type Check = (provider: Provider, vector: never) => Promise<void>

const files: readonly (readonly [string, Check])[] = [
  ['mls/crypto-basics.json', cryptoBasics],
  ['mls/deserialization.json', deserialization],
  ['mls/key-schedule.json', keySchedule],
  ['mls/message-protection.json', messageProtection],
  ['mls/messages.json', messages],
  ['mls/passive-client-handling-commit.json', passiveClient],
  ['mls/passive-client-random.json', passiveClient],
  ['mls/passive-client-welcome.json', passiveClient],
  ['mls/psk_secret.json', pskSecret],
  ['mls/secret-tree.json', secretTreeCase],
  ['mls/transcript-hashes.json', transcriptHashes],
  ['mls/tree-math.json', treeMath],
  ['mls/tree-operations.json', treeOperations],
  ['mls/tree-validation.json', treeValidation],
  ['mls/treekem.json', treeKem],
  ['mls/welcome.json', welcome],
  ['hpke/rfc9180.json', hpke],
  ['xwing/test-vectors.json', (provider: Provider, v: XwingCase) => xwing(provider, v, providerWithCoins)],
]

/** X-Wing's test vectors fix the coins of an encapsulation: ML-KEM's first, then the ephemeral X25519 key. */
export function providerWithCoins(coins: Uint8Array): Provider {
  return deterministicProvider(coinsOf(coins))
}

export type FileResult = {
  readonly file: string
  readonly passed: number
  readonly total: number
  readonly excluded: number
  readonly failures: readonly string[]
}

/** Names of vector files that are not there. */
export async function missingVectors(): Promise<readonly string[]> {
  const missing: string[] = []
  for (const [file] of files) if ((await readVectors(file)) === undefined) missing.push(file)
  return missing
}

/** Runs every file whose name contains `only`, on a provider. */
export async function runVectors(provider: Provider, only = ''): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  for (const [file, check] of files) {
    const parsed = file.includes(only) ? await readVectors(file) : undefined
    if (parsed !== undefined) results.push(await runFile(provider, file, check, parsed))
  }
  return results
}

async function runFile(provider: Provider, file: string, check: Check, parsed: unknown): Promise<FileResult> {
  const cases = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]
  const applicable = file.startsWith('hpke/') ? cases.filter((vector) => hpkeApplies(vector as HpkeCase)) : cases
  const failures: string[] = []
  for (const [i, vector] of applicable.entries()) {
    try {
      await check(provider, vector as never)
    } catch (error) {
      failures.push(`${file} case ${i}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return {
    file,
    passed: applicable.length - failures.length,
    total: applicable.length,
    excluded: cases.length - applicable.length,
    failures,
  }
}
