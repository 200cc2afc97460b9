/** Tells the server how far this device has durably read, so that rows can go. */
import { toHex } from '@halyard/protocol'
import type { Context } from '../context.ts'
import type { Engine } from './engine.ts'
import { noteFork } from './intake.ts'

export interface Passing {
  /** Told within `passEveryMs`: a row that goes a little later costs nobody anything, a request with every row does. */
  soon(conversation: Uint8Array): void
  disconnected(): void
}

export const passEveryMs = 2_000

export const createPassing = (context: Context, engineOf: () => Engine): Passing => {
  /** How far each conversation was told on this connection. */
  const told = new Map<string, number>()
  const due = new Set<string>()

  const pass = async (conversation: Uint8Array): Promise<void> => {
    const engine = engineOf()
    const group = engine.load(conversation)
    const incarnation = engine.incarnation()
    // What cannot be opened yet may be opened by a device that came in again.
    if (group === undefined || incarnation === undefined || group.unopened !== undefined) return
    const { cursor } = group
    const name = toHex(conversation)
    if (cursor.chain.length === 0 || engine.connection().state() !== 'online' || told.get(name) === cursor.seq) return
    told.set(name, cursor.seq)
    const answer = await engine.connection().request('pass', { conversation, cursor: { incarnation, ...cursor } })
    if (!answer.ok) told.delete(name)
    if (answer.ok || answer.code !== 'cursor-unknown') return
    const now = engine.load(conversation)
    if (now === undefined) return
    const draft = engine.draft(now)
    noteFork(engine, draft)
    engine.save(now, draft)
  }

  return {
    soon(conversation) {
      const name = toHex(conversation)
      if (due.has(name) || told.get(name) === engineOf().load(conversation)?.cursor.seq) return
      due.add(name)
      context.ports.clock.setTimer(passEveryMs, () => {
        due.delete(name)
        void context.enqueue(name, () => pass(conversation))
      })
    },
    disconnected: () => told.clear(),
  }
}
