import { describe, expect, test } from 'vitest'
import {
  createDeviceSecret,
  decodeVaultRecord,
  isNewerVaultRecord,
  openVault,
  passphraseCostFloor,
  passphraseCostUsual,
  sealVault,
} from './vault.ts'
import type { VaultRecord, VaultSecret } from './vault.ts'

const passphrase = 'lemon harbor violin quilt ember'
const byPassphrase: VaultSecret = { kind: 'passphrase', passphrase }
const byPasskey: VaultSecret = {
  kind: 'passkey',
  credentialId: new Uint8Array(64).fill(5),
  prfSalt: new Uint8Array(32).fill(6),
  prfOutput: new Uint8Array(32).fill(7),
}
const databaseKey = (): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => index)
const deviceSecret = await createDeviceSecret()
const ports = { deviceSecret, isPhone: true }
const decode = (bytes: Uint8Array): VaultRecord => {
  const record = decodeVaultRecord(bytes)
  if (record === undefined) throw new Error('not a record')
  return record
}
const sealed = await sealVault(byPassphrase, databaseKey(), ports)
const sealedByPasskey = await sealVault(byPasskey, databaseKey(), ports)

describe('T-40: a vault', () => {
  test('opens with its passphrase, also typed in another normal form', async () => {
    expect(await openVault(decode(sealed), byPassphrase, ports)).toEqual(databaseKey())
    const accented = await sealVault({ kind: 'passphrase', passphrase: 'café'.normalize('NFC') }, databaseKey(), ports)
    const typed: VaultSecret = { kind: 'passphrase', passphrase: ` ${'café'.normalize('NFD')} ` }
    expect(await openVault(decode(accented), typed, ports)).toEqual(databaseKey())
  })

  test('opens with its passkey, and not with another output', async () => {
    expect(await openVault(decode(sealedByPasskey), byPasskey, ports)).toEqual(databaseKey())
    const other = { ...byPasskey, prfOutput: new Uint8Array(32).fill(8) }
    expect(await openVault(decode(sealedByPasskey), other, ports)).toBeUndefined()
  })

  test('a wrong, empty or endless passphrase opens nothing', async () => {
    for (const wrong of [`${passphrase}r`, '', '   ', passphrase.repeat(1000)]) {
      expect(await openVault(decode(sealed), { kind: 'passphrase', passphrase: wrong }, ports)).toBeUndefined()
    }
  })

  test('another device opens nothing with the right passphrase or passkey', async () => {
    const elsewhere = { deviceSecret: await createDeviceSecret() }
    expect(await openVault(decode(sealed), byPassphrase, elsewhere)).toBeUndefined()
    expect(await openVault(decode(sealedByPasskey), byPasskey, elsewhere)).toBeUndefined()
  })

  test('one kind of secret does not open the other kind', async () => {
    expect(await openVault(decode(sealed), byPasskey, ports)).toBeUndefined()
    expect(await openVault(decode(sealedByPasskey), byPassphrase, ports)).toBeUndefined()
  })

  test('a passkey without PRF stands beside a passphrase', async () => {
    const both: VaultSecret = { kind: 'passkey-and-passphrase', credentialId: Uint8Array.of(1, 2), passphrase }
    const record = decode(await sealVault(both, databaseKey(), ports))
    expect(record.method).toEqual({ kind: 'passkey-and-passphrase', credentialId: Uint8Array.of(1, 2) })
    expect(await openVault(record, both, ports)).toEqual(databaseKey())
    expect(await openVault(record, byPassphrase, ports)).toEqual(databaseKey())
  })

  test('two records of one secret share nothing', async () => {
    const again = decode(await sealVault(byPasskey, databaseKey(), ports))
    const first = decode(sealedByPasskey)
    expect(again.salt).not.toEqual(first.salt)
    expect(again.nonce).not.toEqual(first.nonce)
    expect(again.sealedKey).not.toEqual(first.sealedKey)
  })

  test('no key is in the record, and every key is shown to the test hook', async () => {
    const seen = new Map<string, Uint8Array>()
    const record = await sealVault(byPasskey, databaseKey(), {
      ...ports,
      registerKey: (name, bytes) => seen.set(name, bytes.slice()),
    })
    expect([...seen.keys()].toSorted()).toEqual(['unlock-device', 'unlock-personal', 'unlock-wrapping'])
    for (const key of [databaseKey(), ...seen.values()]) {
      expect(Buffer.from(record).includes(Buffer.from(key))).toBe(false)
    }
  })
})

describe('the cost', () => {
  test('is 64 MiB, 3 passes, 1 lane, and 19 MiB on phones', async () => {
    expect(passphraseCostUsual).toEqual({ memoryKib: 65_536, passes: 3, lanes: 1 })
    expect(passphraseCostFloor).toEqual({ memoryKib: 19_456, passes: 3, lanes: 1 })
    expect(decode(sealed).cost).toEqual(passphraseCostFloor)
    const usual = decode(await sealVault(byPassphrase, databaseKey(), { ...ports, isPhone: false }))
    expect(usual.cost).toEqual(passphraseCostUsual)
    expect(await openVault(usual, byPassphrase, ports)).toEqual(databaseKey())
  })

  test.each([
    ['memory', 2, 19_455],
    ['passes', 6, 2],
    ['lanes', 10, 0],
    ['lanes above', 10, 2],
    ['memory without bound', 2, 0xffff_ffff],
    ['passes without bound', 6, 33],
  ])('is never accepted outside the compiled-in bounds: %s', (_, at, value) => {
    const weak = sealed.slice()
    new DataView(weak.buffer).setUint32(at, value)
    expect(decodeVaultRecord(weak)).toBeUndefined()
  })

  test('raised in the record, opens nothing: it is authenticated', async () => {
    const raised = sealed.slice()
    new DataView(raised.buffer).setUint32(6, 4)
    expect(await openVault(decode(raised), byPassphrase, ports)).toBeUndefined()
  })
})

describe('an altered record', () => {
  test('opens nothing, whichever byte it is', async () => {
    for (let at = 0; at < sealedByPasskey.length; at++) {
      const altered = sealedByPasskey.slice()
      altered[at] = (altered[at] ?? 0) ^ 1
      const record = decodeVaultRecord(altered)
      if (record !== undefined) expect(await openVault(record, byPasskey, ports), `byte ${at}`).toBeUndefined()
    }
  })

  test('of any other size is none', () => {
    for (let size = 0; size < sealed.length; size++) expect(decodeVaultRecord(sealed.slice(0, size))).toBeUndefined()
    expect(decodeVaultRecord(Uint8Array.of(...sealed, 0))).toBeUndefined()
  })

  test('of another version is not opened, and a newer one is known as such', () => {
    const newer = Uint8Array.of(2, ...sealed.slice(1))
    expect(decodeVaultRecord(newer)).toBeUndefined()
    expect(isNewerVaultRecord(newer)).toBe(true)
    expect(isNewerVaultRecord(sealed)).toBe(false)
    expect(isNewerVaultRecord(new Uint8Array(0))).toBe(false)
  })
})
