/** What a process has used, read from outside it. Linux only. */
import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'

export interface Usage {
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Length of a tick of the kernel's clock, in which it counts. */
const tickMs = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Throws when there is no such process. */
export const usageOf = (processId: number): Usage => {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8')
  // The name may have spaces; what follows its last bracket does not. utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1]
  return { cpuMs: ticks * tickMs, rssBytes: Number(kib ?? Number.NaN) * 1024 }
}
