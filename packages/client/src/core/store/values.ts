/** Reads typed values out of rows. A value of another type is a bug (the database is authenticated), so it asserts. */
import { assert } from '@halyard/protocol'
import type { SqlRow } from '../ports.ts'

export const blobOf = (row: SqlRow, column: string): Uint8Array => {
  const value = row[column]
  assert(value instanceof Uint8Array, `${column} is not a blob`)
  return value
}
export const maybeBlob = (row: SqlRow, column: string): Uint8Array | undefined =>
  row[column] === undefined ? undefined : blobOf(row, column)

export const numberOf = (row: SqlRow, column: string): number => {
  const value = row[column]
  assert(typeof value === 'number', `${column} is not a number`)
  return value
}
export const maybeNumber = (row: SqlRow, column: string): number | undefined =>
  row[column] === undefined ? undefined : numberOf(row, column)

export const textOf = (row: SqlRow, column: string): string => {
  const value = row[column]
  assert(typeof value === 'string', `${column} is not text`)
  return value
}
export const maybeText = (row: SqlRow, column: string): string | undefined =>
  row[column] === undefined ? undefined : textOf(row, column)
