/** Commit (RFC 9420 §12.4), UpdatePath and HPKECiphertext (§7.6). */
import { decode, encode, type Reader, type Writer } from '../codec.ts'
import { readLeafNode, writeLeafNode, type LeafNode } from './leaf-node.ts'
import { readProposalOrRef, writeProposalOrRef, type ProposalOrRef } from './proposal.ts'

export type HpkeCiphertext = { readonly kemOutput: Uint8Array; readonly ciphertext: Uint8Array }

export function writeHpkeCiphertext(w: Writer, sealed: HpkeCiphertext): void {
  w.opaque(sealed.kemOutput)
  w.opaque(sealed.ciphertext)
}

export function readHpkeCiphertext(r: Reader): HpkeCiphertext {
  return { kemOutput: r.opaque(), ciphertext: r.opaque() }
}

export type UpdatePathNode = {
  readonly encryptionKey: Uint8Array
  readonly sealedPathSecrets: readonly HpkeCiphertext[]
}
export type UpdatePath = { readonly leaf: LeafNode; readonly nodes: readonly UpdatePathNode[] }

export function writeUpdatePath(w: Writer, path: UpdatePath): void {
  writeLeafNode(w, path.leaf)
  w.vector(() => {
    for (const node of path.nodes) {
      w.opaque(node.encryptionKey)
      w.vector(() => {
        for (const sealed of node.sealedPathSecrets) writeHpkeCiphertext(w, sealed)
      })
    }
  })
}

/** A direct path has at most 32 nodes (leaf indices are uint32). */
export function readUpdatePath(r: Reader): UpdatePath {
  return {
    leaf: readLeafNode(r),
    nodes: r.vector((v) => ({ encryptionKey: v.opaque(), sealedPathSecrets: v.vector(readHpkeCiphertext) }), 32),
  }
}

export type Commit = { readonly proposals: readonly ProposalOrRef[]; readonly path: UpdatePath | undefined }

export function writeCommit(w: Writer, commit: Commit): void {
  w.vector(() => {
    for (const item of commit.proposals) writeProposalOrRef(w, item)
  })
  w.u8(commit.path === undefined ? 0 : 1)
  if (commit.path !== undefined) writeUpdatePath(w, commit.path)
}

export function readCommit(r: Reader): Commit {
  return { proposals: r.vector(readProposalOrRef), path: r.optional(readUpdatePath) }
}

export function encodeCommit(commit: Commit): Uint8Array {
  return encode((w) => writeCommit(w, commit), 4096)
}

export function decodeCommit(bytes: Uint8Array): Commit | undefined {
  return decode(bytes, readCommit)
}
