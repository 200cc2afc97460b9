/** The life of one connection: hello, requests in order, answers when they are durable, an end with a reason. */
import {
  closeCodes,
  commands,
  decode,
  decodeFrame,
  encode,
  encodeFrame,
  isCommandName,
  limits,
  protocolVersion,
  refuse,
} from '@halyard/protocol'
import type { Answer, CommandName, Frame, Refusal, Result, Schema } from '@halyard/protocol'
import { bounds } from './bounds.ts'
import { createBoundedMap } from './bounded-map.ts'
import { createBucket } from './buckets.ts'
import type { Act, Core, Session } from './core.ts'
import { eventFrame } from './delivery/fan-out.ts'
import { handlers } from './handlers.ts'
import type { Connection, Outputs } from './ports.ts'

export const openSession = (
  core: Core,
  outputs: Outputs,
  fail: (error: unknown) => void,
  closed: (session: Session) => void,
): Connection & { readonly session: Session } => {
  const session = createSession(core, outputs, closed)
  const requests = createBucket(bounds.requestsBurst, bounds.requestsPerSecond)
  const bytes = createBucket(bounds.bytesBurst, bounds.bytesPerSecond)
  let pending = 0
  let pendingBytes = 0
  let malformed = 0
  let overspeed = 0
  /** Resolves when the act of the newest request has started. */
  let order: Promise<unknown> = Promise.resolve()

  const answer = (id: number, name: CommandName, result: Result<Answer<CommandName>>): void => {
    if (!result.ok) return refuseTo(id, name, result)
    const frame = encodeFrame({
      kind: 'answer',
      id,
      body: encode(commands[name].answer as Schema<unknown>, result.value),
    })
    if (frame.length > limits.frameMaxBytes) return refuseTo(id, name, refuse('frame-too-large'))
    core.outcome(name, 'ok')
    session.send(frame)
  }
  const refuseTo = (id: number, name: CommandName | 'unknown', refusal: Refusal): void => {
    core.outcome(name, refusal.code)
    session.send(encodeFrame({ kind: 'refusal', id, code: refusal.code, waitMs: refusal.waitMs }))
  }

  const tooFast = (size: number): Refusal | undefined => {
    const nowMs = core.clock.nowMs()
    const waitMs = requests.take(nowMs)
      ? bytes.take(nowMs, size)
        ? 0
        : bytes.waitMs(nowMs, size)
      : requests.waitMs(nowMs)
    if (waitMs === 0 && pending < bounds.pendingRequestsMax && pendingBytes + size <= bounds.pendingMaxBytes)
      return undefined
    core.count('rate-limited')
    if (++overspeed > bounds.overspeedMax) session.close(closeCodes.busy)
    return refuse('rate-limited', Math.max(waitMs, 50))
  }
  const handle = async (
    frame: Frame & { readonly kind: 'request' },
    name: CommandName,
    size: number,
  ): Promise<void> => {
    const request = decode(commands[name].request as Schema<unknown>, frame.body)
    if (request === undefined) {
      core.count('body-malformed')
      refuseTo(frame.id, name, refuse('frame-malformed'))
      if (++malformed > bounds.malformedMax) session.close(closeCodes.malformed)
      return
    }
    pending++
    pendingBytes += size
    const checking = Promise.resolve(
      (handlers[name] as (core: Core, session: Session, request: unknown) => Refusal | Act<CommandName>)(
        core,
        session,
        request,
      ),
    )
    // A check that fails while others are ahead is looked at in its turn.
    checking.catch(() => undefined)
    const before = order
    const started = Promise.withResolvers<undefined>()
    order = started.promise
    try {
      await before
      const act = await checking
      let acting: ReturnType<Act<CommandName>>
      if (typeof act !== 'function') acting = act
      else if (session.ended) return
      else acting = act()
      started.resolve(undefined)
      answer(frame.id, name, await acting)
    } finally {
      started.resolve(undefined)
      pending--
      pendingBytes -= size
    }
  }
  const receive = async (bytesIn: Uint8Array): Promise<void> => {
    if (session.ended) return
    core.count('frames')
    const maxBytes = session.member === undefined ? limits.frameBeforeLoginMaxBytes : limits.frameMaxBytes
    if (bytesIn.length > maxBytes) {
      core.count('frame-too-large')
      return session.close(closeCodes.malformed)
    }
    const frame = decodeFrame(bytesIn, maxBytes)
    if (frame?.kind !== 'request') {
      core.count('frame-malformed')
      return session.close(closeCodes.malformed)
    }
    const limited = tooFast(bytesIn.length)
    // A name that is none of ours is not repeated anywhere.
    const name = isCommandName(frame.command) ? frame.command : 'unknown'
    if (limited !== undefined) return refuseTo(frame.id, name, limited)
    if (name === 'unknown') {
      core.count('command-unknown')
      return refuseTo(frame.id, name, refuse('command-unknown'))
    }
    if (commands[name].signedIn && session.member === undefined)
      return refuseTo(frame.id, name, refuse('login-required'))
    await handle(frame, name, bytesIn.length)
  }

  return {
    session,
    // A bug or a dead store ends the process; nobody here goes on after it.
    receive: (frame) => receive(frame).catch(fail),
    closed: () => session.drop(),
    signedIn: () => session.member !== undefined,
  }
}

const createSession = (
  core: Core,
  outputs: Outputs,
  closed: (session: Session) => void,
): Session & { drop(): void } => {
  let nonce: Uint8Array | undefined = core.random(32)
  let ended = false
  const drop = (): void => {
    if (ended) return
    ended = true
    core.fanOut.leave(session)
    closed(session)
  }
  const session: Session & { drop(): void } = {
    outputs,
    member: undefined,
    sent: createBoundedMap<number>(bounds.sentCacheMax),
    repairs: new Map(),
    guesses: createBucket(bounds.guessesPerConnectionMax, bounds.guessesPerConnectionMax / 600),
    whispers: createBucket(bounds.whispersBurst, bounds.whispersPerSecond),
    get ended() {
      return ended
    },
    takeNonce() {
      const taken = nonce
      nonce = undefined
      return taken
    },
    send(frame) {
      if (!ended) outputs.send(frame)
    },
    end(code, closeCode) {
      session.send(eventFrame('ended', { code }))
      session.close(closeCode)
    },
    close(code) {
      if (ended) return
      drop()
      outputs.close(code)
    },
    drop,
  }
  outputs.send(eventFrame('hello', { version: protocolVersion, nonce, serverTimeMs: core.clock.nowMs() }))
  return session
}
