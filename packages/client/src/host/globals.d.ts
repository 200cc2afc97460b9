/** What a host lends in browsers and in Node alike; the core is lent it through its ports instead. */
type Timer = { readonly timer: unique symbol }
declare function setTimeout(fire: () => void, afterMs: number): Timer
declare function clearTimeout(timer: Timer): void
declare class URL {
  constructor(url: string, base: string)
  protocol: string
  readonly href: string
}
