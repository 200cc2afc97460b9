/** Planted bugs in the client core and in the server, each with the oracle that must notice it. */
import { clientMutants } from './client-mutants.ts'
import { moreClientMutants } from './more-client-mutants.ts'
import { serverMutants } from './server-mutants.ts'

export interface Mutant {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** White space does not count; must stand there exactly once. */
  readonly from: string
  readonly to: string
  readonly oracle: Oracle
}

/** One of `scenarios.ts`, the crowd of a seed, or a file of tests, from the root of the repository. */
export type Oracle = { readonly crowd: number } | { readonly scenario: string } | { readonly test: string }

export const mutants: readonly Mutant[] = [...clientMutants, ...moreClientMutants, ...serverMutants]

/** A source with the bug in it; as it was, when the place is not there. */
export const planted = (mutant: Mutant, source: string): string => source.replace(loosely(mutant.from), () => mutant.to)

/** Finds a place in a source whatever the formatter has done to it. */
export const loosely = (text: string): RegExp =>
  new RegExp(
    (text.match(/\w+|[^\w\s]/g) ?? [])
      .map((token) => token.replace(/[^\w]/g, '\\$&'))
      .join('(?:\\s|,(?=\\s*[)\\]}]))*'),
  )
