/** Whether this device may seal something in a conversation's epoch as it stands. */
import { isShut } from '../directory/directory.ts'
import { waitsForPeople } from './changes.ts'
import type { Engine } from './engine.ts'
import type { Group } from './group.ts'
import { isRemovalDue } from './removals.ts'

/** Anything at all: not in one of two histories, not in an epoch that is over for the others, and nothing while somebody reads who should not. */
export const maySeal = (engine: Engine, group: Group): boolean =>
  group.paused === undefined && group.unopened?.confirmed !== true && !isRemovalDue(engine, group)

/** What people write. */
export const mayWrite = (engine: Engine, group: Group): boolean =>
  !group.mustUpdate &&
  !isShut(engine.directory, group.chat) &&
  !waitsForPeople(engine.context.ports.database, group) &&
  maySeal(engine, group)
