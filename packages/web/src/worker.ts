import { runWorker } from '@halyard/client/web'

runWorker(self as unknown as DedicatedWorkerGlobalScope, {})
