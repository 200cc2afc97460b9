/** What an opened payload does: texts, names, keys, receipts. Called inside a draft; everything lands in one transaction. */
import {
  content as contentSchema,
  decode,
  equal,
  payload as payloadSchema,
  protocolVersion,
  toHex,
} from '@halyard/protocol'
import type { Content, Entry, Payload, Row } from '@halyard/protocol'

import { isOwner, sha256 } from '@halyard/crypto'
import { keepHanded, nameDevice } from '../devices/device-store.ts'
import { shownName } from '../directory/names.ts'
import type { Database } from '../ports.ts'
import { keepStateKey, noteHead } from '../state/keys.ts'
import { advanceAuthor } from './authors.ts'
import { givesReceipts, takeReceipts } from './receipts.ts'
import { addNotice, addText, firstSight, payloadKey, positionOf } from './timeline.ts'
import { hasMember } from './group.ts'
import type { Group } from './group.ts'
import { mentions } from './mentions.ts'
import { saneRanges } from './ranges.ts'
import type { Draft, Engine, Touch } from './engine.ts'

/** Written this long before it reached the log: shown with its own time and "delivered late". */
const lateAfterMs = 3600_000

/** Takes the bytes that a member sealed in this row. The row's sender is already known to be the MLS sender. */
export const takePayload = (engine: Engine, draft: Draft, row: Row, entry: Entry, bytes: Uint8Array): void => {
  const value = decode(payloadSchema, bytes)
  if (
    value === undefined ||
    value.version !== protocolVersion ||
    !equal(value.account, row.account) ||
    !equal(value.device, row.device)
  ) {
    return engine.context.count('payload')
  }
  compareHeads(engine, draft, value)
  if (value.body.kind === 'passing') return takeReceipts(engine, draft, value)
  const { body } = value
  const { group } = draft
  const { conversation, chat, base } = group
  const at = { position: positionOf(base, entry.seq), timeMs: entry.timeMs, seq: entry.seq }
  const content = decode(contentSchema, body.content)
  // A key is only taken from whoever let this person in, or from an owner; judged before anything is written.
  const keyWelcome = content?.kind === 'directory-key' && mayHandKey(engine, row.account, content.id)
  if (content?.kind === 'directory-key') draft.wishes.add('names')
  if (content?.kind === 'key-packages') draft.wishes.add('devices')
  if (content?.kind === 'state-key' || content?.kind === 'state-head') draft.wishes.add('names')
  const seenKey = payloadKey(value.account, value.device, value.id)
  const owesReceipt = givesReceipts(draft.group) && !equal(value.account, engine.context.identity().account)
  const sayDelivered = (database: Database): void => {
    if (!owesReceipt) return
    database.run(`INSERT OR IGNORE INTO receipts_due (conversation, id, kind) VALUES (?, ?, 'delivered')`, [
      conversation,
      value.id,
    ])
  }
  draft.effects.push((database, touch) => {
    const step = advanceAuthor(database, draft, value, body, sha256(bytes), at, touch)
    if (step === 'refused') {
      // Sealed again by an author who never heard that it had arrived: say it once more.
      const known = database.get('SELECT 1 AS known FROM seen WHERE id = ?', [seenKey]) !== undefined
      if (known) sayDelivered(database)
      return engine.context.count('sequence')
    }
    // Also for one that came before by the other conversation of the two: its author waits for a receipt of this one.
    sayDelivered(database)
    if (!firstSight(database, seenKey, entry.timeMs)) return
    if (content === undefined) {
      addNotice(database, {
        key: toHex(seenKey),
        chat,
        position: at.position,
        atMs: entry.timeMs,
        kind: 'unsupported',
        person: value.account,
      })
    } else {
      takeContent(
        engine,
        database,
        {
          chat,
          group,
          key: toHex(seenKey),
          position: at.position,
          rowMs: entry.timeMs,
          late: step === 'late',
          keyWelcome,
        },
        value,
        content,
        touch,
      )
    }
    touch('chats')
    touch(`chat:${chat}`)
    touch(`timeline:${chat}`)
  })
}

