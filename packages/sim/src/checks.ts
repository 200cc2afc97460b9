/**
 * Every check that a client makes on what a server or a member sends, and the attack that comes through once it is switched
 * off: so each is known to be of use, and each attack to be one.
 */
import { chainChecks } from './checks/chain-checks.ts'
import { commitChecks } from './checks/commit-checks.ts'
import { contentChecks } from './checks/content-checks.ts'
import { deviceChecks } from './checks/device-checks.ts'
import { roomChecks } from './checks/room-checks.ts'
import { rowChecks } from './checks/row-checks.ts'

export interface Check {
  readonly name: string
  /** Below packages. */
  readonly file: string
  /** The check as it stands in the source, exactly once; white space does not count. */
  readonly from: string
  /** What stands in its place when it is off. */
  readonly to: string
  readonly attack: Attack
  /** Names of the checks that refuse the same attack after this one, and are switched off with it. */
  readonly with?: readonly string[]
}

/** A test that must fail while the check is off. */
export interface Attack {
  /** Below packages. */
  readonly file: string
  /** A part of its name, as it is written. */
  readonly name: string
  /** What stands for the `%s` in it. */
  readonly of?: string
}

export const checks: readonly Check[] = [
  ...rowChecks,
  ...contentChecks,
  ...commitChecks,
  ...roomChecks,
  ...deviceChecks,
  ...chainChecks,
]

/** The check and those that back it up. */
export const switchedOffWith = (check: Check): readonly Check[] => [
  check,
  ...checks.filter((other) => check.with?.includes(other.name) === true),
]
