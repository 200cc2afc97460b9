/**
 * Copies of the built worker with one thing changed: for filling a profile with stored messages, and for proving that
 * the benchmark notices a slow client. The product's own sources and build stay as they are.
 */
import { readFileSync } from 'node:fs'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from '@playwright/test'
import { build } from 'vite'
import type { Plugin } from 'vite'

const web = fileURLToPath(new URL('../../', import.meta.url))

interface Change {
  /** The end of the path of the source file. */
  readonly file: string
  readonly before: string
  readonly after: string
  readonly imports?: string
}

/** The script of a worker with the change in it. */
export const changedWorker = async (change: Change): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-worker-'))
  let isChanged = false
  const plugin: Plugin = {
    name: 'halyard-change',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith(change.file) || !code.includes(change.before)) return undefined
      isChanged = true
      return `${change.imports ?? ''}\n${code.replace(change.before, change.after)}`
    },
  }
  try {
    await build({
      root: web,
      configFile: false,
      mode: 'production',
      logLevel: 'error',
      publicDir: false,
      plugins: [plugin],
      build: {
        outDir: folder,
        assetsInlineLimit: 0,
        target: 'es2024',
        rolldownOptions: {
          input: `${web}src/worker.ts`,
          output: { entryFileNames: 'assets/changed.js', codeSplitting: false },
          preserveEntrySignatures: 'strict',
        },
      },
    })
    if (!isChanged) throw new Error(`${change.file} has changed: the copy of the worker cannot be made`)
    const script = readFileSync(join(folder, 'assets/changed.js'), 'utf8')
    // The copy uses the built page's own wasm, which has the same name only when it is the same.
    for (const wasm of readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.wasm')))
      readFileSync(join(web, 'dist/assets', wasm))
    return script
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Pages of this browser get the copy in place of their worker. Only without a service worker. */
export const serveWorker = (context: BrowserContext, script: string): Promise<unknown> =>
  context.route(/\/assets\/worker-[^/]+\.js$/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: script })
  })

const fill = fileURLToPath(new URL('fill-database.ts', import.meta.url))

/** When the device is unlocked its chats are filled (`fill-database.ts`). */
export const fillingWorker = (): Promise<string> =>
  changedWorker({
    file: 'client/src/core/index.ts',
    imports: `import { fillDatabase } from ${JSON.stringify(fill)}
import { addText as addTextForFilling } from './messaging/timeline.ts'`,
    before: 'return accept((await start(ports)).member)',
    after: 'fillDatabase(ports.database, addTextForFilling)\n  return accept((await start(ports)).member)',
  })

/** Sending takes this much longer, before anything is written. */
export const slowWorker = (delayMs: number): Promise<string> =>
  changedWorker({
    file: 'client/src/core/commands.ts',
    before: 'async send(asked) {',
    after: `async send(asked) {\n      await new Promise((resolve) => setTimeout(resolve, ${delayMs}))`,
  })
