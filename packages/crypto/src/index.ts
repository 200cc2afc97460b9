/** The only place that seals, opens, signs or verifies for Halyard. */
export * from './identity/device-offer.ts'
export * from './identity/keys.ts'
export * from './identity/recovery-key.ts'
export * from './identity/sign.ts'
export * from './seal/names.ts'
export * from './verify/index.ts'
