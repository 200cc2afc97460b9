/** Puts an entry and all it imports into one minified file. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

interface Output {
  readonly output: readonly { readonly type: string; readonly code?: string }[]
}
/** The part of Vite that is used; it comes with the page, so it is found from there. */
interface Vite {
  build(options: object): Promise<Output | readonly Output[]>
}

/** `external`: what is left out of it. The code of all its parts, one after the other. */
export const bundle = async (entry: string, external?: RegExp): Promise<string> => {
  const require = createRequire(new URL('../../../web/package.json', import.meta.url))
  const vite = (await import(pathToFileURL(require.resolve('vite')).href)) as Vite
  const built = await vite.build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: true,
      target: 'esnext',
      lib: { entry, formats: ['es'], fileName: 'bundle' },
      rollupOptions: { ...(external === undefined ? {} : { external }), output: { codeSplitting: false } },
    },
  })
  const parts = (Array.isArray(built) ? built : [built]) as readonly Output[]
  return parts.flatMap(({ output }) => output.map(({ code }) => code ?? '')).join('\n')
}
