/** Where the built page lies, for the server that serves it; nothing of the page itself is importable. */
export const distFolder: URL = new URL('../dist/', import.meta.url)