/** Whoever is heard of a newer state of the network fetches it; another link at a known place is an alarm. */
const compareHeads = (engine: Engine, draft: Draft, value: Payload): void => {
  const network = engine.directory.network()
  const there = network.hashes[value.networkHead.seq]
  if (there === undefined) {
    draft.wishes.add('feed')
    draft.heardSeq = Math.max(draft.heardSeq, value.networkHead.seq)
  } else if (!equal(there, value.networkHead.hash))
    draft.effects.push((database, touch) => raiseAlarm(engine, database, 'two-links', '', touch))
  const account = engine.directory.account(value.account)
  if (account !== undefined && account.head.seq < value.accountHead.seq) draft.wishes.add('feed')
}

export const raiseAlarm = (engine: Engine, database: Database, kind: string, chat: string, touch: Touch): void => {
  database.run('INSERT OR IGNORE INTO alarms (kind, chat, at_ms) VALUES (?, ?, ?)', [
    kind,
    chat,
    engine.context.ports.clock.nowMs(),
  ])
  touch('alarms')
  touch('chats')
  if (chat !== '') touch(`chat:${chat}`)
}

const mayHandKey = (engine: Engine, from: Uint8Array, id: Uint8Array): boolean => {
  const network = engine.directory.network()
  const self = engine.directory.store.accountRow(engine.context.identity().account)
  // An owner makes the keys: theirs may come before the link that puts it in force.
  if (isOwner(network, from)) return true
  const inForce = network.directoryKey !== undefined && equal(network.directoryKey, id)
  return inForce && self?.invitedBy !== undefined && equal(self.invitedBy, from)
}

interface Place {
  readonly chat: string
  readonly group: Group
  readonly key: string
  readonly position: number
  readonly rowMs: number
  /** After something that its author wrote later. */
  readonly late: boolean
  readonly keyWelcome: boolean
}

const takeContent = (
  engine: Engine,
  database: Database,
  place: Place,
  value: Payload,
  content: Content,
  touch: Touch,
): void => {
  if (content.kind === 'text') {
    engine.spoke(place.chat, value.account)
    const me = engine.context.identity().account
    const own = equal(value.account, me)
    const mayMention = (account: Uint8Array): boolean => equal(account, me) || hasMember(place.group, account)
    const ranges = saneRanges(content.text, content.ranges, mayMention)
    // A sender's clock is only believed backwards: nothing is shown as later than the log took it.
    const atMs = Math.min(value.sentAtMs, place.rowMs)
    addText(database, {
      key: place.key,
      chat: place.chat,
      position: place.position,
      atMs,
      own,
      author: value.account,
      conversation: place.group.conversation,
      id: value.id,
      text: content.text,
      ranges,
      mentionsMe: mentions(ranges, me),
      late: place.late || place.rowMs - atMs > lateAfterMs,
      state: 'sent',
    })
  } else if (content.kind === 'introduction') {
    engine.directory.store.setIntroduced(value.account, shownName(content.name))
  } else if (content.kind === 'directory-key') {
    if (place.keyWelcome) engine.directory.store.addDirectoryKey(content.id, content.key)
    else engine.context.count('directory-key')
  } else if (isOfDevices(content)) {
    takeOwnDevices(engine, database, place, value, content, touch)
  }
}

type OfDevices = Extract<Content, { kind: 'key-packages' | 'device-name' | 'state-key' | 'state-head' }>
const ofDevices: ReadonlySet<string> = new Set(['key-packages', 'device-name', 'state-key', 'state-head'])
const isOfDevices = (content: Content): content is OfDevices => ofDevices.has(content.kind)

/** What the account's devices say to each other: believed in "Me" alone, where nobody else can speak. */
const takeOwnDevices = (
  engine: Engine,
  database: Database,
  place: Place,
  value: Payload,
  content: OfDevices,
  touch: Touch,
): void => {
  const { account, keys } = engine.context.identity()
  if (place.chat !== toHex(account)) return engine.context.count(content.kind)
  if (content.kind === 'device-name') nameDevice(database, content.device, shownName(content.name), value.sentAtMs)
  else if (content.kind === 'state-key') keepStateKey(database, content)
  else if (content.kind === 'state-head') {
    if (!noteHead(database, content)) raiseAlarm(engine, database, 'state-rolled-back', '', touch)
  } else if (equal(content.for, keys.device)) keepHanded(database, value.device, content.packages)
}
