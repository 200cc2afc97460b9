/** How weak a passphrase is, and stronger ones to offer. Everything is reckoned here; nothing is asked of anyone. */
import { words } from './words.ts'

export type PassphraseScore = 0 | 1 | 2 | 3 | 4
export const passphraseScoreMin = 3
/** Longer ones are refused: hashing takes the whole text, and nobody types that. */
export const passphraseLengthMax = 1024
const suggestedWordCount = 5
/** Beyond this much nothing is gained, and the search is quadratic. */
const ratedLengthMax = 100

/**
 * Estimates the guesses of somebody who knows how people choose: common passwords and words, repeats, runs along the
 * alphabet or the keyboard, years, and letters replaced by signs. Below 10^3: 0, 10^6: 1, 10^8: 2, 10^10: 3, else 4.
 */
export const ratePassphrase = (passphrase: string): PassphraseScore => {
  const guesses = guessesLog10(normalizePassphrase(passphrase))
  if (guesses < 3) return 0
  if (guesses < 6) return 1
  if (guesses < 8) return 2
  return guesses < 10 ? 3 : 4
}

/** The same passphrase typed on another keyboard must be the same bytes. */
export const normalizePassphrase = (passphrase: string): string => passphrase.normalize('NFKC').trim()

/** Five words, each equally likely, from a secure source. */
export const suggestPassphrase = (random: (length: number) => Uint8Array): string =>
  Array.from({ length: suggestedWordCount }, () => words[uniform(words.length, random)]).join(' ')

/** An even choice below `count` (at most 65,536): values of the last, incomplete stretch are drawn again. */
const uniform = (count: number, random: (length: number) => Uint8Array): number => {
  const limit = 65_536 - (65_536 % count)
  for (;;) {
    const [high = 0, low = 0] = random(2)
    const value = high * 256 + low
    if (value < limit) return value % count
  }
}

/** Most likely parts first; the place in the list is the number of guesses. */
const commonPasswords = `
  password 123456 qwerty letmein welcome admin iloveyou monkey dragon sunshine princess football baseball master
  shadow superman batman trustno login passw abc secret summer winter spring autumn hello freedom whatever hunter
  michael jordan jennifer thomas daniel andrew george charlie robert jessica ashley amanda joshua matthew william
  starwars pokemon cheese computer internet google facebook test guest root changeme default access killer hockey
  soccer ranger buster tigger ginger pepper maggie banana orange cookie chocolate butterfly flower angel lovely
  passwort hallo schatz passwd pass admin123 correct horse battery staple halyard messenger chat
`
  .trim()
  .split(/\s+/)

const dictionary: ReadonlyMap<string, number> = new Map([
  ...words.map((word) => [word, words.length] as const),
  ...commonPasswords.map((word, index) => [word, index + 1] as const),
])
const wordLengthMax = 12
const keyboardRuns = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  '1234567890',
  '!@#$%^&*()',
]
const replacedSigns: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
}
/** Guesses for one sign nobody can foresee; few, since people choose unevenly. */
const perSign = Math.log10(12)

/** The cheapest way to write the text as guessable parts. */
const guessesLog10 = (text: string): number => {
  const signs = Array.from(text).slice(0, ratedLengthMax)
  // cheapest[n]: log10 of the guesses for the first n signs; every further part costs one more for its arrangement.
  const cheapest: number[] = [0]
  for (let end = 1; end <= signs.length; end++) {
    let best = (cheapest[end - 1] ?? 0) + perSign
    for (let start = Math.max(0, end - ratedLengthMax); start <= end - 2; start++) {
      const cost = partCost(signs, start, end)
      if (cost !== undefined) best = Math.min(best, (cheapest[start] ?? 0) + cost)
    }
    cheapest.push(best)
  }
  return cheapest.at(-1) ?? 0
}

const partCost = (signs: readonly string[], start: number, end: number): number | undefined => {
  const costs = [wordCost, runCost, repeatCost, yearCost]
    .map((cost) => cost(signs, start, end))
    .filter((cost) => cost !== undefined)
  return costs.length === 0 ? undefined : Math.min(...costs)
}

const wordCost = (signs: readonly string[], start: number, end: number): number | undefined => {
  if (end - start > wordLengthMax) return undefined
  const written = signs.slice(start, end)
  const lower = written.map((sign) => sign.toLowerCase())
  const plain = lower.map((sign) => replacedSigns[sign] ?? sign)
  const backwards = plain.toReversed().join('')
  const rank = dictionary.get(lower.join('')) ?? dictionary.get(plain.join(''))
  const found = rank ?? dictionary.get(backwards)
  if (found === undefined) return undefined
  // Capitals, signs for letters and writing backwards each double the guesses, no more.
  const isCapital = written.some((sign, index) => sign !== lower[index])
  const hasSigns = dictionary.get(lower.join('')) === undefined
  return Math.log10(found * (isCapital ? 2 : 1) * (hasSigns ? 2 : 1) * (rank === undefined ? 2 : 1) + 1)
}

/** Along the alphabet, the digits or the keyboard, forwards or backwards: a start, a direction, a length. */
const runCost = (signs: readonly string[], start: number, end: number): number | undefined => {
  if (end - start < 3) return undefined
  const text = signs.slice(start, end).join('').toLowerCase()
  const backwards = Array.from(text).toReversed().join('')
  const isKeyboard = keyboardRuns.some((run) => run.includes(text) || run.includes(backwards))
  const step = text.charCodeAt(1) - text.charCodeAt(0)
  const isAlphabet =
    Math.abs(step) <= 2 &&
    Array.from(text).every((_, index) => index === 0 || text.charCodeAt(index) - text.charCodeAt(index - 1) === step)
  return isKeyboard || isAlphabet ? Math.log10(20 * (end - start)) : undefined
}

const repeatCost = (signs: readonly string[], start: number, end: number): number | undefined => {
  const length = end - start
  for (let period = 1; period <= length / 2; period++) {
    if (length % period !== 0) continue
    let isRepeat = true
    for (let index = start + period; index < end && isRepeat; index++) isRepeat = signs[index] === signs[index - period]
    if (isRepeat) return guessesLog10Once(signs.slice(start, start + period)) + Math.log10(length / period)
  }
  return undefined
}

const guessesLog10Once = (signs: readonly string[]): number =>
  wordCost(signs, 0, signs.length) ?? runCost(signs, 0, signs.length) ?? signs.length * perSign

const yearCost = (signs: readonly string[], start: number, end: number): number | undefined =>
  end - start === 4 && /^(19|20)\d\d$/.test(signs.slice(start, end).join('')) ? Math.log10(120) : undefined
