import { afterEach, describe, expect, it, vi } from 'vitest'
import { askPasskey, createPasskey } from './passkey.ts'

const output = new Uint8Array(32).fill(7)
const credential = (results: unknown): unknown => ({
  rawId: new Uint8Array([1, 2]).buffer,
  getClientExtensionResults: () => results,
})
type Ask = () => Promise<unknown>
const browserWith = (credentials: { readonly create?: Ask; readonly get?: Ask }): void => {
  vi.stubGlobal('PublicKeyCredential', class {})
  vi.stubGlobal('navigator', { credentials })
  vi.stubGlobal('location', { hostname: 'localhost' })
}
afterEach(() => vi.unstubAllGlobals())
const fails =
  (name: string): Ask =>
  () =>
    Promise.reject(Object.assign(new Error('no'), { name }))

describe('createPasskey', () => {
  it('gives the secret when the authenticator evaluates at once', async () => {
    browserWith({ create: async () => credential({ prf: { enabled: true, results: { first: output.buffer } } }) })
    expect(await createPasskey()).toMatchObject({ ok: true, secret: { kind: 'passkey', prfOutput: output } })
  })
  it('asks again when it evaluates only then', async () => {
    browserWith({
      create: async () => credential({ prf: { enabled: true } }),
      get: async () => credential({ prf: { results: { first: output } } }),
    })
    expect(await createPasskey()).toMatchObject({
      ok: true,
      secret: { prfOutput: output, credentialId: new Uint8Array([1, 2]) },
    })
  })
  it.each([
    ['no-prf', async () => credential({})],
    ['no-prf', async () => credential({ prf: { enabled: false } })],
    ['no-prf', async () => credential({ prf: { results: { first: new Uint8Array(16) } } })],
    ['cancelled', async () => null],
    ['cancelled', fails('NotAllowedError')],
    ['address', fails('SecurityError')],
    ['none', fails('NotSupportedError')],
  ] satisfies [string, Ask][])('says %s', async (failure, create) => {
    browserWith({ create })
    expect(await createPasskey()).toEqual({ ok: false, failure })
  })
  it('says none where the browser has none', async () => {
    vi.stubGlobal('navigator', {})
    expect(await createPasskey()).toEqual({ ok: false, failure: 'none' })
  })
})

describe('askPasskey', () => {
  it('gives back what the method named, with the output', async () => {
    browserWith({ get: async () => credential({ prf: { results: { first: output } } }) })
    const method = { kind: 'passkey', credentialId: new Uint8Array([9]), prfSalt: new Uint8Array(32) } as const
    expect(await askPasskey(method)).toEqual({ ok: true, secret: { ...method, prfOutput: output } })
  })
})
