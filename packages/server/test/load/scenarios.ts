/** Every load by its name. */
import { idle, storm } from './connections.ts'
import { latency, oneToOne, soak } from './pairs.ts'
import { offline, room } from './rooms.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: readonly Scenario[] = [oneToOne, latency, room, offline, idle, storm, soak]
