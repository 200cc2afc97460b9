/**
 * What a browser's entries call: page, dedicated worker, shared worker, service worker. Nothing here does anything when
 * imported, so that a page's bundle holds none of what only the worker runs (`sideEffects: false` of the package).
 */
export { connectClient } from './connect.ts'
export type { Client, ConnectOptions, KeyedSend, WorkerLike } from './connect.ts'
export { runSharedWorker } from './hub.ts'
export { createPageSigns } from './page-signs.ts'
export type { PageSigns } from './page-signs.ts'
export { runServiceWorker } from './service-worker.ts'
export type { ServiceWorkerOptions } from './service-worker.ts'
export { reloadApp, watchUpdates } from './updates.ts'
export type { Updates } from './updates.ts'
export { runWorker } from './worker.ts'
export type { WorkerOptions } from './worker.ts'
