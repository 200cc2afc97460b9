/** A map that forgets what was used longest ago. For caches only: everything in it can be read again. */
export interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  clear(): void
}

export const createBoundedMap = <V>(max: number): BoundedMap<V> => {
  const map = new Map<string, V>()
  return {
    get(key) {
      const value = map.get(key)
      if (value !== undefined && map.size * 2 > max) {
        map.delete(key)
        map.set(key, value)
      }
      return value
    },
    set(key, value) {
      map.delete(key)
      map.set(key, value)
      if (map.size > max) for (const oldest of map.keys()) return void map.delete(oldest)
    },
    delete(key) {
      map.delete(key)
    },
    clear: () => map.clear(),
  }
}
