/** A headless member in Node: bots, command line, crash tests, benchmarks. */
export { systemClock } from '../host/clock.ts'
export { nodeFiles } from './files.ts'
export { lockFolder, openNodeMember } from './member.ts'
export type { NodeMember, NodeMemberRequest } from './member.ts'
export { nodeRandom } from './random.ts'
export { createNodeConnect } from './socket.ts'
export { loadNodeSqlite, loadSqliteModule } from './sqlite.ts'
export type { NodeSqlite } from './sqlite.ts'
