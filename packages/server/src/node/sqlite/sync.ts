/** The ports as SQLite fulfils them: every method answers at once. */
export type Sync<T> = {
  [K in keyof T]: T[K] extends (...parameters: infer P) => infer R ? (...parameters: P) => Awaited<R> : never
}
