/** Why a start (or a running server) ends, in one plain sentence for the operator. */
export class StartRefusal extends Error {
  override readonly name = 'StartRefusal'
}

/** Node's name of a system error, such as `EACCES`. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
