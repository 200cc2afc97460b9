/** What this browser calls itself, in two words: shown to whoever is asked to let it in, and as its first name in the list. */
import { say } from '../words/words.tsx'

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

export const platformWords = (agent: string = navigator.userAgent): string => {
  const named = (list: typeof browsers): string | undefined => list.find(([pattern]) => pattern.test(agent))?.[1]
  return say('device.platform', {
    browser: named(browsers) ?? say('device.browser'),
    system: named(systems) ?? say('device.system'),
  })
}
