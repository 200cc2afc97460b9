/** What a benchmark of the server found, a line each as it comes and one line of JSON at the end. */
import { cpus } from 'node:os'
import { calibrate } from '../../test/load/calibration.ts'
import type { Calibration } from '../../test/load/calibration.ts'
import type { Measured } from '../../test/load/scenario.ts'

interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Scaled by the calibration; a time or size may not exceed it, a rate not fall below. */
  readonly limit?: number
  readonly holds: boolean
  readonly samples: number
}
export interface Report {
  /** Asked before each part: a shared machine is not the same throughout. */
  slowness(): Calibration
  add(measured: Measured, slowness: Calibration): void
  /** Prints the line of JSON; whether everything holds. */
  end(bench: string): boolean
}

export const round = (value: number): number => Number(value.toPrecision(4))

export const createReport = (): Report => {
  const calibrations: number[] = []
  const results: Result[] = []
  return {
    slowness() {
      const calibration = calibrate()
      calibrations.push(calibration.ms)
      return calibration
    },
    add(measured, slowness) {
      const { name, value, unit, samples } = measured
      const limit = scaled(measured, slowness)
      const holds = limit === undefined || (measured.isRate === true ? value >= limit : value <= limit)
      results.push({
        name,
        value: round(value),
        unit,
        ...(limit !== undefined && { limit: round(limit) }),
        holds,
        samples,
      })
      const against = limit === undefined ? '' : `limit ${round(limit)}, `
      console.log(`${holds ? 'holds ' : 'MISSES'} ${name}: ${round(value)} ${unit} (${against}${samples} samples)`)
    },
    end(bench) {
      const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
      const calibrationMs = round(calibrations.toSorted((a, b) => a - b)[Math.floor(calibrations.length / 2)] ?? 0)
      console.log(JSON.stringify({ bench, machine, calibrationMs, results }))
      return results.every(({ holds }) => holds)
    },
  }
}

const scaled = ({ limit, isRate, by }: Measured, { factor, cpuFactor }: Calibration): number | undefined => {
  const slower = by === 'time' ? factor : by === 'cpu' ? cpuFactor : 1
  return limit === undefined ? undefined : isRate === true ? limit / slower : limit * slower
}
