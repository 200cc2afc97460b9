/** Reads vector files. In a browser `../test/browser/read.ts` stands in its place. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the vector files are: HALYARD_VECTORS, or beside the repository. */
export const vectorFolder: string =
  process.env['HALYARD_VECTORS'] ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

/** The parsed file; undefined when it is not there. */
export async function readVectors(file: string): Promise<unknown> {
  const path = `${vectorFolder}/${file}`
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined
}

/** In continuous integration no file may be missing. */
export const isContinuousIntegration: boolean = process.env['CI'] !== undefined
