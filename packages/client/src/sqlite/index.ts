/** Encrypted SQLite over any synchronous disk. */
export { databaseKeySize, openDatabase } from './database.ts'
export type { OpenDatabaseRequest } from './database.ts'
export { databaseFileNames, eraseDatabase } from './file-system.ts'
export type { FileSystem, OpenFile } from './file-system.ts'
export { createMemoryFiles } from './memory-files.ts'
export type { SqliteModule } from './sqlite-module.ts'
export { installVfs } from './vfs.ts'
