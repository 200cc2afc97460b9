/** The suite of every conversation. */
import { suites } from '@halyard/mls'
import type { CipherSuite } from '@halyard/mls'

/** What every driver of the product lends its member: post-quantum and classical together. */
export const productSuite: CipherSuite = suites.hybrid
