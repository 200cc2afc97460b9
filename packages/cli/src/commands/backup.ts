/** `halyard backup DIR`: a copy of the data in a new folder, while the server runs. */
import { backupData } from '@halyard/server/node'
import { inMegabytes, inTime } from '../figures.ts'

export const backup = (dataFolder: string, target: string): void => {
  const { folder, takenMs, sizeBytes, entries } = backupData(dataFolder, target)
  process.stdout.write(
    `Backed up to ${folder}: ${inMegabytes(sizeBytes)}, ${entries} rows, taken ${inTime(takenMs)}, checked.
It says who talks to whom, as the data folder does: keep it as carefully.
`,
  )
}
