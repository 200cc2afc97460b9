import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { servePage } from './serve-page.ts'

/** Builds the screens over the in-memory client once and serves them under the product's headers. */
export default async (): Promise<() => Promise<void>> => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  await build({ root, configFile: `${root}/vite.config.ts`, mode: 'fixture', logLevel: 'warn' })
  const served = await servePage(`${root}/.cache/fixture`, 'fixture.html')
  process.env['HALYARD_FIXTURE'] = served.origin
  return () => served.close()
}
