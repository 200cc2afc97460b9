/** What every store must do, whatever engine and driver it is made of. One suite; each driver's test runs it. */
import { describe } from 'vitest'
import { accountsConformance } from './accounts-conformance.ts'
import { deliveryConformance } from './delivery-conformance.ts'
import { storeFixture } from './fixture-conformance.ts'
import type { Opened } from './fixture-conformance.ts'

export const storeConformance = (name: string, open: () => Promise<Opened> | Opened): void => {
  describe(`store conformance: ${name}`, () => {
    const fixture = storeFixture(open)
    accountsConformance(fixture)
    deliveryConformance(fixture)
  })
}
