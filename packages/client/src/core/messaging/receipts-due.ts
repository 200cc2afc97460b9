/** When this device says what it has received and read. */
import { toHex } from '@halyard/protocol'
import type { Context } from '../context.ts'
import { blobOf, textOf } from '../store/values.ts'
import { mustLoad } from './engine.ts'
import type { Engine } from './engine.ts'
import { givesReceipts } from './receipts.ts'
import { sealPassing } from './seal.ts'

export interface ReceiptsDue {
  /** Seals what is due; where more than one other reads, once in a while, for all that came meanwhile. */
  seal(engine: Engine, conversation: Uint8Array): Promise<void>
}

/**
 * Each receipt is a row that everybody takes. What several say at once, or another device of the same account has said
 * already, is said once.
 */
const patienceMinMs = 250
const patienceStepMs = 5
const rowsMax = 500

export const createReceiptsDue = (context: Context, wake: (conversation: Uint8Array) => void): ReceiptsDue => {
  const { database, clock, random } = context.ports
  const waiting = new Map<string, 'waits' | 'due'>()

  /** Whether it is time; sees to it that it will be. */
  const isTime = (conversation: Uint8Array): boolean => {
    const name = toHex(conversation)
    if (waiting.delete(name)) return true
    waiting.set(name, 'waits')
    const [draw = 0] = random(1)
    clock.setTimer(patienceMinMs + draw * patienceStepMs, () => {
      waiting.set(name, 'due')
      wake(conversation)
    })
    return false
  }

  const seal = async (engine: Engine, conversation: Uint8Array): Promise<void> => {
    if (waiting.get(toHex(conversation)) === 'waits') return
    const due = database.all('SELECT id, kind FROM receipts_due WHERE conversation = ? LIMIT ?', [
      conversation,
      rowsMax,
    ])
    if (due.length === 0) return
    const group = mustLoad(engine, conversation)
    if (!givesReceipts(group))
      return void context.commit(() => database.run('DELETE FROM receipts_due WHERE conversation = ?', [conversation]))
    if (group.kind !== 'direct' && !isTime(conversation)) return
    const ids = (kind: string): readonly Uint8Array[] =>
      due.filter((row) => textOf(row, 'kind') === kind).map((row) => blobOf(row, 'id'))
    const draft = engine.draft(group)
    await sealPassing(engine, draft, { kind: 'receipts', delivered: ids('delivered'), read: ids('read') })
    draft.effects.push((db) => {
      for (const row of due)
        db.run('DELETE FROM receipts_due WHERE conversation = ? AND kind = ? AND id = ?', [
          conversation,
          textOf(row, 'kind'),
          blobOf(row, 'id'),
        ])
    })
    engine.save(group, draft)
    if (due.length < rowsMax) return
    waiting.set(toHex(conversation), 'due')
    await seal(engine, conversation)
  }
  return { seal }
}
