import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))

/** In development and in the fixture every route is the one page, as the server does it. */
const oneFile = (file: string): Plugin => ({
  name: 'halyard-routes',
  configureServer: (server) => {
    server.middlewares.use((request, _response, next) => {
      if (/^\/(?:setup|join\/[^.]*|chat\/[^.]*)?(?:\?.*)?$/.test(request.url ?? '')) request.url = `/${file}`
      next()
    })
  },
})

/** Modes: production (the product), fixture (the same screens over an in-memory client), development. */
export default defineConfig(({ mode }) => {
  const fixture = mode !== 'production' && process.env['HALYARD_LIVE'] === undefined
  const page = fixture ? 'fixture.html' : 'chat.html'
  return {
    root: here,
    plugins: [react(), oneFile(page)],
    worker: { format: 'es' },
    // The hook by which tests see keys is in no build that people run.
    define: { 'globalThis.halyardRegistersKeys': 'false' },
    build: {
      outDir: mode === 'production' ? 'dist' : '.cache/fixture',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      // Newer CSS stays as written: light-dark() must reach the browser.
      cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
      target: ['chrome123', 'firefox121', 'safari17.5'],
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 900,
      rolldownOptions: { input: `${here}${page}` },
    },
  }
})
