/** Checks on what a message says once it is open: texts and their ranges, keys, receipts, pictures. */
import type { Check } from '../checks.ts'

const payload = 'client/src/core/messaging/payload.ts'
const ranges = 'client/src/core/messaging/ranges.ts'
const picture = 'client/src/core/messaging/picture.ts'
const payloads = 'sim/test/attacks/payloads.test.ts'
const mentions = 'sim/test/attacks/mentions.test.ts'

export const contentChecks: readonly Check[] = [
  {
    name: 'directory key: whoever hands it over may',
    file: payload,
    from: 'if (place.keyWelcome) engine',
    to: 'if (true) engine',
    attack: { file: payloads, name: 'a directory key from somebody who may not hand it' },
  },
  {
    name: 'devices: heard in "Me" alone',
    file: payload,
    from: 'if (place.chat !== toHex(account)) return engine.context.count(content.kind)',
    to: '',
    attack: { file: 'sim/test/attacks/account-state.test.ts', name: 'keys, heads and names of devices are heard in' },
  },
  {
    name: 'receipt: for what was written to its author',
    file: 'client/src/core/messaging/timeline.ts',
    from: `database.get('SELECT key, state FROM timeline WHERE id = ? AND chat = ? AND own = 1', [id, chat])`,
    to: `database.get('SELECT key, state FROM timeline WHERE id = ? AND own = 1', [id])`,
    attack: { file: payloads, name: 'receipts for messages never sent' },
  },
  {
    name: 'network: a link that another member knows is the same here',
    file: payload,
    from: 'else if (!equal(there, value.networkHead.hash))',
    to: 'else if (false)',
    attack: { file: 'sim/test/attacks/heads.test.ts', name: 'another link of the network' },
  },
  {
    name: 'network: a link that another member knows is shown here too',
    file: 'client/src/core/messaging/runner.ts',
    from: 'if (draft.heardSeq > engine.directory.network().head.seq && isOnline())',
    to: 'if (false)',
    attack: { file: 'sim/test/attacks/heads.test.ts', name: 'a link of the network is kept from one of two' },
  },
  {
    name: 'range: it lies in the text',
    file: ranges,
    from: 'range.start + range.length <= words.length',
    to: 'true',
    attack: { file: payloads, name: 'ranges outside the text' },
  },
  {
    name: 'range: its link may be followed',
    file: ranges,
    from: '(range.url === undefined || safeUrl(range.url))',
    to: 'true',
    attack: { file: payloads, name: 'links that run something' },
  },
  {
    name: 'link: its scheme is one that only shows',
    file: ranges,
    from: 'scheme !== undefined && schemes.has(scheme)',
    to: 'scheme !== undefined',
    attack: { file: payloads, name: 'links that run something' },
  },
  {
    name: 'mention: it covers no more than a name',
    file: ranges,
    from: 'range.length <= mentionMaxLength',
    to: 'true',
    attack: { file: mentions, name: 'who is not there, is nobody' },
  },
  {
    name: 'mention: it stands on an @',
    file: ranges,
    from: `words[range.start] === '@'`,
    to: 'true',
    attack: { file: mentions, name: 'who is not there, is nobody' },
  },
  {
    name: 'mention: whom it names is there',
    file: ranges,
    from: 'mayMention(range.account)',
    to: 'true',
    attack: { file: mentions, name: 'who is not there, is nobody' },
  },
  {
    name: 'mention: over another it is none',
    file: 'client/src/core/messaging/mentions.ts',
    from: 'range.account === undefined || range.start < from',
    to: 'range.account === undefined',
    attack: { file: mentions, name: 'mentions over each other' },
  },
  {
    name: 'mention: no link stands on it',
    file: 'client/src/core/messaging/mentions.ts',
    from: `if (range.kind === 'link' && (lastBefore(places, to)?.to ?? 0) > from) return []`,
    to: '',
    attack: { file: mentions, name: 'mentions over each other' },
  },
  {
    name: 'picture: nothing stands beside the image',
    file: picture,
    from: 'segments.every(({ kind }) => needed.has(kind))',
    to: 'true',
    attack: { file: 'sim/test/attacks/pictures.test.ts', name: 'what stands beside the image stays' },
  },
  {
    name: 'picture: it has its size',
    file: picture,
    from: 'bits === 8 && isSized',
    to: 'bits === 8',
    attack: { file: 'sim/test/attacks/rooms.test.ts', name: 'a group takes no picture' },
  },
  {
    name: 'picture: its end is its end',
    file: picture,
    from: 'return at + 2 === bytes.length',
    to: 'return true',
    attack: { file: 'sim/test/attacks/pictures.test.ts', name: 'not taken' },
  },
  {
    name: 'picture: one frame',
    file: picture,
    from: 'frames.length > 1',
    to: 'false',
    attack: { file: 'sim/test/attacks/pictures.test.ts', name: 'not taken' },
  },
]
