/** Several keys out of one secret. */
import { concat, utf8 } from '@halyard/protocol'
import type { Provider } from '@halyard/mls'

/** HKDF (RFC 5869) with SHA-256: 32 bytes for each label. What is extracted on the way is overwritten. */
export const deriveKeys = async <K extends string>(
  provider: Provider,
  salt: string,
  secret: Uint8Array,
  labels: Readonly<Record<K, string>>,
): Promise<Readonly<Record<K, Uint8Array>>> => {
  const extracted = await provider.hmac('sha256', utf8(salt), secret)
  const keys: Partial<Record<K, Uint8Array>> = {}
  for (const [name, label] of Object.entries(labels) as [K, string][])
    keys[name] = await provider.hmac('sha256', extracted, concat(utf8(label), new Uint8Array([1])))
  extracted.fill(0)
  return keys as Record<K, Uint8Array>
}
