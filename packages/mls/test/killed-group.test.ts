import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const full = process.env['HALYARD_FULL'] === '1'
const kills = full ? 50 : 4
const messages = full ? 300 : 40

const program = join(import.meta.dirname, 'killed-group.ts')
interface Ended {
  readonly killed: boolean
  readonly said: string
}

/** Runs the group; kills it once its log has grown by so many entries, or lets it come to its end. */
const live = (file: string, growth: number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, file, String(messages)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    const from = written(file)
    const watch = setInterval(() => {
      if (written(file) >= from + growth) child.kill('SIGKILL')
    }, 1)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearInterval(watch)
      if (signal === 'SIGKILL') resolve({ killed: true, said })
      else if (code === 0) resolve({ killed: false, said })
      else reject(new Error(said))
    })
  })

const written = (file: string): number => {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return Number(database.prepare('SELECT count(*) AS n FROM log').get()?.['n'] ?? 0)
    } finally {
      database.close()
    }
  } catch {
    return 0 // not there yet, or being made
  }
}

test(`${messages} entries of one group survive ${kills} kills of its process`, { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-mls-killed-'))
  const file = join(folder, 'group.db')
  try {
    let killed = 0
    while (killed < kills) {
      const ended = await live(file, Math.max(1, Math.floor((messages - written(file)) / (kills - killed + 4))))
      expect(ended.killed, ended.said).toBe(true)
      killed++
    }
    const end = await live(file, Number.POSITIVE_INFINITY)
    expect(end.said).toMatch(/^agreed in epoch/)
    const database = new DatabaseSync(file, { readOnly: true })
    const texts = (member: string): readonly unknown[] =>
      database
        .prepare('SELECT text FROM texts WHERE member = ? ORDER BY seq')
        .all(member)
        .map((row) => row['text'])
    const all = Array.from({ length: messages }, (_, at) => at).filter((at) => at % 7 !== 0)
    for (const member of ['a', 'b', 'c']) expect(texts(member), member).toEqual(all.map((at) => `message ${at}`))
    database.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
