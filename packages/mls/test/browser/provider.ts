/** What `../provider.ts` is in a browser. */
import type { Provider } from '../../src/provider.ts'
import { deterministicProvider } from '../../src/providers/deterministic.ts'
import { webProvider } from '../../src/providers/web.ts'
import { seededRandom } from '../test-kit.ts'

export const provider: Provider = webProvider()
export const providers: Readonly<Record<string, Provider>> = {
  web: provider,
  deterministic: deterministicProvider(seededRandom(5)),
}
