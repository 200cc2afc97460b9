/** Tells a page of a newer version of the app that waits, and lets it take over. */
import { takeOverMessage } from './service-worker.ts'

export interface Updates {
  /** The waiting version takes over: every tab says "New version: reload". Resolves when it has. */
  apply(): Promise<void>
}

/** `onWaiting` is called when a newer version lies ready, perhaps at once. */
export const watchUpdates = (
  registration: ServiceWorkerRegistration,
  container: ServiceWorkerContainer,
  onWaiting: () => void,
): Updates => {
  const tellWhenReady = (worker: ServiceWorker | null): void => {
    const check = (): void => {
      // Without a controller it is the first version: nothing is replaced.
      if (worker?.state === 'installed' && container.controller) onWaiting()
    }
    worker?.addEventListener('statechange', check)
    check()
  }
  tellWhenReady(registration.waiting)
  tellWhenReady(registration.installing)
  registration.addEventListener('updatefound', () => tellWhenReady(registration.installing))
  return {
    apply: () =>
      new Promise((resolve) => {
        if (!registration.waiting) return resolve()
        container.addEventListener('controllerchange', () => resolve(), { once: true })
        registration.waiting.postMessage(takeOverMessage)
      }),
  }
}

/** Loads the page anew, in the newest version that lies ready. */
export const reloadApp = async (window: Window): Promise<void> => {
  const container = 'serviceWorker' in window.navigator ? window.navigator.serviceWorker : undefined
  const registration = await container?.getRegistration()
  if (container && registration?.waiting) await watchUpdates(registration, container, () => {}).apply()
  window.location.reload()
}
