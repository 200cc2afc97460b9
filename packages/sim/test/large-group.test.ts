/** The largest room in small: the same play, where commits hold so little that adding is split as it is among a thousand. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '@halyard/protocol'
import { runLargeGroup } from '../src/large-group.ts'

const writable: { commitMaxBytes: number } = limits
const { commitMaxBytes } = limits
beforeEach(() => void (writable.commitMaxBytes = 16_000))
afterEach(() => void (writable.commitMaxBytes = commitMaxBytes))

test('made in several commits, used, pruned; who is out reads nothing more, who was away reads on', async () => {
  const noted: string[] = []
  const note = (what: string): void => void noted.push(what)
  const facts = await runLargeGroup({ people: 12, devices: 16, pruned: 3, note })
  const { full, pruned, standing, read, commitsToCreate } = facts
  expect(facts.faults).toEqual([])
  expect(commitsToCreate).toBeGreaterThan(2)
  expect(full).toEqual({ people: 12, devices: 16, readers: 16 })
  // Without Dee, the phone of Cy, and three people of two devices each.
  expect(pruned).toEqual({ people: 8, devices: 8, readers: 8 })
  expect([...standing.keys()]).toEqual(['Ava', 'Ben', 'Cy', 'Eli', 'Fay'])
  expect(new Set(standing.values()).size).toBe(1)
  const all = read.get('Ava') ?? []
  expect(all).toHaveLength(43)
  for (const who of ['Ben', 'Cy', 'Eli']) expect(read.get(who)).toEqual(all)
  expect(read.get('Fay')).toEqual(all.slice(20))
  expect(read.get('Dee')).toEqual(all.slice(0, all.indexOf('without Dee')))
  expect(read.get('Cy phone')).toEqual(all.slice(0, all.indexOf('without the phone')))
  expect(noted).toContain('creating: commits that add')
})
