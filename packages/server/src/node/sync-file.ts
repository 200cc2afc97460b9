/** What was written under a path is on the disk when this returns. */
import { closeSync, fsyncSync, openSync } from 'node:fs'

export const syncFile = (path: string): void => {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A new name is durable only when its folder is. Windows has no such call and needs none. */
export const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
