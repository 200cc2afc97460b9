/** Text, links and names that want to be more than text: they stay text, nothing is asked for, nothing stands still. */
import { expect, test } from '@playwright/test'
import type { Locator } from '@playwright/test'
import { createNodePeer } from './node-peer.ts'
import type { NodePeer } from './node-peer.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

const hostileName = 'Eve <img src=x onerror=alert(1)>'
const hostileNetwork = '<script>alert(1)</script>'

const markup = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/pixel.png">',
  '<svg/onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<form><button formaction=javascript:alert(1)>x</button></form>',
  '<a href="javascript:alert(1)">x</a>',
  '<link rel=stylesheet href=//evil.example/x.css>',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<template><slot onslotchange=alert(1)>',
  '"><style>*{background:url(https://evil.example/)}</style>',
  '\\\\evil.example\\share\\x.png',
  '[click](javascript:alert(1)) ![pixel](https://evil.example/p.png)',
  '[click](data:text/html,<script>alert(1)</script>)',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'vbscript:msgbox(1)',
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  'file:///etc/passwd',
  'https://user:secret@evil.example/\u202egnp.exe',
  'https://\u0430pple.example/',
  '&lt;script&gt;alert(1)&lt;/script&gt; &#x3c;img src=x&#x3e;',
  '{{constructor.constructor("alert(1)")()}} ${alert(1)} <%= 1 %>',
  "'; DROP TABLE timeline; --",
]
const turning = [
  'invoice\u202egnp.exe',
  '\u2066\u2067\u2068 never closed',
  'abc \u202e\u202d\u202c def \u2069\u2069',
  'שלום (hello) مرحبا 123',
  '\u0000\u0001\u0007\u0008\u001b[31mred\u009b31m\u007f end',
  'a\u2028b\u2029c\ufeffd\u200be',
  '\u{e0001}\u{e0041}\u{e0042} tags',
]
const badLinks = [
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'blob:https://evil.example/1',
  'vbscript:x',
  'file:///etc/passwd',
  'smb://evil.example/x',
  'intent://x#Intent;end',
  '//evil.example/x',
  '/chat/me',
  'https:\\\\evil.example',
  'https://evil.example/\u202e',
]

/** What a message may be made of. */
const elements = new Set(['STRONG', 'EM', 'S', 'CODE', 'PRE', 'BLOCKQUOTE', 'A', 'SPAN', 'BDI'])

let server: TestServer
let peer: NodePeer
let sara: Person
const asked: string[] = []
const dialogs: string[] = []

test.beforeEach(async () => {
  server = await startServer()
  peer = await createNodePeer(server, { network: hostileNetwork, own: hostileName })
  sara = new Person('Sara Kowalski', { unlock: 'passkey' })
  await sara.openBrowser()
  await sara.join(await peer.inviteLink())
  await sara.open('Eve')
  await sara.say('hello')
  await expect.poll(() => peer.texts(false)).toEqual(['hello'])
  // What the app fetches of itself when it has nothing to do.
  const fetched = (): Promise<number> =>
    sara.page.evaluate(
      () => performance.getEntriesByType('resource').filter(({ name }) => /\/dialog[^/]*$/.test(name)).length,
    )
  await expect.poll(fetched).toBeGreaterThanOrEqual(3)
  asked.length = 0
  dialogs.length = 0
  sara.context.on('request', (request) => asked.push(request.url()))
  sara.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
})
test.afterEach(async () => {
  await sara.remove()
  await peer.remove()
  await server.remove()
})

/** Everything that messages drew, as `TAG attribute=value`, beyond what they may be made of. */
const strangers = async (messages: Locator): Promise<readonly string[]> => {
  const drawn = await messages.locator('bdi *').evaluateAll((all) =>
    all.map((one) => ({
      tag: one.tagName,
      attributes: [...one.attributes].map(({ name, value }) => [name, value] as const),
    })),
  )
  return drawn.flatMap(({ tag, attributes }) => {
    const strange = attributes.filter(
      ([name, value]) =>
        !(
          ['class', 'dir', 'tabindex'].includes(name) ||
          (tag === 'A' && ['target', 'rel', 'referrerpolicy'].includes(name)) ||
          (tag === 'A' && name === 'href' && /^(?:https|mailto):/.test(value))
        ),
    )
    return elements.has(tag) && strange.length === 0 ? [] : [`${tag} ${strange.map((one) => one.join('=')).join(' ')}`]
  })
}

