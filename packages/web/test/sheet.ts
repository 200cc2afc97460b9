import type { Browser } from '@playwright/test'

const maxBytes = 500 * 1024

/** Both pictures at the same height on one page; scaled down until the file is small enough. */
export const sideBySide = async (
  browser: Browser,
  mock: Buffer | undefined,
  product: Buffer,
  phone: boolean,
): Promise<Buffer> => {
  for (let width = phone ? 420 : 960; ; width = Math.floor(width * 0.85)) {
    const page = await browser.newPage({
      viewport: { width: mock === undefined ? width : 2 * width + 12, height: 100 },
    })
    const image = (bytes: Buffer): string =>
      `<img width=${width} src="data:image/png;base64,${bytes.toString('base64')}">`
    await page.setContent(
      `<body style="margin:0;background:#888;display:flex;gap:12px;align-items:flex-start">${mock === undefined ? '' : image(mock)}${image(product)}`,
    )
    await page
      .locator('img')
      .last()
      .evaluate((img) => (img as HTMLImageElement).decode())
    const sheet = await page.screenshot({ fullPage: true })
    await page.close()
    if (sheet.length <= maxBytes) return sheet
  }
}
