/** A member in a folder: for bots, crash tests and benchmarks. The key is the caller's to keep. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { nodeProvider } from '@halyard/mls/node'
import type { Result } from '@halyard/protocol'
import type { InvitePreview } from '../core/api.ts'
import { hasAccount, joinMember, openMember, previewInvite, setUpMember } from '../core/index.ts'
import type { Member, MemberPorts } from '../core/member.ts'
import { withRegisteredKeys } from '../core/registered-keys.ts'
import type { RegisterKey } from '../core/registered-keys.ts'
import { productSuite } from '../core/suite.ts'
import { openDatabase } from '../sqlite/database.ts'
import { systemClock } from '../host/clock.ts'
import { nodeRandom } from './random.ts'
import { createNodeConnect } from './socket.ts'
import { loadNodeSqlite } from './sqlite.ts'

export interface NodeMemberRequest {
  /** Made when it is not there, for its owner only. One process at a time. */
  readonly folder: string
  /** 32 random bytes, the same each time; zeroed when this resolves or rejects. */
  readonly key: Uint8Array
  /** Where the server is reached, e.g. `https://chat.example`. */
  readonly url: string
  /** Shown every key in the clear, in tests of the product only. */
  readonly registerKey?: RegisterKey
}

export interface NodeMember {
  readonly ports: MemberPorts
  hasAccount(): boolean
  open(): Promise<Result<Member>>
  setUp(request: {
    readonly token: string
    readonly networkName: string
    readonly name: string
  }): Promise<Result<Member>>
  preview(request: { readonly path: string; readonly fragment: string }): Promise<Result<InvitePreview>>
  join(request: { readonly path: string; readonly fragment: string; readonly name: string }): Promise<Result<Member>>
  /** Stops the member, if one is open, and lets go of the folder. */
  close(): Promise<void>
}

/** Throws as `openDatabase` does, and when another process has the folder. */
export const openNodeMember = async ({ folder, key, url, registerKey }: NodeMemberRequest): Promise<NodeMember> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const release = lockFolder(folder)
  try {
    registerKey?.('database', key)
    const sqlite = await loadNodeSqlite()
    const { origin } = new URL(url)
    const ports: MemberPorts = {
      database: openDatabase({ ...sqlite, name: join(folder, 'halyard.db'), key }),
      clock: systemClock,
      random: nodeRandom,
      provider: registerKey === undefined ? nodeProvider() : withRegisteredKeys(nodeProvider(), registerKey),
      suite: productSuite,
      connect: createNodeConnect(origin),
      origin,
    }
    let member: Member | undefined
    const keep = async (opening: Promise<Result<Member>>): Promise<Result<Member>> => {
      const result = await opening
      if (result.ok) member = result.value
      return result
    }
    return {
      ports,
      hasAccount: () => hasAccount(ports.database),
      open: () => keep(openMember(ports)),
      setUp: (request) => keep(setUpMember(ports, request)),
      preview: (request) => previewInvite(ports, request),
      join: (request) => keep(joinMember(ports, request)),
      async close() {
        await member?.stop()
        ports.database.close()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  } finally {
    key.fill(0)
  }
}

/** SQLite's own locks do not reach over processes here: two writers would destroy the database. */
export const lockFolder = (folder: string): (() => void) => {
  const path = join(folder, 'in-use')
  const take = (): (() => void) => {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, String(process.pid))
    closeSync(file)
    return () => rmSync(path, { force: true })
  }
  try {
    return take()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const holder = Number(readFileSync(path, 'utf8'))
  if (holder !== process.pid && isRunning(holder)) throw new Error(`${folder} is in use by process ${holder}`)
  // A process that was killed leaves its mark; one that starts at the same moment loses here.
  rmSync(path, { force: true })
  return take()
}

const isRunning = (processId: number): boolean => {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // Somebody else's process runs too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
