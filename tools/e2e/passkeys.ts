/**
 * An authenticator whose secret the test keeps, for browsers that are closed and opened again (the browser's own virtual
 * one is lost then): `navigator.credentials` with the PRF extension, HMAC-SHA-256 of the salt.
 */
import type { BrowserContext, Page } from '@playwright/test'

export const installPasskeys = (context: BrowserContext, secret: string): Promise<unknown> =>
  context.addInitScript((keySource: string) => {
    const id = new TextEncoder().encode(`credential of ${keySource}`).slice(0, 32)
    const evaluate = async (salt: BufferSource): Promise<ArrayBuffer> => {
      const key = await crypto.subtle.importKey(
        'raw',
        new TextEncoder().encode(keySource),
        { name: 'HMAC', hash: 'SHA-256' },
        false,
        ['sign'],
      )
      return crypto.subtle.sign('HMAC', key, salt)
    }
    const answer = async (options: { publicKey?: { extensions?: unknown } } | undefined): Promise<unknown> => {
      const extensions = options?.publicKey?.extensions as { prf?: { eval?: { first?: BufferSource } } } | undefined
      const salt = extensions?.prf?.eval?.first
      const first = salt === undefined ? undefined : await evaluate(salt)
      const credential = Object.create(PublicKeyCredential.prototype) as object
      return Object.defineProperties(credential, {
        id: { value: 'test' },
        type: { value: 'public-key' },
        rawId: { value: id.buffer },
        getClientExtensionResults: {
          value: () => ({ prf: { enabled: true, ...(first === undefined ? {} : { results: { first } }) } }),
        },
      })
    }
    Object.defineProperty(navigator, 'credentials', { value: { create: answer, get: answer } })
  }, secret)

/** The browser's own virtual authenticator. */
export const addVirtualAuthenticator = async (page: Page, hasPrf: boolean): Promise<void> => {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf,
    },
  })
}
