/** In a browser the README's example runs on what the browser brings. */
export { webProvider as nodeProvider } from '../../src/providers/web.ts'
