/** Cases of RFC 9180 (base and PSK mode) and of X-Wing. */
import { hpkeExport, hpkeInfo, hpkeKeySchedule, hpkeNonce, type HpkeSuite } from '../src/hpke/hpke.ts'
import { kemDecapsulate, kemDerive, kemEncapsulate, kemPair } from '../src/hpke/kem.ts'
import type { Provider } from '../src/index.ts'
import { aeads, kdfs, kems } from '../src/suites.ts'
import { bytes, equal, must } from './hex.ts'

type Hex = string

export type HpkeCase = {
  encryptions: { sequence: number; aad: Hex; ct: Hex; nonce: Hex; pt: Hex }[]
  exports: { exporter_context: Hex; L: string; exported_value: Hex }[]
  psk?: Hex
  psk_id?: Hex
} & Record<
  | 'mode'
  | 'kem_id'
  | 'kdf_id'
  | 'aead_id'
  | 'info'
  | 'ikmE'
  | 'pkEm'
  | 'skEm'
  | 'ikmR'
  | 'pkRm'
  | 'skRm'
  | 'enc'
  | 'shared_secret'
  | 'key_schedule_context'
  | 'key'
  | 'base_nonce'
  | 'exporter_secret',
  Hex
>

/** MLS and this engine know base and PSK mode; the authenticated modes of DHKEM are none of it. */
export function hpkeApplies(v: HpkeCase): boolean {
  return Number(v.mode) <= 1
}

export async function hpke(provider: Provider, v: HpkeCase): Promise<void> {
  const suite: HpkeSuite = {
    kem: must(
      Object.values(kems).find((kem) => kem.id === Number(v.kem_id)),
      'kem',
    ),
    kdf: must(
      Object.values(kdfs).find((kdf) => kdf.id === Number(v.kdf_id)),
      'kdf',
    ),
    aead: Object.values(aeads).find((aead) => aead.id === Number(v.aead_id)),
  }
  const recipient = await kemDerive(provider, suite.kem, bytes(v.ikmR))
  equal(recipient.privateKey, v.skRm, 'skRm')
  equal(recipient.publicKey, v.pkRm, 'pkRm')
  const ephemeral = await kemDerive(provider, suite.kem, bytes(v.ikmE))
  const encapsulated = must(await kemEncapsulate(provider, suite.kem, recipient.publicKey, ephemeral), 'encap')
  equal(encapsulated.output, v.enc, 'enc')
  equal(encapsulated.secret, v.shared_secret, 'shared_secret')
  equal(await kemDecapsulate(provider, suite.kem, recipient, bytes(v.enc)), v.shared_secret, 'decap')
  const psk = v.psk === undefined || v.psk_id === undefined ? undefined : { psk: bytes(v.psk), id: bytes(v.psk_id) }
  const info = await hpkeInfo(provider, suite, bytes(v.info), psk)
  equal(info.context, v.key_schedule_context, 'key_schedule_context')
  const context = await hpkeKeySchedule(provider, info, encapsulated.secret)
  equal(context.key, v.key, 'key')
  equal(context.baseNonce, v.base_nonce, 'base_nonce')
  equal(context.exporterSecret, v.exporter_secret, 'exporter_secret')
  for (const e of v.encryptions) {
    const aead = must(suite.aead, 'aead')
    const nonce = hpkeNonce(context.baseNonce, e.sequence)
    equal(nonce, e.nonce, 'nonce')
    equal(await provider.seal(aead.name, context.key, nonce, bytes(e.aad), bytes(e.pt)), e.ct, 'ct')
  }
  for (const e of v.exports)
    equal(await hpkeExport(provider, info, context, bytes(e.exporter_context), Number(e.L)), e.exported_value, 'export')
}

export type XwingCase = Record<'seed' | 'eseed' | 'ss' | 'sk' | 'pk' | 'ct', Hex>

/** Decapsulation and keys on any provider; encapsulation with given coins where randomness is lent (`withCoins`). */
export async function xwing(
  provider: Provider,
  v: XwingCase,
  withCoins?: (coins: Uint8Array) => Provider,
): Promise<void> {
  const pair = must(await kemPair(provider, kems.xwing, bytes(v.sk)), 'pair')
  equal(pair.publicKey, v.pk, 'pk')
  equal(await kemDecapsulate(provider, kems.xwing, pair, bytes(v.ct)), v.ss, 'decap')
  if (withCoins === undefined) return
  const encapsulated = must(await kemEncapsulate(withCoins(bytes(v.eseed)), kems.xwing, pair.publicKey), 'encap')
  equal(encapsulated.output, v.ct, 'ct')
  equal(encapsulated.secret, v.ss, 'ss')
}
