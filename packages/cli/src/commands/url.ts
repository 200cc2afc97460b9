/** `halyard url URL`: another public URL, and what that means for people. */
import { changeUrl } from '@halyard/server/node'

export const url = (dataFolder: string, newUrl: string): void => {
  const { before, after } = changeUrl(dataFolder, newUrl)
  if (before === after) {
    process.stdout.write(`The public URL is ${after} already.\n`)
    return
  }
  process.stdout.write(
    `The public URL is now ${after}${before === undefined ? '' : ` (it was ${before})`}.
Browsers keep keys, messages and passkeys for the old address: what people have there does not open at the new one.
Everybody opens the new address and comes in as a new device; until all have, keep the old address answering.
`,
  )
}
