import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mutants } from '../src/mutants.ts'

const plant = (index: number): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../src/sabotage.ts', import.meta.url)), String(index)],
      { stdio: 'ignore', timeout: 60_000 },
    )
    child.on('exit', (code) => resolve(code ?? 1))
  })

test('planted bugs are found', { timeout: 180_000 }, async () => {
  const missed: string[] = []
  const queue = [...mutants.keys()]
  const work = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const code = await plant(index)
      if (code !== 0) missed.push(`${mutants[index]?.name ?? ''} (${code})`)
    }
  }
  await Promise.all([work(), work()])
  process.stdout.write(`${mutants.length - missed.length} caught of ${mutants.length}\n`)
  expect(missed).toEqual([])
})
