/** What a browser shows while it asks to be let into an account, for every page, and how that is called off. */
import type { Pairing } from '../core/api.ts'

export interface HostPairing {
  readonly view: () => Pairing | undefined
  /** A new attempt: what it shows is shown, and it runs until it is called off. */
  begin(): { show(pairing: Pairing): void; readonly cancelled: () => boolean }
  cancel(): void
  end(): void
}

export const createHostPairing = (tell: () => void): HostPairing => {
  let view: Pairing | undefined
  let attempt = 0
  const set = (next: Pairing | undefined): void => {
    if (view === next) return
    view = next
    tell()
  }
  const cancel = (): void => {
    attempt++
    set(undefined)
  }
  return {
    view: () => view,
    begin() {
      const mine = ++attempt
      return {
        show: (pairing) => (mine === attempt ? set(pairing) : undefined),
        cancelled: () => mine !== attempt,
      }
    },
    cancel,
    end: () => set(undefined),
  }
}
