import { describe, expect, it } from 'vitest'
import { kemDecapsulate, kemDerive, kemEncapsulate } from '../hpke/kem.ts'
import { kems } from '../suites.ts'
import { providers } from '../../test/provider.ts'
import { seededRandom, text } from '../../test/test-kit.ts'
import { deterministicProvider } from './deterministic.ts'

const pairs = Object.entries(providers).flatMap(([a, first]) =>
  Object.entries(providers)
    .filter(([b]) => b !== a)
    .map(([b, second]) => ({ name: `${a} and ${b}`, first, second })),
)

describe('providers agree', () => {
  for (const { name, first, second } of pairs) {
    it(`${name}: KEMs`, async () => {
      for (const kem of Object.values(kems)) {
        const ikm = seededRandom(9)(64)
        const keys = await kemDerive(first, kem, ikm)
        expect(await kemDerive(second, kem, ikm)).toEqual(keys)
        const sealed = await kemEncapsulate(second, kem, keys.publicKey)
        expect(sealed && (await kemDecapsulate(first, kem, keys, sealed.output))).toEqual(sealed?.secret)
        expect(await kemEncapsulate(first, kem, keys.publicKey.slice(1))).toBeUndefined()
      }
    })

    it(`${name}: signatures`, async () => {
      for (const scheme of ['ed25519', 'ed448', 'p256', 'p384', 'p521'] as const) {
        const keys = await first.signatureKeyPair(scheme)
        const signature = (await first.sign(scheme, keys.privateKey, text('data'))) ?? new Uint8Array(0)
        expect(await second.verify(scheme, keys.publicKey, text('data'), signature), scheme).toBe(true)
        expect(await second.verify(scheme, keys.publicKey, text('date'), signature)).toBe(false)
        expect(await second.verify(scheme, keys.publicKey, text('data'), signature.slice(1))).toBe(false)
        expect(await second.verify(scheme, new Uint8Array(keys.publicKey.length), text('data'), signature)).toBe(false)
      }
    })

    it(`${name}: AEAD, hash, HMAC`, async () => {
      for (const aead of ['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const) {
        const key = new Uint8Array(aead === 'aes128gcm' ? 16 : 32).fill(3)
        const nonce = new Uint8Array(12).fill(4)
        for (const plaintext of [text(''), text('text'), new Uint8Array(1000)]) {
          const sealed = await first.seal(aead, key, nonce, text('aad'), plaintext)
          expect(await second.open(aead, key, nonce, text('aad'), sealed)).toEqual(plaintext)
          expect(await second.open(aead, key, nonce, text('aae'), sealed)).toBeUndefined()
          expect(await second.open(aead, key, nonce, text('aad'), sealed.slice(0, 15))).toBeUndefined()
        }
      }
      for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
        expect(await first.hash(hash, text('x'))).toEqual(await second.hash(hash, text('x')))
        expect(await first.hmac(hash, text('key'), text('x'))).toEqual(await second.hmac(hash, text('key'), text('x')))
        expect(await first.hmac(hash, text(''), text('x'))).toEqual(await second.hmac(hash, text(''), text('x')))
      }
    })
  }

  it('Ed25519 keys of small order sign for nobody, S has one encoding, and every provider says so', async () => {
    const identity = Uint8Array.of(1, ...new Uint8Array(31))
    const base = Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66))
    // With the identity as key, [S]B = R holds for every message.
    const anything = Uint8Array.of(...base, 1, ...new Uint8Array(31))
    const seed = new Uint8Array(32).fill(9)
    for (const provider of Object.values(providers)) {
      expect(await provider.verify('ed25519', identity, text('any'), anything)).toBe(false)
      const keys = await deterministicProvider(() => seed).signatureKeyPair('ed25519')
      const signature = (await provider.sign('ed25519', keys.privateKey, text('any'))) ?? new Uint8Array(0)
      expect(await provider.verify('ed25519', keys.publicKey, text('any'), signature)).toBe(true)
      let s = 0n
      for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i] ?? 0)
      s += 2n ** 252n + 27742317777372353535851937790883648493n
      const other = signature.slice()
      for (let i = 32; i < 64; i++, s >>= 8n) other[i] = Number(s & 0xffn)
      expect(await provider.verify('ed25519', keys.publicKey, text('any'), other)).toBe(false)
    }
  })

  it('points that give nothing away are refused', async () => {
    for (const provider of Object.values(providers)) {
      const keys = await kemDerive(provider, kems.x25519, new Uint8Array(32).fill(1))
      expect(await provider.dh('x25519', keys, new Uint8Array(32))).toBeUndefined()
      const p256 = await kemDerive(provider, kems.p256, new Uint8Array(32).fill(1))
      expect(await provider.dh('p256', p256, Uint8Array.of(4, ...new Uint8Array(64)))).toBeUndefined()
      expect(await provider.mlkemEncapsulate(new Uint8Array(1184).fill(0xff))).toBeUndefined()
    }
  })
})
