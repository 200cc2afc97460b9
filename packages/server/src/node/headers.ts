/** What every response carries, so that a page can do no more than it must. */
import type { ServerResponse } from 'node:http'

const policy = (script: string, style = "'self'"): string =>
  [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types app default',
  ].join('; ')

export const pagePolicy = policy("'self'")
/** The worker runs WebAssembly; the page does not. Only the worker's own script says so. */
export const workerPolicy = policy("'self' 'wasm-unsafe-eval'")
/** A page of words alone, with the style that stands in it. */
export const wordsPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const denied = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
const always: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  [
    'permissions-policy',
    [
      ...denied.map((name) => `${name}=()`),
      'publickey-credentials-create=(self)',
      'publickey-credentials-get=(self)',
    ].join(', '),
  ],
]

export const setAlways = (response: Pick<ServerResponse, 'setHeader'>, https: boolean): void => {
  for (const [name, value] of always) response.setHeader(name, value)
  if (https) response.setHeader('strict-transport-security', 'max-age=31536000')
}

/** Names with the hash of what they hold never change; the rest is asked for anew each time. */
export const cachingOf = (path: string): string =>
  /\/assets\/[^/]+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
/** The dedicated worker's entry: `worker.js`, or `worker-HASH.js` below assets. */
export const isWorkerScript = (path: string): boolean => /\/worker(?:-[A-Za-z0-9_-]+)?\.js$/.test(path)
