/**
 * Copies of the built product with one thing changed: for filling a profile with stored messages, and for proving that
 * the benchmark notices a slow client. The product's own sources and build stay as they are.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { builtCopy } from '../../../../tools/e2e/page-copy.ts'

/** When the device is unlocked its chats are filled (`fill-database.ts`). */
export const fillingCopy = (): string =>
  builtCopy('speed-filling', [
    {
      path: 'packages/client/src/core/fill-database.ts',
      to: readFileSync(fileURLToPath(new URL('fill-database.ts', import.meta.url)), 'utf8'),
    },
    {
      path: 'packages/client/src/core/index.ts',
      from: "import { migrate } from './store/schema.ts'",
      to: `import { migrate } from './store/schema.ts'
import { fillDatabase } from './fill-database.ts'
import { addText as addTextForFilling } from './messaging/timeline.ts'`,
    },
    {
      path: 'packages/client/src/core/index.ts',
      from: 'return accept((await start(ports)).member)',
      to: 'fillDatabase(ports.database, addTextForFilling)\n  return accept((await start(ports)).member)',
    },
  ])

/** Sending takes this much longer, before anything is written. */
export const slowCopy = (delayMs: number): string =>
  builtCopy('speed-slow', [
    {
      path: 'packages/client/src/core/commands.ts',
      from: 'async send(asked) {',
      to: `async send(asked) {\n      await new Promise((resolve) => setTimeout(resolve, ${delayMs}))`,
    },
  ])
