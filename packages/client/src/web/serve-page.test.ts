import { expect, test, vi } from 'vitest'
import type { Clock } from '../core/ports.ts'
import type { OwnerMessage } from './messages.ts'
import type { Port } from './port.ts'
import { servePage } from './serve-page.ts'
import type { Served } from './serve-page.ts'

const createScene = () => {
  let nowMs = 1000
  let timers: { readonly atMs: number; readonly fire: () => void }[] = []
  const clock: Clock = {
    nowMs: () => nowMs,
    setTimer(afterMs, fire) {
      const timer = { atMs: nowMs + afterMs, fire }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
  }
  const said: OwnerMessage[] = []
  const port: Port = { postMessage: (message) => said.push(message as OwnerMessage), onmessage: null, close: vi.fn() }
  const served = {
    call: vi.fn(async () => 'done' as unknown),
    read: vi.fn((query: string) => ({ value: `${query} at ${nowMs}` })) as unknown as Served['read'],
    topicOf: vi.fn((query: string) => query),
    activity: vi.fn(),
    misbehaved: vi.fn(),
    gone: vi.fn(),
  }
  const page = servePage(port, served, clock)
  return {
    page,
    port,
    said,
    served,
    hear: (data: unknown) => port.onmessage?.({ data } as MessageEvent),
    advance(ms: number) {
      const endMs = nowMs + ms
      for (;;) {
        const due = timers.filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0]
        if (due === undefined) break
        timers = timers.filter((each) => each !== due)
        nowMs = Math.max(nowMs, due.atMs)
        due.fire()
      }
      nowMs = endMs
    },
    values: () => said.filter((each) => each.kind === 'value').length,
  }
}

test('a watched query is read at once and after changes of its topic, at most once per frame', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(0)
  expect(scene.values()).toBe(1)
  for (let index = 0; index < 100; index++) {
    scene.page.changed(new Set(['chats']))
    scene.advance(1)
  }
  expect(scene.values()).toBeGreaterThan(4)
  expect(scene.values()).toBeLessThanOrEqual(1 + 100 / 16 + 1)
  const before = scene.values()
  scene.advance(50)
  scene.page.changed(new Set(['alarms']))
  scene.advance(50)
  expect(scene.values()).toBeLessThanOrEqual(before + 1)
})

test('the last change is never lost', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(0)
  scene.page.changed(new Set(['chats']))
  scene.advance(3)
  scene.page.changed(new Set(['chats']))
  scene.advance(16)
  expect(scene.said.at(-1)).toMatchObject({ kind: 'value', id: 1, value: 'chats at 1016' })
})

test('after a pause a change is shown at once', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(1000)
  scene.page.changed(new Set(['chats']))
  scene.advance(0)
  expect(scene.values()).toBe(2)
})

test('an ended watch is silent, also about the change that waits for its frame', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(100)
  scene.page.changed('all')
  scene.page.changed('all')
  expect(scene.values()).toBe(2)
  scene.hear({ kind: 'unwatch', id: 1 })
  scene.advance(100)
  scene.page.changed('all')
  scene.advance(100)
  expect(scene.values()).toBe(2)
})

test('a new watch is answered at once, also within the frame of the last change', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(100)
  scene.page.changed('all')
  scene.hear({ kind: 'watch', id: 2, query: 'alarms' })
  expect(scene.said.at(-1)).toMatchObject({ kind: 'value', id: 2 })
})

test('a change is shown before the work that follows it; its rows have a frame to themselves, the rest the next', () => {
  const scene = createScene()
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.hear({ kind: 'watch', id: 2, query: 'timeline', parameters: { chatId: 'me', around: 'end', limit: 1 } })
  scene.advance(100)
  scene.page.changed('all')
  expect(scene.said.at(-1)).toMatchObject({ id: 2 })
  const saidBefore = scene.said.length
  scene.advance(15)
  expect(scene.said).toHaveLength(saidBefore)
  scene.advance(1)
  expect(scene.said.slice(saidBefore)).toMatchObject([{ id: 1 }])
  // Without a pause before it, all come together, once per frame.
  scene.advance(1)
  scene.page.changed('all')
  scene.advance(15)
  expect(scene.said.slice(-2)).toMatchObject([{ id: 2 }, { id: 1 }])
})

test('a query with nothing to show says nothing', () => {
  const scene = createScene()
  scene.served.read = () => undefined
  scene.hear({ kind: 'watch', id: 1, query: 'chats' })
  scene.advance(100)
  expect(scene.said).toEqual([])
})

test('a call is answered, a failing one without its words', async () => {
  const scene = createScene()
  scene.hear({ kind: 'call', id: 7, command: 'lock' })
  await vi.waitFor(() => expect(scene.said).toEqual([{ kind: 'result', id: 7, value: 'done' }]))
  scene.served.call.mockRejectedValueOnce(new Error('secret words'))
  scene.hear({ kind: 'call', id: 8, command: 'lock' })
  await vi.waitFor(() => expect(scene.said).toHaveLength(2))
  expect(scene.said[1]).toEqual({ kind: 'failed', id: 8 })
})

test('what is not understood is counted, answered when it has a number, and runs nothing', () => {
  const scene = createScene()
  for (const nonsense of [undefined, null, 1, 'x', [], { kind: 'call', id: 3, command: 'eval', request: 'x' }])
    scene.hear(nonsense)
  expect(scene.served.misbehaved).toHaveBeenCalledTimes(6)
  expect(scene.served.call).not.toHaveBeenCalled()
  expect(scene.said).toEqual([{ kind: 'failed', id: 3 }])
})

test('more calls or watches at once than a page can mean are refused', () => {
  const scene = createScene()
  scene.served.call.mockImplementation(() => new Promise(() => {}))
  for (let id = 0; id < 2500; id++) scene.hear({ kind: 'call', id, command: 'lock' })
  expect(scene.served.call).toHaveBeenCalledTimes(2000)
  for (let id = 0; id < 600; id++) scene.hear({ kind: 'watch', id, query: 'chats' })
  expect(scene.served.topicOf).toHaveBeenCalledTimes(500)
  expect(scene.served.misbehaved).toHaveBeenCalledTimes(600)
})

test('after a restart answers to what was asked before are dropped, and there is room for new calls', async () => {
  const scene = createScene()
  let answer: (value: unknown) => void = () => {}
  scene.served.call.mockImplementation(() => new Promise((resolve) => (answer = resolve)))
  for (let id = 0; id < 2000; id++) scene.hear({ kind: 'call', id, command: 'lock' })
  const old = answer
  scene.page.restarted()
  scene.hear({ kind: 'call', id: 2001, command: 'lock' })
  old('old')
  answer('new')
  await vi.waitFor(() =>
    expect(scene.said).toEqual([{ kind: 'restarted' }, { kind: 'result', id: 2001, value: 'new' }]),
  )
})

test('ping, activity, bye', () => {
  const scene = createScene()
  scene.hear({ kind: 'ping', id: 4 })
  expect(scene.said).toEqual([{ kind: 'pong', id: 4 }])
  scene.hear({ kind: 'activity' })
  expect(scene.served.activity).toHaveBeenCalledOnce()
  scene.hear({ kind: 'bye' })
  scene.hear({ kind: 'ping', id: 5 })
  expect(scene.served.gone).toHaveBeenCalledOnce()
  expect(scene.port.close).toHaveBeenCalledOnce()
  expect(scene.said).toHaveLength(1)
})
