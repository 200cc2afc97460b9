/** `halyard restore DIR`: a backup in the place of the data, with the server stopped. */
import { restoreData } from '@halyard/server/node'
import { inMegabytes, inTime } from '../figures.ts'

export const restore = (dataFolder: string, source: string): void => {
  const { takenMs, sizeBytes, keptIn } = restoreData(dataFolder, source)
  process.stdout.write(
    `Restored: ${inMegabytes(sizeBytes)}, taken ${inTime(takenMs)}.
${keptIn === undefined ? 'There were no data before.' : `What was there before is in ${keptIn}.`}
At the next start every device checks what the copy has lost, says that the server was restored, and sends
again what is its own and was not delivered.
`,
  )
}
