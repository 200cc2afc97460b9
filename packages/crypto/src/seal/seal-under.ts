/** One way to seal small things under a key of their own. */
import { concat } from '@halyard/protocol'
import type { Provider } from '@halyard/mls'

const nonceLength = 12

/** AES-256-GCM with a random nonce in front; a directory key seals some thousands of names, far below 2^32. */
export const sealUnder = async (
  provider: Provider,
  key: Uint8Array,
  about: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> => {
  const nonce = provider.random(nonceLength)
  return concat(nonce, await provider.seal('aes256gcm', key, nonce, about, plaintext))
}
/** Undefined: not sealed under this key about this. */
export const openUnder = async (
  provider: Provider,
  key: Uint8Array,
  about: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> =>
  sealed.length < nonceLength
    ? undefined
    : provider.open('aes256gcm', key, sealed.subarray(0, nonceLength), about, sealed.subarray(nonceLength))
