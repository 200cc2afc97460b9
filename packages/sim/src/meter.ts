/** What a step costs whom: CPU time by whose turn it was, and bytes on the way between them and the server. */
import type { World } from './world.ts'

export interface Cost {
  /** CPU milliseconds of somebody's turns; the server's under `server`. */
  cpuMs(who: string): number
  /** Of everybody together, the server among them. */
  cpuMsOfAll(): number
  up(who: string): number
  down(who: string): number
  /** How long it took in the world. */
  readonly worldMs: number
}

export const meter = async (world: World, work: () => Promise<unknown>): Promise<Cost> => {
  const spent = new Map(world.time.spent())
  const carried = new Map([...world.network.carried].map(([who, { up, down }]) => [who, { up, down }]))
  const startMs = world.time.nowMs()
  await work()
  const after = new Map(world.time.spent())
  const bytes = new Map([...world.network.carried].map(([who, { up, down }]) => [who, { up, down }]))
  const cpuMs = (who: string): number => ((after.get(who) ?? 0) - (spent.get(who) ?? 0)) / 1000
  const way = (who: string, which: 'up' | 'down'): number =>
    (bytes.get(who)?.[which] ?? 0) - (carried.get(who)?.[which] ?? 0)
  return {
    cpuMs,
    cpuMsOfAll: () => [...after.keys()].reduce((sum, who) => sum + cpuMs(who), 0),
    up: (who) => way(who, 'up'),
    down: (who) => way(who, 'down'),
    worldMs: world.time.nowMs() - startMs,
  }
}
