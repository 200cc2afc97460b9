/** What `../../vectors/read.ts` is in a browser: the test server gives the files. */
declare const halyardVectors: string
declare const halyardIsContinuousIntegration: boolean

export const vectorFolder: string = halyardVectors
export const isContinuousIntegration: boolean = halyardIsContinuousIntegration
export async function readVectors(file: string): Promise<unknown> {
  const answer = await fetch(`/@fs${vectorFolder}/${file}`)
  return answer.ok ? (answer.json() as Promise<unknown>) : undefined
}
