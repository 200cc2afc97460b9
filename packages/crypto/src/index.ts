/** The only place that seals, opens, signs or verifies for Halyard. */
export * from './identity/account-state.ts'
export * from './identity/device-offer.ts'
export * from './identity/keys.ts'
export * from './identity/recovery-key.ts'
export {
  signAccountGenesis,
  signAccountLink,
  signConfirmation,
  signEntryRequest,
  signInvite,
  signLogin,
  signNetworkGenesis,
  signNetworkState,
  signProfile,
  signRow,
} from './identity/sign.ts'
export * from './seal/names.ts'
export * from './seal/tree.ts'
export * from './verify/index.ts'
