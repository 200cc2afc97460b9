/**
 * Builds the page into `dist/`: the app with hashed names, then the service worker with the list of what it keeps. The same
 * sources give the same bytes: no date, no machine, no path goes in. Ends with the sizes and fails above a limit.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const dist = `${here}dist/`
const configFile = `${here}vite.config.ts`

/** Limits in bytes; 1 kB = 1,024 bytes. JavaScript and CSS as gzip sends them, the font as it is. */
const kB = 1024
const limits = { 'first JavaScript': 190 * kB, worker: 800 * kB, CSS: 20 * kB, font: 48 * kB } as const

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length).replace(/^\/+/, ''))
    .sort()

const buildApp = async (): Promise<void> => {
  await build({ root: here, configFile, mode: 'production', logLevel: 'warn' })
}

/** What is kept for the time without a server; the version is the hash over all of it. */
const buildServiceWorker = async (): Promise<void> => {
  const files = filesOf(dist).filter((file) => file !== 'chat.html')
  const hash = createHash('sha256')
  for (const file of ['chat.html', ...files])
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(dist + file))
  await build({
    root: here,
    configFile: false,
    mode: 'production',
    logLevel: 'warn',
    publicDir: false,
    define: {
      halyardAssets: JSON.stringify(files.map((file) => `/${file}`)),
      halyardVersion: JSON.stringify(hash.digest('hex').slice(0, 16)),
    },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: `${here}src/service-worker.ts`, formats: ['iife'], name: 'halyard', fileName: () => 'sw.js' },
    },
  })
}

const gzipSize = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0)

/** The scripts that the page loads before it can draw: its entry and what that imports. */
const firstScripts = (): readonly string[] => {
  const page = readFileSync(`${dist}chat.html`, 'utf8')
  return [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '')
}

const sizes = (): boolean => {
  const files = filesOf(dist)
  // The worker's wasm is fetched with it.
  const worker = files.filter((file) => /^assets\/worker-.*\.js$|\.wasm$/.test(file))
  const measured: Readonly<Record<keyof typeof limits, number>> = {
    'first JavaScript': gzipSize(firstScripts()),
    worker: gzipSize(worker),
    CSS: gzipSize(files.filter((file) => file.endsWith('.css'))),
    font: files
      .filter((file) => file.endsWith('.woff2'))
      .reduce((sum, file) => sum + readFileSync(dist + file).length, 0),
  }
  let fits = true
  for (const [name, limit] of Object.entries(limits) as [keyof typeof limits, number][]) {
    const size = measured[name]
    const holds = size > 0 && size <= limit
    fits &&= holds
    console.log(
      `  ${name.padEnd(17)}${(size / kB).toFixed(1).padStart(7)} kB of ${String(limit / kB).padStart(3)} kB${holds ? '' : '  TOO LARGE'}`,
    )
  }
  return fits
}

console.log('Building the page …')
await buildApp()
console.log('Building the service worker …')
await buildServiceWorker()
console.log('Sizes:')
if (!sizes()) {
  console.error('The page is larger than its limits.')
  process.exitCode = 1
}
