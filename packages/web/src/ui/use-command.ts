import { useState } from 'react'
import type { RefusalCode, Result } from '@halyard/protocol'

export interface Command {
  readonly busy: boolean
  readonly refusal: RefusalCode | undefined
  /** One at a time; `done` is called when it was taken, and it stays busy: what asked for it goes away then. */
  readonly run: <T>(command: () => Promise<Result<T>>, done: (value: T) => void) => void
}

/** A command that a dialog runs: why it was refused is said there, and the dialog stays. */
export const useCommand = (): Command => {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const run = async <T>(command: () => Promise<Result<T>>, done: (value: T) => void): Promise<void> => {
    if (busy) return
    setBusy(true)
    setRefusal(undefined)
    const result = await command()
    if (result.ok) return done(result.value)
    setBusy(false)
    setRefusal(result.code)
  }
  return { busy, refusal, run: (command, done) => void run(command, done) }
}
