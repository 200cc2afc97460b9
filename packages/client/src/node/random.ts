import { randomBytes } from 'node:crypto'
import type { RandomBytes } from '../core/ports.ts'

/** The system's secure source. */
export const nodeRandom: RandomBytes = (length) => new Uint8Array(randomBytes(length))
