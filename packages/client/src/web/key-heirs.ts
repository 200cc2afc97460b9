/** The workers that wait to take over: they hold the database key while the owner has it, and not a moment longer. */
import type { InheritedKey } from './host-ports.ts'
import type { KeyMessage } from './messages.ts'
import { post, whenPortCloses } from './port.ts'
import type { Port } from './port.ts'

const heirsMax = 500

export interface KeyHeirs {
  add(port: Port): void
  giveKey(): void
  forget(): void
  close(): void
}

export const createKeyHeirs = (getKey: () => InheritedKey | undefined): KeyHeirs => {
  const heirs = new Set<Port>()
  const give = (port: Port): void => {
    const held = getKey()
    if (held === undefined) return
    // Moved, not copied: no further copy stays in a message queue.
    const key = held.key.slice()
    post<KeyMessage>(port, { kind: 'key', key, lockCount: held.lockCount }, [key.buffer])
  }
  return {
    add(port) {
      heirs.add(port)
      for (const oldest of heirs) if (heirs.size > heirsMax) heirs.delete(oldest)
      whenPortCloses(port, () => heirs.delete(port))
      give(port)
    },
    giveKey() {
      for (const heir of heirs) give(heir)
    },
    forget() {
      for (const heir of heirs) post<KeyMessage>(heir, { kind: 'forget' })
    },
    close() {
      for (const heir of heirs) heir.close()
      heirs.clear()
    },
  }
}
