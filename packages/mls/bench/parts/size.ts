/** The engine as a page gets it: bundled, minified, compressed, without noble. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundle } from './bundle.ts'

/** kB (1,024 bytes) of the engine with the provider of browsers. */
export const engineKb = async (): Promise<number> => {
  const entry = fileURLToPath(new URL('engine-entry.ts', import.meta.url))
  return gzipSync(await bundle(entry, /^@noble\//), { level: 9 }).length / 1024
}
