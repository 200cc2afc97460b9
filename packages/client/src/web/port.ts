/** The parts of a message port that are used: browsers' and Node's alike, and simple to imitate in tests. */
export interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
}

/** Posts a message whose type is checked; `transfer` moves buffers and ports instead of copying them. */
export const post = <T>(port: Pick<Port, 'postMessage'>, message: T, transfer: Transferable[] = []): void =>
  port.postMessage(message, transfer)

/** Calls back once when the other side is gone, where the browser tells (not all do). */
export const whenPortCloses = (port: Port, callback: () => void): void => {
  if (port instanceof EventTarget) port.addEventListener('close', callback, { once: true })
}