/** Nothing ran, nothing was fetched, and nothing was added to the page beside the app. */
const expectQuiet = async (): Promise<void> => {
  expect(dialogs).toEqual([])
  expect(asked, 'no request at all').toEqual([])
  expect(sara.complaints).toEqual([])
  expect(
    await sara.page.locator('iframe, object, embed, base, meta[http-equiv], log script, [role=log] img').count(),
  ).toBe(0)
  expect(
    await sara.page.evaluate(() => [...document.scripts].every(({ src }) => src.startsWith(location.origin))),
  ).toBe(true)
}

test('T-23 markup, scripts and hostile links stay text: no element, no request, no dialog', async () => {
  for (const text of markup) await peer.send(text)
  const texts = sara.messages.locator('bdi[dir=auto]')
  await expect(texts).toHaveCount(markup.length + 1)
  // As it was sent, but for what turns text around.
  const shown = await texts.allTextContents()
  expect(shown.slice(1)).toEqual(
    markup.map((text) => expect.stringContaining(text.replace(/\u202e.*|$/u, '').slice(0, 20)) as unknown),
  )
  expect(await strangers(sara.messages)).toEqual([])
  // Typed here, and drawn as an own message.
  for (const text of markup.slice(0, 12)) await sara.say(text)
  await expect(texts).toHaveCount(markup.length + 13)
  expect(await strangers(sara.messages)).toEqual([])
  await expectQuiet()
})

test('T-23 ranges that a changed client seals: unknown kinds, wrong places, links that run', async () => {
  const text = 'click here to see what it is'
  for (const url of badLinks)
    await peer.sendRaw({ kind: 'text', text, ranges: [{ start: 0, length: 10, kind: 6, url, account: undefined }] })
  await peer.sendRaw({
    kind: 'text',
    text: `${text} 2`,
    ranges: [
      { start: 0, length: 20_000, kind: 0, url: undefined, account: undefined },
      { start: 5, length: 0, kind: 1, url: undefined, account: undefined },
      { start: 3, length: 8, kind: 31, url: undefined, account: undefined },
      { start: 0, length: 6, kind: 6, url: undefined, account: undefined },
      { start: 4, length: 8, kind: 0, url: 'https://evil.example/', account: undefined },
      { start: 2, length: 6, kind: 2, url: undefined, account: undefined },
      { start: 4, length: 9, kind: 1, url: undefined, account: undefined },
    ],
  })
  await peer.sendRaw({
    kind: 'text',
    text: `${text} 3 ${'x'.repeat(1_000)}`,
    ranges: Array.from({ length: 500 }, (_, at) => ({
      start: at,
      length: 1_000 - 2 * at,
      kind: at % 4,
      url: undefined,
      account: undefined,
    })).filter(({ length }) => length > 0),
  })
  await peer.sendRaw({
    kind: 'text',
    text: 'https://bank.example/',
    ranges: [{ start: 0, length: 21, kind: 6, url: 'https://evil.example/', account: undefined }],
  })
  // Nobody of this conversation: the words stay, and are no name.
  const nobody = new Uint8Array(32).fill(7)
  await peer.sendRaw({
    kind: 'text',
    text: '@Admin says so',
    ranges: [{ start: 0, length: 6, kind: 7, url: undefined, account: nobody }],
  })
  await peer.send('after all of it')
  await sara.sees('after all of it')
  expect(await strangers(sara.messages)).toEqual([])
  const links = await sara.messages.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
  expect(links).toEqual(['https://evil.example/'])
  await expect(sara.message('@Admin says so').locator('bdi bdi')).toHaveCount(0)
  // A link whose words name another place says where it leads.
  await expect(sara.message('bank.example')).toContainText('(evil.example)')
  await expectQuiet()
})

test('T-97 signs that turn text around or cannot be seen: shown without, each text isolated', async () => {
  for (const text of turning) await peer.send(text)
  const texts = sara.messages.locator('bdi[dir=auto]')
  await expect(texts).toHaveCount(turning.length + 1)
  const shown = (await texts.allTextContents()).join('')
  expect(shown).not.toMatch(/[\u202d\u202e\u0000-\u0008\u000e-\u001f\u007f-\u009f\u{e0000}-\u{e007f}]/u)
  const isolation = await texts.evaluateAll((all) => all.map((one) => getComputedStyle(one).unicodeBidi))
  expect([...new Set(isolation)].every((how) => /isolate|plaintext/.test(how))).toBe(true)
  // Names too, wherever they stand.
  const loose = await sara.page.evaluate((name) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const out: string[] = []
    while (walker.nextNode() !== null) {
      const inside = walker.currentNode.parentElement
      if (!(walker.currentNode.textContent ?? '').includes(name) || inside === null) continue
      if (!/isolate|plaintext/.test(getComputedStyle(inside).unicodeBidi) && inside.closest('bdi, [dir=auto]') === null)
        out.push(`${inside.tagName} ${inside.className}`)
    }
    return out
  }, 'Eve <img')
  expect(loose).toEqual([])
  await expect(sara.page.getByText(hostileName).first()).toBeVisible()
  await expectQuiet()
})

