/** Four people in groups, some of them away, a server that is set back in the midst of it: in the end all hear each other. */
import { expect, test } from 'vitest'
import { accountOf, alarms, finish, invite, send, texts } from '../src/attacks/stage.ts'
import { alone, goOn, keepBeginning } from '../src/beginning.ts'
import type { Beginning } from '../src/beginning.ts'
import { memberOf } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { createWorld } from '../src/world.ts'
import type { World } from '../src/world.ts'

/** `.ci/run` lives many more. */
const worlds = process.env['HALYARD_FULL'] === '1' ? 60 : 6

test.each(Array.from({ length: worlds }, (_, index) => index + 1))(
  'T-12 whatever was said and changed since the copy, and whoever was away (seed %i): all who are in a group hear each other in the end',
  async (seed) => {
    const world = await createWorld(seed)
    const { people } = await goOn(world, await (met ??= meet()))
    const play = createPlay(
      world,
      people.flatMap(({ devices }) => devices),
    )
    await play.createGroup()
    await play.some(6)
    const copy = world.serverDatabase().serialize()
    await play.some(8)
    world.restoreServer(copy, true)
    await play.some(4)
    await play.allCome()
    // Whoever has missed a change sees it by what others write, and is let in; some of that is missing to them.
    await play.everybodySays('wakes')
    await world.time.run(600_000)
    await play.everybodySays('end')
    await world.time.run(20_000)
    expect([...play.faults(), ...world.faults]).toEqual([])
  },
)

let met: Promise<Beginning> | undefined
const meet = async (): Promise<Beginning> => {
  const world = await createWorld(5)
  const ava = world.addPerson('Ava')
  await finish(world, ava.setUp(world.setupToken, 'Northwind'))
  const all = [ava]
  for (const name of ['Ben', 'Cy', 'Dee']) all.push(await invite(world, ava, name))
  await world.time.run(20_000)
  return keepBeginning(world, all.map(alone))
}

const createPlay = (world: World, all: readonly Person[]) => {
  const { prng, time } = world
  const chats: string[] = []
  const there = new Set(all)
  let count = 0

  const isIn = (person: Person, chatId: string): boolean =>
    there.has(person) && memberOf(person).query('conversation', { chatId })?.exists === true
  const inside = (chat: string): readonly Person[] => all.filter((person) => isIn(person, chat))
  /** Somebody who is there, in a group. */
  const drawn = (): { readonly person: Person; readonly chatId: string } | undefined => {
    const chatId = chats.length === 0 ? '' : prng.pick(chats)
    const who = inside(chatId)
    return who.length === 0 ? undefined : { person: prng.pick(who), chatId }
  }

  const createGroup = async (): Promise<void> => {
    const maker = prng.pick([...there])
    const people = all.filter((one) => one !== maker && prng.chance(0.7)).map(accountOf)
    if (people.length === 0) return
    const making = memberOf(maker).commands.createGroup({ kind: 'group', title: 'Crew', people })
    const made = await finish(world, making, 8_000)
    if (made.ok) chats.push(made.value)
  }
  const say = async (): Promise<void> => {
    const who = drawn()
    // Refused while this one waits to be let in again.
    if (who !== undefined) await send(who.person, who.chatId, `${count++}`).catch(() => undefined)
  }
  const rename = async (): Promise<void> => {
    const who = drawn()
    if (who === undefined) return
    await memberOf(who.person).commands.renameGroup({ chatId: who.chatId, title: `Crew ${count++}` })
  }
  const add = async (): Promise<void> => {
    const who = drawn()
    if (who === undefined) return
    await memberOf(who.person).commands.addPeople({ chatId: who.chatId, people: [accountOf(prng.pick(all))] })
  }
  const comeOrGo = async (): Promise<void> => {
    const person = prng.pick(all)
    if (!there.has(person)) {
      there.add(person)
      await person.start()
    } else if (there.size > 1) {
      there.delete(person)
      await person.quit()
    }
  }

  return {
    createGroup,
    async some(deeds: number) {
      for (let done = 0; done < deeds; done++) {
        await prng.pick([say, say, say, rename, add, comeOrGo, createGroup])()
        await time.run(2_000 + prng.below(6_000))
      }
    },
    async allCome() {
      for (const person of all) if (!there.has(person)) await person.start()
      for (const person of all) there.add(person)
      await time.run(120_000)
    },
    async everybodySays(word: string) {
      for (const chat of chats) {
        for (const person of inside(chat)) {
          await send(person, chat, `${word} ${person.name}`).catch(() => undefined)
          await time.run(3_000)
        }
      }
    },
    faults: (): readonly string[] => [
      ...chats.flatMap((chat, index) =>
        inside(chat).flatMap((person) => {
          const heard = texts(person, chat).filter((text) => text.startsWith('end '))
          const wanted = inside(chat).map(({ name }) => `end ${name}`)
          return same(heard, wanted) ? [] : [`${index}: ${person.name} hears ${heard.join()} of ${wanted.join()}`]
        }),
      ),
      ...all.flatMap((person) => {
        const others = alarms(person).filter((kind) => kind !== 'server-restored' && kind !== 'messages-missing')
        return others.length === 0 && person.stopped() === undefined ? [] : [`${person.name}: ${others.join()}`]
      }),
    ],
  }
}
const same = (heard: readonly string[], wanted: readonly string[]): boolean =>
  JSON.stringify([...heard].sort()) === JSON.stringify([...wanted].sort())
