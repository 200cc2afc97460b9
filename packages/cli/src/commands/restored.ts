/** `halyard restored`: run once after the data folder came back from a backup, before the next start. */
import { noteRestore } from '@halyard/server/node'

export const restored = (dataFolder: string): void => {
  noteRestore(dataFolder)
  process.stdout.write(
    `Noted. At the next start every device checks what the copy has lost, says that the server was restored, and sends
again what is its own and was not delivered.
`,
  )
}
