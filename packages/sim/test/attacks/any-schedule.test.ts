/** A server that forwards as it likes: anything may be dropped, doubled, late or in another order, and nothing else. */
import { expect, test } from 'vitest'
import { alarms, createStage, send, texts, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Prng } from '../../src/prng.ts'

const shuffled = <T>(items: readonly T[], prng: Prng): readonly T[] =>
  items
    .map((item) => ({ item, at: prng.below(1_000_000) }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)

/** Rows, lists of rows and answers about rows, each by chance. */
const disturb = ({ evil, world }: Stage): void => {
  const prng = world.prng.fork('schedule')
  evil.onEvent('row', (value, who) => {
    for (let again = prng.below(3); again > 0; again--)
      world.time.at(1 + prng.below(20_000), () => evil.tell(who, 'row', value), 'server')
    return prng.chance(0.4) ? 'drop' : { pass: value }
  })
  evil.onAnswer('fetch-rows', (answer) => {
    if (prng.chance(0.1)) return 'drop'
    const entries = shuffled(answer.entries, prng).slice(0, 1 + prng.below(answer.entries.length + 1))
    return { pass: { entries: [...entries, ...entries.slice(0, 1)], more: answer.more || prng.chance(0.3) } }
  })
  evil.onAnswer('append', (answer) => (prng.chance(0.2) ? 'drop' : { pass: answer }))
  evil.onAnswer('list-conversations', (answer) => ({ pass: { ...answer, items: shuffled(answer.items, prng) } }))
}

/** `.ci/run` tries many more. */
const schedules = process.env['HALYARD_FULL'] === '1' ? 60 : 6

test.each(Array.from({ length: schedules }, (_, index) => 201 + index))(
  'T-12 whatever is dropped, doubled, delayed and reordered (%i): each message once, in its author’s order, and all is well in the end',
  async (seed) => {
    const stage = await createStage(seed)
    const { world, evil, ava, ben, withBen, withAva } = stage
    disturb(stage)
    const wrote: string[] = []
    for (let index = 0; index < 6; index++) {
      await send(ava, withBen, `a${index}`)
      await send(ben, withAva, `b${index}`)
      wrote.push(`a${index}`, `b${index}`)
      await world.time.run(world.prng.below(6_000))
      if (world.prng.chance(0.3)) {
        await ben.quit()
        await ben.start()
      }
      for (const [person, chat] of [
        [ava, withBen],
        [ben, withAva],
      ] as const) {
        const shown = texts(person, chat)
        expect(new Set(shown).size, 'nothing is shown twice').toBe(shown.length)
        for (const text of shown) expect(wrote).toContain(text)
      }
    }
    await world.time.run(30_000)
    evil.turnHonest()
    await world.time.run(90_000)
    expect([...texts(ava, withBen)].sort()).toEqual([...wrote].sort())
    expect(texts(ben, withAva)).toEqual(texts(ava, withBen))
    for (const author of ['a', 'b']) {
      const own = texts(ava, withBen).filter((text) => text.startsWith(author))
      expect(own).toEqual([...own].sort())
    }
    for (const row of textRows(ava, withBen).filter(({ own }) => own)) expect(row.state).toBe('delivered')
    expect([...alarms(ava), ...alarms(ben)]).toEqual([])
    expect(world.faults).toEqual([])
  },
)
