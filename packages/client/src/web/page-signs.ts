/** What a page notices of its person and its browser: somebody is there, looks, leaves, comes back. */

export interface PageSigns {
  /** A key, a pointer, a touch. */
  onActivity(listener: () => void): void
  onVisible(listener: () => void): void
  /** The page is put away and may never run again. */
  onLeave(listener: () => void): void
  /** The browser suspends the page; its worker stops with it. */
  onFreeze(listener: () => void): void
  onReturn(listener: () => void): void
  /** A new version of the app has taken over all tabs. */
  onNewVersion(listener: () => void): void
  isVisible(): boolean
}

export const createPageSigns = (window: Window & typeof globalThis): PageSigns => {
  const { document, navigator } = window
  return {
    onActivity(listener) {
      for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
        window.addEventListener(kind, listener, { passive: true, capture: true })
      }
    },
    onVisible(listener) {
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') listener()
      })
    },
    onLeave: (listener) => window.addEventListener('pagehide', listener),
    onFreeze: (listener) => document.addEventListener('freeze', listener),
    onReturn(listener) {
      window.addEventListener('pageshow', (event) => {
        if (event.persisted) listener()
      })
      document.addEventListener('resume', listener)
    },
    onNewVersion(listener) {
      const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined
      // The first one takes control of a page that had none: nothing is newer then.
      if (container?.controller) container.addEventListener('controllerchange', listener)
    },
    isVisible: () => document.visibilityState === 'visible',
  }
}
