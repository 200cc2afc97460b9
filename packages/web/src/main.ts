import { connectClient, reloadApp, watchUpdates } from '@halyard/client/web'
import sharedWorkerUrl from './shared-worker.ts?worker&url'
import { start } from './start.tsx'
import { takeLanding } from './ui/landing.ts'
import { scriptUrl } from './ui/trusted-types.ts'
import { useUi } from './ui/ui-store.ts'
import workerUrl from './worker.ts?worker&url'

// Before anything else: the fragment is a secret and does not stay in the address.
const landing = takeLanding()
// A link opened where its page stands already changes the fragment alone: the page begins anew with it.
addEventListener('hashchange', () => {
  if (location.hash.length > 1) location.reload()
})
const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root')

const createSharedWorker = (): { readonly port: MessagePort } | undefined =>
  typeof SharedWorker === 'function'
    ? new SharedWorker(scriptUrl(sharedWorkerUrl), { type: 'module', name: 'halyard' })
    : undefined

const createWorker = (): Worker => new Worker(scriptUrl(workerUrl), { type: 'module', name: 'halyard' })
const reload = (): void => void reloadApp(window)

start(root, landing, () => ({ ...connectClient({ createWorker, createSharedWorker }), reloadApp: reload }))

/** The service worker serves the app without its server. Where it cannot be had, Halyard works while the server is there. */
const keepForOffline = async (): Promise<void> => {
  const registration = await navigator.serviceWorker.register(scriptUrl('/sw.js'), { scope: '/' })
  watchUpdates(registration, navigator.serviceWorker, () => useUi.setState({ applyUpdate: reload }))
}
if (import.meta.env.PROD && 'serviceWorker' in navigator) keepForOffline().catch(() => undefined)
