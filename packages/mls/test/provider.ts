/**
 * The provider the tests run on: Node's, or the one that HALYARD_PROVIDER names. In a browser
 * `browser/provider.ts` stands in its place, so that the same tests run there.
 */
import type { Provider } from '../src/provider.ts'
import { deterministicProvider } from '../src/providers/deterministic.ts'
import { nodeProvider } from '../src/providers/node.ts'
import { webProvider } from '../src/providers/web.ts'
import { seededRandom } from './test-kit.ts'

/** All there are here, by name. */
export const providers: Readonly<Record<string, Provider>> = {
  node: nodeProvider(),
  web: webProvider(),
  deterministic: deterministicProvider(seededRandom(5)),
}

const asked = process.env['HALYARD_PROVIDER'] ?? 'node'
const found = providers[asked]
if (found === undefined) throw new Error(`no provider ${asked}; there are: ${Object.keys(providers).join(', ')}`)
export const provider: Provider = found
