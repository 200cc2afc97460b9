/** The half of the crypto package that anybody may have, the server included: it verifies and hashes, nothing else. */
export * from './account-chain.ts'
export * from './invite.ts'
export * from './network-chain.ts'
export * from './signed.ts'
export * from './standing.ts'
export * from './statements.ts'
