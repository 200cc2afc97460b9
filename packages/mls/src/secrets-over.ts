/** What is left in memory of an epoch that is over. */
import type { GroupState } from './group-state.ts'
import type { SecretNode } from './secret-tree.ts'

/**
 * The secrets of `before` that `after`, a later state of the same member (or none any more), does not hold: {@link erase} them once `after` is
 * stored. A PastEpoch shares them with the state it was made of: go on with one that was encoded and decoded again.
 */
export function secretsOver(before: GroupState, after: GroupState | undefined): readonly Uint8Array[] {
  const held = new Set(after === undefined ? [] : secretsOf(after))
  return secretsOf(before).filter((secret) => !held.has(secret))
}

/** All but the signature key, which belongs to the member and not to the epoch. */
function secretsOf(state: GroupState): readonly Uint8Array[] {
  return [
    ...Object.values(state.secrets),
    ...state.privateKeys.values(),
    ...state.pendingUpdates.map(({ privateKey }) => privateKey),
    ...state.resumptionPsks.map(({ psk }) => psk),
    ...treeSecrets(state.secretTree.root),
  ]
}

function treeSecrets(node: SecretNode): readonly Uint8Array[] {
  switch (node.kind) {
    case 'secret':
      return [node.secret]
    case 'parent':
      return [...treeSecrets(node.left), ...treeSecrets(node.right)]
    case 'leaf':
      return [node.handshake, node.application].flatMap(({ secret, skipped }) => [
        secret,
        ...skipped.flatMap(({ key, nonce }) => [key, nonce]),
      ])
  }
}
