/**
 * Text from other people, made safe to stand beside our own words. Nothing here is about markup (text is never parsed as
 * HTML): it is about signs that are invisible, that turn text around, or that are endless.
 */

/** Controls except tab and line feed, and the interlinear and tag characters nobody types: shown as nothing. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu
/** Embeddings, overrides, isolates and marks that change the direction of what comes after them. */
const turns = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu
/** Invisible in a name: two names must not look the same because of them. */
const invisible =
  /[\u00ad\u115f\u1160\u180e\u200b\u200c\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0]|[\u17b4]|[\u17b5]|[\u180b-\u180d]|[\u180f]/gu
const overrides = /[\u202d\u202e]/gu

/** Combining marks kept on one base sign; more would paint over the lines around. */
const marksMax = 4
const longMarks = new RegExp(`(\\p{M}{${marksMax}})\\p{M}+`, 'gu')

/** The text of a message or a part of one: line breaks stay, overrides go, the rest is isolated by the element around it. */
export const shownMessage = (text: string): string =>
  text.replace(controls, '').replace(overrides, '').replace(longMarks, '$1')

/** One line: a name or a preview. Never empty signs only: such a name is treated as unknown (''). */
export const shownLine = (text: string): string =>
  text
    .replace(/[\t\n\u2028\u2029]+/gu, ' ')
    .replace(controls, '')
    .replace(turns, '')
    .replace(longMarks, '$1')
    .trim()

export const shownName = (name: string): string => {
  const line = shownLine(name).replace(invisible, '').replace(/\s+/gu, ' ').trim()
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(line) ? line : ''
}

/** What a friend is called in a sentence: the first word of the name, if it says something by itself. */
export const shownFirstName = (name: string): string => {
  const whole = shownName(name)
  const first = whole.split(' ')[0] ?? ''
  return first.length >= 2 ? first : whole
}

/** At most two letters for the round picture. */
export const initials = (name: string): string => {
  const words = shownName(name)
    .split(' ')
    .filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const first = words[0]
  const last = words.length > 1 ? words[words.length - 1] : undefined
  return [first, last]
    .map((word) => (word === undefined ? '' : (Array.from(word)[0] ?? '')))
    .join('')
    .toLocaleUpperCase()
}

const hues = [222, 265, 330, 150, 20, 45, 100, 140, 175, 200, 300, 85] as const

/** The same person has the same colour on every screen of this device. */
export const hueOf = (id: string): number => {
  let sum = 0
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) >>> 0
  return hues[sum % hues.length] ?? hues[0]
}
