/**
 * The recovery key: 32 random bytes that stand on a card and nowhere else. It is a device on paper: its public half stands
 * in the account's chain, and it may do one thing, let a device in (trust.md §1).
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { concat, decode, encode, protocolVersion, recoveryRecord, utf8 } from '@halyard/protocol'
import type { RecoveryRecord } from '@halyard/protocol'
import { deriveSealKeyPair, suites } from '@halyard/mls'
import type { Provider } from '@halyard/mls'
import { openUnder, sealUnder } from '../seal/seal-under.ts'
import { deriveKeys } from './derive.ts'
import { keyPairFromSeed } from './keys.ts'
import type { KeyPair } from './keys.ts'

export const recoveryKeyBytes = 32
const locatorBytes = 16

/** What follows from a recovery key. */
export interface RecoverySecrets {
  /** Signs the link that lets a device in. */
  readonly key: KeyPair
  /** Where the server keeps what belongs to it; says nothing of the rest. */
  readonly locator: Uint8Array
  /** Seals {@link RecoveryRecord}. */
  readonly recordKey: Uint8Array
  /** What must be fresh (the key of the account state) is sealed to this one by devices that do not have the card. */
  readonly sealKeys: KeyPair
}
export const recoverySecrets = async (provider: Provider, recoveryKey: Uint8Array): Promise<RecoverySecrets> => {
  const { seed, place, recordKey, sealSeed } = await deriveKeys(provider, 'Halyard 1 recovery key', recoveryKey, {
    seed: 'recovery signature',
    place: 'recovery locator',
    recordKey: 'recovery record',
    sealSeed: 'recovery seal',
  })
  const sealKeys = await deriveSealKeyPair(provider, suites.hybrid, sealSeed)
  sealSeed.fill(0)
  return { key: keyPairFromSeed(seed), locator: place.slice(0, locatorBytes), recordKey, sealKeys }
}

/** Bound to its place: a record cannot be shown for another card. */
const aboutRecord = ({ locator, key }: RecoverySecrets): Uint8Array =>
  concat(utf8('Halyard 1 recovery record\0'), locator, key.publicKey)
export const sealRecoveryRecord = (
  provider: Provider,
  secrets: RecoverySecrets,
  value: Omit<RecoveryRecord, 'version'>,
): Promise<Uint8Array> =>
  sealUnder(
    provider,
    secrets.recordKey,
    aboutRecord(secrets),
    encode(recoveryRecord, { version: protocolVersion, ...value }),
  )
/** Undefined when it was not sealed with this card. */
export const openRecoveryRecord = async (
  provider: Provider,
  secrets: RecoverySecrets,
  sealed: Uint8Array,
): Promise<RecoveryRecord | undefined> => {
  const opened = await openUnder(provider, secrets.recordKey, aboutRecord(secrets), sealed)
  const value = opened === undefined ? undefined : decode(recoveryRecord, opened)
  return value?.version === protocolVersion ? value : undefined
}

/** The key as 24 English words (BIP 39): of 256 bits and a checksum of 8. */
export const recoveryWords = (recoveryKey: Uint8Array): readonly string[] =>
  entropyToMnemonic(recoveryKey, wordlist).split(' ')

/** What somebody typed. `place` counts from 1. */
export type RecoveryTyped =
  | { readonly kind: 'key'; readonly recoveryKey: Uint8Array }
  /** This word is in no such list; `near` are those that it may have been. */
  | { readonly kind: 'word'; readonly place: number; readonly near: readonly string[] }
  | { readonly kind: 'count'; readonly words: number }
  /** Each is a word of the list, yet together they are none of its keys: two changed places, or one was misread. */
  | { readonly kind: 'checksum' }

const wordCount = 24
/** The list is made so that four letters tell a word. */
const tellingLetters = 4
const nearMax = 3

/** Reads words as people type them: any case, numbers and punctuation between them, four letters for a word. */
export const readRecoveryWords = (typed: string): RecoveryTyped => {
  const words = typed
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
  const found: string[] = []
  for (const [index, word] of words.slice(0, wordCount).entries()) {
    const known = knownWord(word)
    if (known === undefined) return { kind: 'word', place: index + 1, near: nearWords(word) }
    found.push(known)
  }
  if (words.length !== wordCount) return { kind: 'count', words: words.length }
  try {
    return { kind: 'key', recoveryKey: mnemonicToEntropy(found.join(' '), wordlist) }
  } catch {
    return { kind: 'checksum' }
  }
}

const knownWord = (word: string): string | undefined =>
  wordlist.includes(word)
    ? word
    : word.length === tellingLetters
      ? wordlist.find((one) => one.startsWith(word))
      : undefined

/** Words one slip away: a letter wrong, missing, too many, or two that changed places. */
const nearWords = (word: string): readonly string[] => wordlist.filter((one) => isOneSlip(word, one)).slice(0, nearMax)

const isOneSlip = (a: string, b: string): boolean => {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  return Math.max(left.length, right.length) <= 1 || (left.length === 2 && left[0] === right[1] && left[1] === right[0])
}
