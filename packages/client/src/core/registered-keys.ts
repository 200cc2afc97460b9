/**
 * How tests of the product see every key in the clear, to search for it in all that is stored and sent. The build of the
 * page sets `halyardRegistersKeys` to false: everything behind it is gone from what people run.
 */
import type { Provider } from '@halyard/mls'

/** The bytes are the caller's and may be zeroed when this returns: whoever keeps them copies them. */
export type RegisterKey = (name: string, bytes: Uint8Array) => void

declare global {
  var halyardRegistersKeys: boolean | undefined
}

const keyMinBytes = 16

/** The same primitives; every secret that goes in or comes out is shown first: MLS secrets, private keys, shared secrets. */
export const withRegisteredKeys = (provider: Provider, registerKey: RegisterKey): Provider => {
  const show = (name: string, bytes: Uint8Array | undefined): void => {
    if (bytes !== undefined && bytes.length >= keyMinBytes && !isPublicLabel(bytes)) registerKey(name, bytes)
  }
  return {
    ...provider,
    // Outputs may be public tags; what is derived from is shown when it is used as a key in turn.
    hmac(name, key, data) {
      show('secret', key)
      return provider.hmac(name, key, data)
    },
    seal(name, key, nonce, aad, plaintext) {
      show('aead', key)
      return provider.seal(name, key, nonce, aad, plaintext)
    },
    open(name, key, nonce, aad, ciphertext) {
      show('aead', key)
      return provider.open(name, key, nonce, aad, ciphertext)
    },
    dhPublic(curve, privateKey) {
      show('dh-private', privateKey)
      return provider.dhPublic(curve, privateKey)
    },
    async dh(curve, keys, peerPublicKey) {
      show('dh-private', keys.privateKey)
      const shared = await provider.dh(curve, keys, peerPublicKey)
      show('dh-shared', shared)
      return shared
    },
    mlkemPublic(seed) {
      show('mlkem-seed', seed)
      return provider.mlkemPublic(seed)
    },
    async mlkemEncapsulate(publicKey) {
      const made = await provider.mlkemEncapsulate(publicKey)
      show('mlkem-shared', made?.secret)
      return made
    },
    async mlkemDecapsulate(seed, ciphertext) {
      show('mlkem-seed', seed)
      const shared = await provider.mlkemDecapsulate(seed, ciphertext)
      show('mlkem-shared', shared)
      return shared
    },
    async signatureKeyPair(name) {
      const pair = await provider.signatureKeyPair(name)
      show('signature-private', pair.privateKey)
      return pair
    },
    sign(name, privateKey, data) {
      show('signature-private', privateKey)
      return provider.sign(name, privateKey, data)
    },
  }
}

/** Salts of the first step of HKDF are no secrets: zeros, or words that stand in the code. */
const isPublicLabel = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === bytes[0]) || bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
