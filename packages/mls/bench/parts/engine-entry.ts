/** What a page takes of the engine. */
export * from '../../src/index.ts'
export { webProvider } from '../../src/providers/web.ts'
