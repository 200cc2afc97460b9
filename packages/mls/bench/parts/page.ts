/** What runs in the page: the same steps, on the provider of browsers, by wall time. */
import { webProvider } from '../../src/providers/web.ts'
import { knownSuite } from '../../src/suites.ts'
import { webCandidates } from './candidates-web.ts'
import { runSuite, type Result } from './run.ts'

export interface PageOptions {
  readonly suite: number
  readonly hybrid: boolean
  readonly sizes: readonly number[]
  readonly only: string
}
interface Lent {
  reportResult(result: Result): Promise<void>
  reportProgress(line: string): Promise<void>
  runSteps?: (options: PageOptions) => Promise<void>
}
const lent = globalThis as unknown as Lent

lent.runSteps = async ({ suite, hybrid, sizes, only }) => {
  const provider = webProvider()
  await runSuite({
    bench: { provider, suite, hybrid },
    clock: () => performance.now(),
    candidates: webCandidates(knownSuite(suite)),
    sizes,
    growthTo: undefined,
    only,
    report: (result) => void lent.reportResult(result),
    progress: (line) => void lent.reportProgress(line),
    peerMs: async () => undefined,
  })
}
