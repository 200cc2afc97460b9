/** `node make-format-1.ts FOLDER`: writes a device's database as the first format has it, for the migration test. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createStage, send } from './attacks/stage.ts'

const { world, ava, ben, withBen, withAva } = await createStage(1)
await send(ava, withBen, 'from the first format')
await send(ben, withAva, 'and back')
await world.time.run(10_000)
for (const person of [ava, ben]) await person.quit()
const { key, disk } = ava.profile()
const files = Object.fromEntries([...disk].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]))
const stored = JSON.stringify({ key: Buffer.from(key).toString('base64'), nowMs: world.time.nowMs(), withBen, files })
writeFileSync(join(process.argv[2] ?? '.', 'device-format-1.json.gz'), gzipSync(stored, { level: 9 }))
process.exit(0)
