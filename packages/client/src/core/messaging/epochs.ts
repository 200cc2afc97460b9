/** Which of a conversation's epochs a row belongs to, and how far back its messages can still be opened. */
import { equal, limits } from '@halyard/protocol'
import type { Row } from '@halyard/protocol'
import type { Draft } from './engine.ts'
import type { Current, Past } from './group.ts'

export const windows = { forwardGenerations: limits.generationJumpMax, skippedKeys: limits.skippedKeysMax }

/** The epoch of the row, if it is one of ours: same number, made by the same commit. */
export const standsAt = (
  draft: Draft,
  row: { readonly epoch: number; readonly madeBy: Uint8Array },
): Current | Past | undefined => {
  const { current, pasts } = draft.group
  return [current, ...pasts].find((stand) => stand.epoch === row.epoch && equal(stand.madeBy, row.madeBy))
}

/** A row of the present epoch by another account than the committer's: the commit stands for good. */
export const confirmEpoch = (draft: Draft, row: Row): void => {
  const { kept, current } = draft.group
  if (kept === undefined || row.epoch !== current.epoch || !equal(row.madeBy, current.madeBy)) return
  if (!equal(row.account, kept.committer)) draft.group = { ...draft.group, kept: undefined }
}
