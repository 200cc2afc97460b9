/** Locked means locked; passkeys with and without PRF; over https on a name that is not localhost. */
import { expect, test } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addVirtualAuthenticator } from './passkeys.ts'
import { Person, passphrase } from './person.ts'
import { startServer } from './server.ts'

test('locking unmounts the screen and ends the worker; the other tab is locked too', async () => {
  const server = await startServer()
  const sara = new Person('Sara Kowalski')
  try {
    await sara.openBrowser()
    await sara.setUp(server.setupLink ?? '', 'Northwind Relief')
    await sara.open('Me')
    await sara.say('a private note')
    await sara.sees('a private note')
    const first = sara.page
    const second = await sara.openTab(server.url)
    await sara.seesChats()
    await first.bringToFront()
    sara.useTab(first)
    const before = first.workers().length
    expect(before).toBeGreaterThan(0)
    await sara.lock()
    await expect(first.getByText('a private note')).toHaveCount(0)
    expect(await first.content()).not.toContain('a private note')
    expect(await first.content()).not.toContain('Northwind')
    sara.useTab(second)
    await expect(second.getByRole('button', { name: 'Unlock' })).toBeVisible()
    sara.useTab(first)
    await sara.unlock()
    await sara.open('Me')
    await sara.sees('a private note')
    expect(sara.complaints).toEqual([])
  } finally {
    await sara.remove()
    await server.remove()
  }
})

for (const hasPrf of [true, false]) {
  test(`a passkey ${hasPrf ? 'with' : 'without'} PRF`, async () => {
    const server = await startServer()
    const sara = new Person('Sara Kowalski')
    try {
      await sara.openBrowser()
      await addVirtualAuthenticator(sara.page, hasPrf)
      await sara.page.goto(server.setupLink ?? '')
      await sara.page.getByRole('textbox', { name: 'Network name' }).fill('Northwind Relief')
      await sara.page.getByRole('textbox', { name: 'Your name' }).fill('Sara Kowalski')
      await sara.page.getByRole('button', { name: 'Use a passkey' }).click()
      await sara.page.getByRole('button', { name: 'Create network' }).click()
      if (!hasPrf) {
        await sara.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
        await sara.page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(passphrase)
        await sara.page.getByRole('button', { name: 'Create network' }).click()
      }
      await sara.seesChats()
      await sara.lock()
      if (!hasPrf) await sara.page.getByRole('textbox', { name: 'Passphrase' }).fill(passphrase)
      await sara.page.getByRole('button', { name: 'Unlock' }).click()
      await sara.seesChats()
      expect(sara.complaints).toEqual([])
    } finally {
      await sara.remove()
      await server.remove()
    }
  })
}

test('over https on a name that is not localhost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-tls-'))
  const key = join(folder, 'key.pem')
  const cert = join(folder, 'cert.pem')
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=chat.example',
      '-addext',
      'subjectAltName=DNS:chat.example',
    ],
    { stdio: 'ignore' },
  )
  const server = await startServer(['--url', 'https://chat.example:PORT', '--tls-cert', cert, '--tls-key', key])
  const extraFlags = ['--host-resolver-rules=MAP chat.example 127.0.0.1']
  const sara = new Person('Sara Kowalski', { extraFlags })
  const marcus = new Person('Marcus Oyelaran', { extraFlags })
  try {
    await sara.openBrowser()
    await sara.setUp(server.setupLink ?? '', 'Northwind Relief')
    await marcus.openBrowser()
    await marcus.join(await sara.invite())
    await marcus.open('Sara Kowalski')
    await marcus.say('over https')
    await sara.open('Marcus Oyelaran')
    await sara.sees('over https')
    expect([...sara.complaints, ...marcus.complaints]).toEqual([])
  } finally {
    await sara.remove()
    await marcus.remove()
    await server.remove()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('Unlock is shown only when there is somebody to answer it: pressed at once, it opens', async () => {
  const server = await startServer()
  const sara = new Person('Sara Kowalski', { unlock: 'passkey' })
  try {
    await sara.openBrowser()
    // Presses as fast as anything can: in the task that brings the button.
    await sara.context.addInitScript(() => {
      const press = (): void => {
        const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Unlock')
        if (button === undefined || button.dataset['pressed'] !== undefined) return
        button.dataset['pressed'] = ''
        const presses = globalThis as { unlockPresses?: number }
        presses.unlockPresses = (presses.unlockPresses ?? 0) + 1
        button.click()
      }
      new MutationObserver(press).observe(document, { childList: true, subtree: true })
    })
    await sara.setUp(server.setupLink ?? '', 'Northwind Relief')
    for (let round = 1; round <= 3; round++) {
      await sara.page.getByRole('button', { name: 'Lock', exact: true }).first().click()
      await expect
        .poll(() => sara.page.evaluate(() => (globalThis as { unlockPresses?: number }).unlockPresses))
        .toBe(round)
      await sara.seesChats()
    }
    expect(sara.complaints).toEqual([])
  } finally {
    await sara.remove()
    await server.remove()
  }
})
