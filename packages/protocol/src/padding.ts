/**
 * PADMÉ (Nikitin et al., PETS 2019): lengths keep only their leading bits, so that a size says little; with a floor,
 * so that receipts, typing and short texts look alike.
 */
import { limits } from './limits.ts'

export const paddedLength = (length: number): number => {
  if (length <= limits.paddingFloorBytes) return limits.paddingFloorBytes
  const exponent = Math.floor(Math.log2(length))
  const kept = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** (exponent - kept)
  return Math.ceil(length / step) * step
}
