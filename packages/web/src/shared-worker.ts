import { runSharedWorker } from '@halyard/client/web'

runSharedWorker(self as unknown as SharedWorkerGlobalScope)
