import type { WordKey } from '../words/words.tsx'

/** What this browser lacks of what Halyard cannot do without; empty when it has all. Looked at before anything starts. */
export const missingSupport = (): readonly WordKey[] => {
  const page = globalThis as unknown as Readonly<Record<string, unknown>>
  const has: readonly (readonly [WordKey, boolean])[] = [
    ['stop.old-module-worker', typeof page['Worker'] === 'function' && typeof page['BroadcastChannel'] === 'function'],
    ['stop.old-locks', 'locks' in navigator],
    [
      'stop.old-opfs',
      typeof (navigator as { readonly storage?: { readonly getDirectory?: unknown } }).storage?.getDirectory ===
        'function',
    ],
    ['stop.old-wasm', typeof page['WebAssembly'] === 'object'],
    ['stop.old-crypto', (page['crypto'] as { readonly subtle?: unknown } | undefined)?.subtle !== undefined],
    ['stop.old-css', CSS.supports('color', 'light-dark(#000, #fff)')],
    ['stop.old-bytes', typeof (Uint8Array as { readonly fromHex?: unknown }).fromHex === 'function'],
    ['stop.old-segmenter', 'Segmenter' in Intl],
  ]
  return has.flatMap(([word, present]) => (present ? [] : [word]))
}
