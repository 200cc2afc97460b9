/** In every environment Halyard runs in, though not in the ECMAScript library of the compiler. */
declare class TextEncoder {
  encode(value: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean })
  decode(value: Uint8Array): string
}
