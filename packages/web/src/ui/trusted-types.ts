/**
 * The only Trusted Types policies of the page. `app` makes addresses of our own scripts (`/assets/*`, `/sw.js`) and nothing
 * else; `default` lets the empty string through, which libraries set to clear an element, and nothing else.
 */
interface Policy {
  createScriptURL(url: string): unknown
}
interface PolicyRules {
  readonly createHTML?: (text: string) => string | undefined
  readonly createScript?: (text: string) => string | undefined
  readonly createScriptURL?: (url: string) => string | undefined
}
interface PolicyFactory {
  createPolicy(name: string, rules: PolicyRules): Policy
}

const ownScript = /^\/(?:assets\/[\w.-]+\.js|sw\.js)$/
/** The development server serves sources under their own paths; a build has no such branch. */
const developmentScript = /^\/(?:src|test|@fs)\/[\w./@?=&-]+$/

const isOwnScript = (url: string): boolean =>
  ownScript.test(url) || (import.meta.env.DEV && developmentScript.test(url))

const factory = (globalThis as { readonly trustedTypes?: PolicyFactory }).trustedTypes
const onlyEmpty = (text: string): string | undefined => (text === '' ? '' : undefined)
factory?.createPolicy('default', { createHTML: onlyEmpty, createScript: onlyEmpty, createScriptURL: onlyEmpty })
const app = factory?.createPolicy('app', { createScriptURL: (url) => (isOwnScript(url) ? url : undefined) })

/** The address of one of our own scripts, as the browser wants it. Anything else is a bug and throws. */
export const scriptUrl = (url: string): string => {
  if (!isOwnScript(url)) throw new Error('not a script of ours')
  // Where Trusted Types are enforced the value must stay the policy's own object.
  return (app === undefined ? url : app.createScriptURL(url)) as string
}
