/** The provider of simulators and tests: the same randomness gives the same bytes; nothing but microtasks is awaited with the suites on Curve25519. */
import type { Provider } from '../provider.ts'
import { nobleProvider } from './noble.ts'

/** `random(length)` must return `length` bytes; everything else follows from it. Not for real keys unless `random` is a real generator. */
export function deterministicProvider(random: (length: number) => Uint8Array): Provider {
  return nobleProvider(random)
}
