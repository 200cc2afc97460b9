/** How much is kept in all: for the operator's metrics, of nobody in particular. */
import { numberOf } from './sql.ts'
import type { Sql } from './sql.ts'

export interface Totals {
  /** Rows of all conversations that some device has not passed. */
  readonly rows: number
  readonly mailboxItems: number
}

/** From the counts that each conversation and mailbox has of itself: no row is touched. */
export const totalReads = (sql: Sql) => ({
  totals: (): Totals => ({
    rows: numberOf(sql.get('SELECT coalesce(sum(newest - kept_after), 0) AS n FROM conversation')?.['n']),
    mailboxItems: numberOf(sql.get('SELECT coalesce(sum(items), 0) AS n FROM mailbox')?.['n']),
  }),
})
