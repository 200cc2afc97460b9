import { describe, expect, test, vi } from 'vitest'
import { runServiceWorker, takeOverMessage } from './service-worker.ts'

const origin = 'https://chat.example'

/** A service worker's scope, as far as it is used, and the server behind it. */
const createScope = () => {
  const listeners = new Map<string, (event: never) => void>()
  const caches = new Map<string, Map<string, Response>>()
  const server = { up: true, version: 'one', fetched: [] as string[] }
  const waiting = { postMessage: vi.fn() }
  const state = { tabs: 1, waiting: undefined as typeof waiting | undefined }
  const scope = {
    location: { origin },
    caches: {
      async open(name: string) {
        const cache = caches.get(name) ?? new Map<string, Response>()
        caches.set(name, cache)
        return {
          put: async (path: string, response: Response) => void cache.set(path, response),
          match: async (path: string) => cache.get(path)?.clone(),
        }
      },
      keys: async () => [...caches.keys()],
      delete: async (name: string) => caches.delete(name),
    },
    clients: { claim: vi.fn(async () => {}), matchAll: async () => Array.from({ length: state.tabs }) },
    registration: {
      get waiting() {
        return state.waiting ?? null
      },
    },
    skipWaiting: vi.fn(async () => {}),
    async fetch(input: string | Request) {
      const path = typeof input === 'string' ? input : new URL(input.url).pathname
      server.fetched.push(path)
      if (!server.up) throw new TypeError('no network')
      const response = new Response(`${path} ${server.version}`, { status: path.includes('missing') ? 404 : 200 })
      Object.defineProperty(response, 'type', { value: 'basic' })
      return response
    },
    addEventListener: (kind: string, listener: (event: never) => void) => void listeners.set(kind, listener),
  }
  const fire = async (kind: string, more: object = {}): Promise<void> => {
    let work: Promise<unknown> = Promise.resolve()
    listeners.get(kind)?.({ ...more, waitUntil: (promise: Promise<unknown>) => (work = promise) } as never)
    await work
  }
  const visit = async (
    path: string,
    mode: RequestMode | 'navigate' = 'navigate',
    method = 'GET',
  ): Promise<string | undefined> => {
    let answer: Promise<Response> | undefined
    const request = { url: new URL(path, origin).href, mode, method }
    listeners.get('fetch')?.({ request, respondWith: (response: Promise<Response>) => (answer = response) } as never)
    const response = await answer
    return response?.headers.has('refresh') ? 'again' : response?.text()
  }
  const run = (assets: readonly string[], version: string): void =>
    runServiceWorker(scope as unknown as ServiceWorkerGlobalScope, { assets, version })
  return { scope, server, state, waiting, caches, fire, visit, run }
}

describe('the service worker', () => {
  test('serves the app without its server: shell for every address, files by name', async () => {
    const { run, fire, visit, server } = createScope()
    run(['/assets/a.js'], 'one')
    await fire('install')
    server.up = false
    for (const path of ['/', '/setup', '/join/abc#secret', '/chat/x?y=1']) expect(await visit(path)).toBe('/ one')
    expect(await visit('/assets/a.js', 'cors')).toBe('/assets/a.js one')
  })

  test('keeps its hands off everything else', async () => {
    const { run, fire, visit, caches, server } = createScope()
    run(['/assets/a.js'], 'one')
    await fire('install')
    server.fetched.length = 0
    expect(await visit('/socket', 'websocket' as RequestMode)).toBeUndefined()
    expect(await visit('/socket')).toBeUndefined()
    expect(await visit('/api/x')).toBeUndefined()
    expect(await visit('/assets/other.js', 'cors')).toBeUndefined()
    expect(await visit('/', 'navigate', 'POST')).toBeUndefined()
    expect(await visit('https://elsewhere.example/')).toBeUndefined()
    expect(server.fetched).toEqual([])
    expect([...(caches.get('halyard-one')?.keys() ?? [])]).toEqual(['/', '/assets/a.js'])
  })

  test('installs all files or none', async () => {
    const { run, fire, caches } = createScope()
    run(['/assets/a.js', '/assets/missing.js'], 'one')
    await expect(fire('install')).rejects.toThrow('missing')
    expect(caches.get('halyard-one')?.size ?? 0).toBe(0)
  })

  test('a newer version lies beside the old until it is told to take over', async () => {
    const { run, fire, caches, scope } = createScope()
    run([], 'one')
    await fire('install')
    run([], 'two')
    await fire('install')
    expect([...caches.keys()]).toEqual(['halyard-one', 'halyard-two'])
    expect(scope.skipWaiting).not.toHaveBeenCalled()
    await fire('message', { data: 'anything' })
    expect(scope.skipWaiting).not.toHaveBeenCalled()
    await fire('message', { data: takeOverMessage })
    expect(scope.skipWaiting).toHaveBeenCalledOnce()
    await fire('activate')
    expect([...caches.keys()]).toEqual(['halyard-two'])
    expect(scope.clients.claim).toHaveBeenCalledOnce()
  })

  test('takes over by a visit only where no other tab is open', async () => {
    const { run, fire, visit, state, waiting } = createScope()
    run([], 'one')
    await fire('install')
    state.waiting = waiting
    state.tabs = 2
    expect(await visit('/')).toBe('/ one')
    expect(waiting.postMessage).not.toHaveBeenCalled()
    state.tabs = 1
    expect(await visit('/')).toBe('again')
    expect(waiting.postMessage).toHaveBeenCalledWith(takeOverMessage)
  })
})
