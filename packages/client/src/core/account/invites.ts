/** Inviting: an invite of one's own, and the confirmation of whoever came with it (trust.md §1). */
import { equal, fromBase64Url, limits, toBase64Url, toHex } from '@halyard/protocol'
import {
  inviteHash,
  inviteLocator,
  inviteSecrets,
  sealInviteNames,
  signConfirmation,
  signInvite,
  sha256,
} from '@halyard/crypto'
import type { Invite } from '../api.ts'
import type { Context } from '../context.ts'
import { addRequest } from '../delivery/requests.ts'
import type { Directory } from '../directory/directory.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import { addNotice, newestPlaced } from '../messaging/timeline.ts'
import { blobOf } from '../store/values.ts'

/** Path and fragment of an invite link, taken apart; undefined when it is not one. */
export const readInviteLink = (
  path: string,
  fragment: string,
): { readonly locator: Uint8Array; readonly seed: Uint8Array; readonly hash: Uint8Array } | undefined => {
  const locator = fromBase64Url(/^\/join\/([\w-]{22})$/.exec(path)?.[1] ?? '')
  const secret = fromBase64Url(fragment.replace(/^#/, ''))
  if (locator?.length !== 16 || secret?.length !== 64) return undefined
  return { locator, seed: secret.slice(0, 32), hash: secret.slice(32) }
}

/** Makes an invite: durable here, and in line to become known to the server. Before that the link opens nothing. */
export const createInvite = async (
  context: Context,
  directory: Directory,
): Promise<{ readonly invite: Invite; readonly hash: Uint8Array }> => {
  const { provider, random, clock, database, origin } = context.ports
  const { network, account, keys, name, networkName } = context.identity()
  const chain = directory.account(account)
  if (chain === undefined) throw new Error('assertion failed: the own account is not in the directory')
  const seed = random(32)
  const secrets = await inviteSecrets(provider, seed)
  const notAfterMs = clock.nowMs() + limits.inviteLifetimeMs
  const record = await signInvite(provider, keys.chain, {
    network,
    networkHead: directory.network().head,
    inviteKey: secrets.key.publicKey,
    uses: 1,
    guest: false,
    notAfterMs,
    inviter: account,
    inviterDevice: keys.device,
    inviterHead: chain.head,
    bundle: bundleHash(network),
    sealed: await sealInviteNames(provider, secrets, { network: networkName, inviter: name }),
  })
  for (const spent of [secrets.namesKey, secrets.key.privateKey]) spent.fill(0)
  const hash = inviteHash(record)
  const locator = inviteLocator(secrets.key.publicKey)
  context.commit(() => {
    database.run('INSERT INTO own_invites (hash, seed, expires_ms) VALUES (?, ?, ?)', [hash, seed, notAfterMs])
    addRequest(database, 'create-invite', { locator, record }, hash)
  })
  const secret = new Uint8Array([...seed, ...hash])
  const link = `${origin}/join/${toBase64Url(locator)}#${toBase64Url(secret)}`
  return { invite: { link, expiresAtMs: notAfterMs }, hash }
}

/** What a client pins at first contact: the network id alone, until there is a log. */
export const bundleHash = (network: Uint8Array): Uint8Array => sha256(network)

/**
 * Confirms every newcomer who came with an own invite: once per invite, whatever the server shows later. The statement,
 * and that it was made, are durable before anybody sees it.
 */
export const confirmNewcomers = async (context: Context, directory: Directory): Promise<readonly string[]> => {
  const { provider, clock, database } = context.ports
  const { network, account, keys } = context.identity()
  const confirmed: string[] = []
  const chain = directory.account(account)
  if (chain === undefined) throw new Error('assertion failed: the own account is not in the directory')
  for (const row of directory.store.accountRows()) {
    if (
      row.standing !== 'waiting' ||
      row.invite === undefined ||
      row.invitedBy === undefined ||
      !equal(row.invitedBy, account)
    )
      continue
    const own = database.get('SELECT admitted FROM own_invites WHERE hash = ?', [row.invite])
    if (own === undefined || own['admitted'] !== undefined || (row.lapsesAtMs ?? 0) < clock.nowMs()) continue
    const confirmation = await signConfirmation(provider, keys.chain, {
      network,
      invite: row.invite,
      admission: row.account,
      by: account,
      device: keys.device,
      chain: chain.head,
      networkHead: directory.network().head,
      atMs: clock.nowMs(),
    })
    const done = context.commit(() => {
      const { changes } = database.run('UPDATE own_invites SET admitted = ? WHERE hash = ? AND admitted IS NULL', [
        row.account,
        row.invite,
      ])
      if (changes === 1) addRequest(database, 'confirm', { confirmation }, row.invite)
      return changes === 1
    })
    if (!done) continue
    await directory.take({ position: 0, item: { kind: 'confirmation', confirmation } }, undefined)
    confirmed.push(toHex(row.account))
  }
  return confirmed
}

/** Hands the directory key to confirmed newcomers, over their conversation, once. Returns the chats that have mail. */
export const handOverKeys = (context: Context, directory: Directory): readonly string[] => {
  const { database, random, clock } = context.ports
  const id = directory.network().directoryKey
  const key = id === undefined ? undefined : directory.store.directoryKey(id)
  if (id === undefined || key === undefined) return []
  const owed = database.all(
    `SELECT i.hash, i.admitted FROM own_invites i JOIN chats c ON c.account = i.admitted
     WHERE i.admitted IS NOT NULL AND i.key_sent = 0 AND EXISTS (SELECT 1 FROM conversations g WHERE g.chat = c.chat)`,
  )
  return owed.map((row) => {
    const account = blobOf(row, 'admitted')
    const chat = toHex(account)
    context.commit((touch) => {
      const { networkName } = context.identity()
      addToOutbox(database, {
        id: random(16),
        chat,
        class: 'control',
        content: { kind: 'directory-key', id, key, networkName },
        sentMs: clock.nowMs(),
      })
      database.run('UPDATE own_invites SET key_sent = 1 WHERE hash = ?', [blobOf(row, 'hash')])
      addNotice(database, {
        key: `joined:${chat}`,
        chat,
        position: newestPlaced(database, chat) + 1,
        atMs: clock.nowMs(),
        kind: 'joined',
        person: account,
      })
      touch(`timeline:${chat}`)
      touch('chats')
    })
    return chat
  })
}
