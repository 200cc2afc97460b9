/** Where the vault record, the secret of this device and the count of locks lie: IndexedDB, or memory in private windows. */
import type { StoredVault, VaultStore } from './host-ports.ts'

const databaseName = 'halyard'
const storeName = 'vault'
const schemaVersion = 1

export const createVaultStore = (factory: IDBFactory): VaultStore => ({
  load: () =>
    transact(factory, 'readonly', async (store) => {
      const record: unknown = await settled(store.get('record'))
      const deviceSecret: unknown = await settled(store.get('device-secret'))
      return {
        record: record instanceof Uint8Array ? record : undefined,
        deviceSecret: deviceSecret instanceof CryptoKey ? deviceSecret : undefined,
        lockCount: await loadLockCount(store),
      }
    }),
  save: (record, deviceSecret) =>
    transact(factory, 'readwrite', async (store) => {
      store.put(record, 'record')
      store.put(deviceSecret, 'device-secret')
    }),
  erase: () =>
    transact(factory, 'readwrite', async (store) => {
      store.delete('record')
      store.delete('device-secret')
    }),
  countLock: () =>
    transact(factory, 'readwrite', async (store) => {
      store.put((await loadLockCount(store)) + 1, 'lock-count')
    }),
})

export const createMemoryVaultStore = (): VaultStore => {
  let stored: StoredVault = { lockCount: 0 }
  return {
    load: async () => stored,
    async save(record, deviceSecret) {
      stored = { ...stored, record, deviceSecret }
    },
    async erase() {
      stored = { lockCount: stored.lockCount }
    },
    async countLock() {
      stored = { ...stored, lockCount: stored.lockCount + 1 }
    },
  }
}

const loadLockCount = async (store: IDBObjectStore): Promise<number> => {
  const value: unknown = await settled(store.get('lock-count'))
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

/** One transaction, durable on disk when it resolves. */
const transact = async <T>(
  factory: IDBFactory,
  mode: 'readonly' | 'readwrite',
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> => {
  const database = await openStore(factory)
  try {
    const transaction = database.transaction(storeName, mode, { durability: 'strict' })
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('the vault could not be written'))
    })
    const [result] = await Promise.all([work(transaction.objectStore(storeName)), done])
    return result
  } finally {
    database.close()
  }
}

const openStore = (factory: IDBFactory): Promise<IDBDatabase> => {
  const request = factory.open(databaseName, schemaVersion)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(storeName)
  }
  return settled(request)
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the vault could not be read'))
  })
