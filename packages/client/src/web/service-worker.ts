/**
 * The app without its server: the built files of one version, cached together, answer every visit. A newer version is
 * installed beside it and takes over only when a person says so, in all tabs at once. No data passes through here.
 */

export interface ServiceWorkerOptions {
  /** Paths of the built files, e.g. `/assets/chat-1f3a.js`. */
  readonly assets: readonly string[]
  /** Differs for each build. */
  readonly version: string
  /** The page that every screen begins with. */
  readonly shell?: string
}

const cachePrefix = 'halyard-'
/** Never answered from here: what is not the app. */
const serverPaths = ['/socket', '/api/']
/** From a page: everybody knows, take over. */
export const takeOverMessage = 'halyard-take-over'

/** The whole of the service worker's entry. */
export const runServiceWorker = (
  scope: ServiceWorkerGlobalScope,
  { assets, version, shell = '/' }: ServiceWorkerOptions,
): void => {
  const cacheName = `${cachePrefix}${version}`
  const known = new Set(assets)

  scope.addEventListener('install', (event) => {
    // All or nothing: when one file cannot be had, the version before goes on.
    event.waitUntil(fill(scope, cacheName, [...new Set([shell, ...assets])]))
  })

  scope.addEventListener('activate', (event) => {
    event.waitUntil(removeOthers(scope, cacheName).then(() => scope.clients.claim()))
  })

  scope.addEventListener('message', (event) => {
    if (event.data === takeOverMessage) event.waitUntil(scope.skipWaiting())
  })

  scope.addEventListener('fetch', (event) => {
    const { request } = event
    const url = new URL(request.url)
    if (request.method !== 'GET' || url.origin !== scope.location.origin) return
    if (serverPaths.some((path) => url.pathname === path || url.pathname.startsWith(path))) return
    const path = request.mode === 'navigate' ? shell : known.has(url.pathname) ? url.pathname : undefined
    if (path === undefined) return
    event.respondWith(
      request.mode === 'navigate' ? visit(scope, cacheName, path, request) : answer(scope, cacheName, path, request),
    )
  })
}

const fill = async (scope: ServiceWorkerGlobalScope, cacheName: string, paths: readonly string[]): Promise<void> => {
  const cache = await scope.caches.open(cacheName)
  const responses = await Promise.all(
    paths.map(async (path) => {
      // Past the browser's own cache, which may hold another version.
      const response = await scope.fetch(path, { cache: 'reload', credentials: 'omit', redirect: 'error' })
      if (!response.ok || response.type !== 'basic') throw new Error(`no ${path}`)
      return [path, response] as const
    }),
  )
  for (const [path, response] of responses) await cache.put(path, response)
}

const removeOthers = async (scope: ServiceWorkerGlobalScope, cacheName: string): Promise<void> => {
  for (const name of await scope.caches.keys()) {
    if (name.startsWith(cachePrefix) && name !== cacheName) await scope.caches.delete(name)
  }
}

/**
 * Where this is the only tab, a waiting version takes over with the next visit: nobody else has to be told. The page is
 * asked for again at once and then comes from the new version.
 */
const visit = async (
  scope: ServiceWorkerGlobalScope,
  cacheName: string,
  shell: string,
  request: Request,
): Promise<Response> => {
  const { waiting } = scope.registration
  const tabs = waiting ? await scope.clients.matchAll({ type: 'window' }) : []
  if (!waiting || tabs.length > 1) return answer(scope, cacheName, shell, request)
  waiting.postMessage(takeOverMessage)
  return new Response(undefined, { headers: { refresh: '0', 'content-type': 'text/plain' } })
}

const answer = async (
  scope: ServiceWorkerGlobalScope,
  cacheName: string,
  path: string,
  request: Request,
): Promise<Response> => {
  const cache = await scope.caches.open(cacheName)
  // An invite's fragment stays in the page: neither key nor request kept here has one.
  return (await cache.match(path)) ?? scope.fetch(request)
}
