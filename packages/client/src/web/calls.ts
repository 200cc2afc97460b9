/** The commands a page has asked for and has no answer to yet, across owners. */
import { refuse } from '@halyard/protocol'
import type { Commands } from '../core/api.ts'
import type { PageMessage } from './messages.ts'

export interface Calls {
  /** Waits for an owner when there is none. */
  add(command: keyof Commands, request: unknown): Promise<unknown>
  /** A new owner: what it may safely be asked again is asked, the rest answered as cut off. */
  attach(send: (message: PageMessage, transfer: Transferable[]) => void): void
  detach(): void
  settle(id: number, value: unknown): void
  fail(id: number): void
  /** Nobody will answer: everything was locked. */
  cutOff(): void
}

interface Call {
  readonly command: keyof Commands
  readonly request: unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  isSent: boolean
}

/**
 * The same twice is the same as once: `send` by its key; the others set what they set. Not so for setting up, joining,
 * unlocking (its secret is gone from here) and inviting: a person repeats those.
 */
const repeatable: ReadonlySet<keyof Commands> = new Set([
  'previewInvite',
  'previewRecovery',
  'readRecoveryKey',
  'lock',
  'rate',
  'suggestPassphrase',
  'open',
  'send',
  'retry',
  'discard',
  'markRead',
  'addPeople',
  'removePerson',
  'renameGroup',
  'setPicture',
  'setModerator',
  'leaveGroup',
  'cancelAddThisDevice',
  'refuseDevice',
  'removeDevice',
  'nameDevice',
  'setDraft',
  'setMuted',
  'typing',
  'acknowledgeAlarm',
  'changeSettings',
])
const silent: ReadonlySet<keyof Commands> = new Set(['lock', 'markRead', 'setDraft', 'typing', 'acknowledgeAlarm'])
const waitingMax = 1000

export const createCalls = (): Calls => {
  const calls = new Map<number, Call>()
  let send: ((message: PageMessage, transfer: Transferable[]) => void) | undefined
  let nextId = 1

  const ask = (id: number, call: Call): void => {
    if (send === undefined) return
    const { request, transfer } = withMovedSecret(call.request)
    call.isSent = true
    send({ kind: 'call', id, command: call.command, request }, transfer)
  }

  const cutOff = (id: number, { command, resolve, reject }: Call): void => {
    calls.delete(id)
    if (silent.has(command)) resolve(undefined)
    else if (command === 'rate' || command === 'suggestPassphrase') reject(new Error('the command was cut off'))
    else resolve(refuse('offline'))
  }

  return {
    add: (command, request) =>
      new Promise((resolve, reject) => {
        if (calls.size >= waitingMax) return reject(new Error('too many commands wait'))
        const id = nextId++
        const call: Call = { command, request, resolve, reject, isSent: false }
        calls.set(id, call)
        ask(id, call)
      }),
    attach(sendToOwner) {
      send = sendToOwner
      for (const [id, call] of [...calls]) {
        if (!call.isSent || repeatable.has(call.command)) ask(id, call)
        else cutOff(id, call)
      }
    },
    detach() {
      send = undefined
    },
    settle(id, value) {
      calls.get(id)?.resolve(value)
      calls.delete(id)
    },
    fail(id) {
      calls.get(id)?.reject(new Error('the command failed'))
      calls.delete(id)
    },
    cutOff() {
      for (const [id, call] of [...calls]) cutOff(id, call)
    },
  }
}

/** A PRF output is moved into the message and cleared here: the page keeps no copy. */
const withMovedSecret = (request: unknown): { readonly request: unknown; readonly transfer: Transferable[] } => {
  if (!isRecord(request)) return { request, transfer: [] }
  const inside = request['unlock']
  if (isRecord(inside)) {
    const moved = withMovedSecret(inside)
    return { request: { ...request, unlock: moved.request }, transfer: moved.transfer }
  }
  const output = request['prfOutput']
  if (!(output instanceof Uint8Array)) return { request, transfer: [] }
  const copy = Uint8Array.from(output)
  output.fill(0)
  return { request: { ...request, prfOutput: copy }, transfer: [copy.buffer] }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
