/** Sets a real server up over its socket and fills it with people who have joined by invites. */
import { WebSocket } from 'ws'
import { socketPath, subprotocol } from '@halyard/protocol'
import { createInvite, found, joinBy } from '../people.ts'
import type { Founded, Person } from '../people.ts'
import { createTalk } from '../talk.ts'
import type { Talk } from '../talk.ts'
import { originOf } from './where.ts'
import type { Where } from './where.ts'

export interface SocketTalk {
  readonly talk: Talk
  readonly close: () => void
  /** Reads nothing more from the network. */
  readonly pause: () => void
  /** Waits until the other side has let go of a paused connection. */
  readonly dropped: () => Promise<boolean>
}
export const talkTo = (where: Where): Promise<SocketTalk> =>
  new Promise((resolve, reject) => {
    const origin = originOf(where)
    const reached = typeof where === 'number' ? `http://127.0.0.1:${where}` : origin
    const socket = new WebSocket(`${reached.replace(/^http/, 'ws')}${socketPath}`, subprotocol, {
      headers: { origin, host: new URL(origin).host },
    })
    const pipe = createTalk((frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame)
    })
    socket.on('message', (data: Buffer) => pipe.receive(new Uint8Array(data)))
    socket.on('close', (code) => pipe.closed(code))
    socket.on('error', reject)
    socket.on('open', () =>
      resolve({
        talk: pipe.talk,
        close: () => socket.terminate(),
        pause: () => socket.pause(),
        dropped: () => gone(socket),
      }),
    )
  })

export const signIn = async (where: Where, person: Person): Promise<SocketTalk> => {
  const there = await talkTo(where)
  const result = await there.talk.logIn(person, originOf(where))
  if (!result.ok) throw new Error(`log-in was refused: ${result.code}`)
  return there
}

export interface Peopled {
  readonly net: Founded
  readonly people: readonly Person[]
}

/** The founder and `count` - 1 others. Each person invites a few, so that nobody's pace is exceeded. */
export const people = async (where: Where, setupToken: string, count: number): Promise<Peopled> => {
  const net = found()
  const setter = await talkTo(where)
  await setter.talk.must('set-up', {
    token: setupToken,
    networkLinks: net.networkLinks,
    accountLink: first(net.founder),
  })
  setter.close()
  const all: Person[] = [net.founder]
  for (const inviter of all) {
    if (all.length >= count) break
    const { talk, close } = await signIn(where, inviter)
    // One for these few: a connection on which nobody signs in is not kept for as long as thousands take.
    const stranger = await talkTo(where)
    for (let invited = 0; invited < 30 && all.length < count; invited++) {
      const invite = createInvite(net, inviter)
      await talk.must('create-invite', { locator: invite.locator, record: invite.record })
      const person = joinBy(net.founder.network, invite)
      await stranger.talk.must('join', { locator: invite.locator, accountLink: first(person) })
      all.push(person)
    }
    close()
    stranger.close()
  }
  return { net, people: all }
}

export const first = (person: Person) => {
  const [link] = person.links
  if (link === undefined) throw new Error('a person without a link')
  return link
}

/** A paused socket hears of its end only by writing to it. */
const gone = async (socket: WebSocket): Promise<boolean> => {
  for (let tries = 0; tries < 500; tries++) {
    if (socket.readyState !== WebSocket.OPEN) return true
    socket.ping(undefined, undefined, () => undefined)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}
