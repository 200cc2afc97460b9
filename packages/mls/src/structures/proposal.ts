/** Proposal (RFC 9420 §12.1) and ProposalOrRef (§12.4). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readExtensions, writeExtensions, type Extension } from './extension.ts'
import { readKeyPackageFrom, writeKeyPackage, type KeyPackage } from './key-package.ts'
import { readLeafNode, writeLeafNode, type LeafNode } from './leaf-node.ts'
import { readPreSharedKeyId, writePreSharedKeyId, type PreSharedKeyId } from './pre-shared-key.ts'

export type Proposal =
  | { readonly kind: 'add'; readonly keyPackage: KeyPackage }
  | { readonly kind: 'update'; readonly leaf: LeafNode }
  | { readonly kind: 'remove'; readonly leafIndex: number }
  | { readonly kind: 'psk'; readonly id: PreSharedKeyId }
  | {
      readonly kind: 'reinit'
      readonly groupId: Uint8Array
      readonly version: number
      readonly suite: number
      readonly extensions: readonly Extension[]
    }
  | { readonly kind: 'external-init'; readonly kemOutput: Uint8Array }
  | { readonly kind: 'group-context-extensions'; readonly extensions: readonly Extension[] }

const numbers: Readonly<Record<Proposal['kind'], number>> = {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reinit: 5,
  'external-init': 6,
  'group-context-extensions': 7,
}

export function writeProposal(w: Writer, proposal: Proposal): void {
  w.u16(numbers[proposal.kind])
  switch (proposal.kind) {
    case 'add':
      writeKeyPackage(w, proposal.keyPackage)
      break
    case 'update':
      writeLeafNode(w, proposal.leaf)
      break
    case 'remove':
      w.u32(proposal.leafIndex)
      break
    case 'psk':
      writePreSharedKeyId(w, proposal.id)
      break
    case 'reinit':
      w.opaque(proposal.groupId)
      w.u16(proposal.version)
      w.u16(proposal.suite)
      writeExtensions(w, proposal.extensions)
      break
    case 'external-init':
      w.opaque(proposal.kemOutput)
      break
    case 'group-context-extensions':
      writeExtensions(w, proposal.extensions)
      break
  }
}

/** A proposal type outside §17.4 cannot be read past: this engine lists none in its capabilities, so none may arrive. */
export function readProposal(r: Reader): Proposal {
  switch (r.u16()) {
    case 1:
      return { kind: 'add', keyPackage: readKeyPackageFrom(r) }
    case 2:
      return { kind: 'update', leaf: readLeafNode(r) }
    case 3:
      return { kind: 'remove', leafIndex: r.u32() }
    case 4:
      return { kind: 'psk', id: readPreSharedKeyId(r) }
    case 5:
      return { kind: 'reinit', groupId: r.opaque(), version: r.u16(), suite: r.u16(), extensions: readExtensions(r) }
    case 6:
      return { kind: 'external-init', kemOutput: r.opaque() }
    case 7:
      return { kind: 'group-context-extensions', extensions: readExtensions(r) }
    default:
      r.fail()
      return { kind: 'remove', leafIndex: 0 }
  }
}

export function encodeProposal(proposal: Proposal): Uint8Array {
  return encode((w) => writeProposal(w, proposal))
}

export function decodeProposal(bytes: Uint8Array): Proposal | undefined {
  return decode(bytes, readProposal)
}

export type ProposalOrRef =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'reference'; readonly reference: Uint8Array }

export function writeProposalOrRef(w: Writer, item: ProposalOrRef): void {
  if (item.kind === 'proposal') {
    w.u8(1)
    writeProposal(w, item.proposal)
  } else {
    w.u8(2)
    w.opaque(item.reference)
  }
}

export function readProposalOrRef(r: Reader): ProposalOrRef {
  const kind = r.u8()
  if (kind === 1) return { kind: 'proposal', proposal: readProposal(r) }
  if (kind !== 2) r.fail()
  return { kind: 'reference', reference: r.opaque() }
}
