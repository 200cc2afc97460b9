import { runServiceWorker } from '@halyard/client/web'

runServiceWorker(self as unknown as ServiceWorkerGlobalScope, { assets: halyardAssets, version: halyardVersion })