test('T-26 combining marks: a megabyte is refused with words and stays in the field, twenty thousand do not stop the page', async () => {
  const field = sara.page.getByRole('textbox', { name: 'Message' })
  const megabyte = 'e\u0301'.repeat(350_000)
  await field.fill(megabyte)
  await field.press('Enter')
  await expect(sara.page.getByRole('alert').filter({ hasText: 'too many' })).toBeVisible()
  expect((await field.inputValue()).length).toBe(megabyte.length)
  await expect(sara.messages).toHaveCount(1)
  // Pasted, it does not come in at all, and what was there stays.
  await field.fill('what I had written')
  await field.evaluate((box, text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, megabyte)
  await expect(sara.page.getByRole('alert').filter({ hasText: 'pasted' })).toBeVisible()
  await expect(field).toHaveValue('what I had written')
  await field.fill('')

  // The gap between two turns of the page's loop, which a busy page makes long.
  await sara.page.evaluate(() => {
    const blocked: number[] = []
    let lastMs = performance.now()
    Object.assign(window, { blocked })
    setInterval(() => {
      const nowMs = performance.now()
      if (nowMs - lastMs > 50) blocked.push(nowMs - lastMs)
      lastMs = nowMs
    }, 4)
  })
  await sara.page.waitForTimeout(100)
  await sara.page.evaluate(() => {
    for (const untilMs = performance.now() + 150; performance.now() < untilMs;);
  })
  await expect
    .poll(() => sara.page.evaluate(() => (window as unknown as { blocked: number[] }).blocked.length), {
      message: 'standing still is seen',
    })
    .toBeGreaterThan(0)
  const longest: number[] = []
  for (let time = 0; time < 3; time++) {
    await sara.page.evaluate(() => ((window as unknown as { blocked: number[] }).blocked.length = 0))
    await peer.send(`${time} a${'\u0300'.repeat(19_990)}`)
    await expect(sara.messages).toHaveCount(2 + time)
    await expect(sara.messages.last()).toBeVisible()
    await sara.page.waitForTimeout(200)
    longest.push(await sara.page.evaluate(() => Math.max(0, ...(window as unknown as { blocked: number[] }).blocked)))
  }
  console.log(`  the page stood still for at most ${longest.map((ms) => Math.round(ms)).join(', ')} ms`)
  // The best of three: the others tell of the machine.
  expect(Math.min(...longest)).toBeLessThanOrEqual(500)
  const drawn = await sara.messages.locator('bdi').allTextContents()
  expect(
    drawn.filter((text) => /\p{M}{5,}/u.test(text)),
    'no more marks than a letter can carry',
  ).toEqual([])
  await expectQuiet()
})

test('T-97 names: a million characters, controls, marks and signs that turn are refused with words', async () => {
  const other = new Person('Robin', { unlock: 'passkey' })
  try {
    await other.openBrowser()
    await other.page.goto(await peer.inviteLink())
    await other.page.getByRole('button', { name: 'Continue' }).click()
    const name = other.page.getByRole('textbox', { name: 'Your name' })
    await other.page.getByRole('button', { name: 'Use a passkey' }).click()
    await other.page.evaluate(() => navigator.clipboard.writeText('n'.repeat(1_000_000)))
    await name.focus()
    await other.page.keyboard.press('Control+V')
    await expect(name).toHaveValue('n'.repeat(64))
    // The field stops there; a name that comes another way is refused all the same.
    await name.evaluate((field) => field.removeAttribute('maxlength'))
    for (const bad of [
      'n'.repeat(1_000_000),
      'Sara\u202egnp',
      'Sa\u0000ra',
      'Sa\u200bra',
      `S${'\u0300'.repeat(30)}`,
      '\u2067Sara',
    ]) {
      await name.fill(bad)
      await other.page.getByRole('button', { name: 'Join' }).click()
      await expect(
        other.page.getByRole('alert').filter({ hasText: /name/i }),
        JSON.stringify(bad.slice(0, 20)),
      ).toBeVisible()
      await name.fill('')
      await other.page.getByRole('button', { name: 'Join' }).click()
    }
    // The invite is not used up by what was refused.
    await name.fill('Robin')
    await other.page.getByRole('button', { name: 'Join' }).click()
    await other.seesChats()
    expect(other.complaints).toEqual([])
  } finally {
    await other.remove()
  }
})
