/** Welcomes go to whom the commit adds, once each, and fit a frame on their way out. */
import { refuse, toHex } from '@halyard/protocol'
import type { AddressedWelcome, Refusal } from '@halyard/protocol'
import { bounds } from '../bounds.ts'

export const refusedWelcomes = (
  welcomes: readonly AddressedWelcome[],
  added: readonly Uint8Array[],
): Refusal | undefined => {
  const waiting = new Set(added.map(toHex))
  let treeBytes: number | undefined
  for (const welcome of welcomes) {
    const isSame = welcome.tree?.length === 0
    if (isSame && treeBytes === undefined) return refuse('policy-denied')
    if (!isSame) treeBytes = welcome.tree?.length
    if (welcome.welcome.length + (treeBytes ?? 0) > bounds.mailboxItemMaxBytes) return refuse('frame-too-large')
    if (!waiting.delete(toHex(welcome.device))) return refuse('policy-denied')
  }
  return undefined
}

/** A commit that names a device twice says nothing sensible about routing. */
export const addedTwice = (commit: {
  readonly added: readonly Uint8Array[]
  readonly removed: readonly Uint8Array[]
}): boolean =>
  new Set(commit.added.map(toHex)).size !== commit.added.length ||
  new Set(commit.removed.map(toHex)).size !== commit.removed.length
