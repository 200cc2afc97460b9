/** Builds the page when anything it is made of has changed since it was built last. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, filesUnder, root, run, seconds } from './process.ts'

const madeOf = ['web', 'client', 'crypto', 'mls', 'keylog', 'protocol']
const stamp = join(cacheFolder, 'web-built')
const dist = join(root, 'packages/web/dist')

/** One hash over every file the page is made of. */
const sourceHash = (): string => {
  const hash = createHash('sha256')
  for (const name of madeOf) {
    const folder = join(root, 'packages', name)
    if (!existsSync(folder)) continue
    for (const path of filesUnder(folder).filter((one) => !/\.test\.tsx?$|^(?:test|e2e|bench|vectors)\//.test(one))) {
      hash
        .update(`${name}/${path}\0`)
        .update(readFileSync(join(folder, path)))
        .update('\0')
    }
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}

/** Whether the built page is there and up to date afterwards. */
export const buildPage = async (): Promise<boolean> => {
  const now = sourceHash()
  if (existsSync(join(dist, 'index.html')) || existsSync(join(dist, 'chat.html'))) {
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return true
  }
  console.log('Building the page (once after each change) …')
  const startedMs = performance.now()
  const { code } = await run('npm', ['run', 'build', '--silent', '-w', '@halyard/web'])
  if (code !== 0) {
    console.error('The page could not be built. What went wrong stands above.')
    return false
  }
  mkdirSync(cacheFolder, { recursive: true })
  writeFileSync(stamp, now)
  console.log(`  built in ${seconds(startedMs)}.`)
  return true
}

if (import.meta.main && !(await buildPage())) process.exitCode = 1
