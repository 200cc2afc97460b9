import { createContext, useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import type { ClientApi, Queries } from '@halyard/client/api'

type Value<K extends keyof Queries> = Queries[K]['value']

interface Entry {
  value: unknown
  readonly listeners: Set<() => void>
  stop: () => void
}

/** What the page is given: the client, and what only a browser has. */
export interface PageClient extends ClientApi {
  /** In state `elsewhere`: takes the data from the tab that has it. */
  useHere(): void
  /** Loads the page anew, in the newest version there is. */
  reloadApp(): void
}

/** One live subscription for each query in use, however many components look at it; it ends with the last of them. */
export interface QueryStore {
  read<K extends keyof Queries>(query: K, parameters: Queries[K]['parameters']): Value<K> | undefined
  watch<K extends keyof Queries>(query: K, parameters: Queries[K]['parameters'], changed: () => void): () => void
}

export const createQueryStore = (api: ClientApi): QueryStore => {
  const entries = new Map<string, Entry>()
  const keyOf = (query: string, parameters: unknown): string => `${query} ${JSON.stringify(parameters)}`
  return {
    read: <K extends keyof Queries>(query: K, parameters: Queries[K]['parameters']) =>
      entries.get(keyOf(query, parameters))?.value as Value<K> | undefined,
    watch: (query, parameters, changed) => {
      const key = keyOf(query, parameters)
      let entry = entries.get(key)
      if (entry === undefined) {
        const made: Entry = { value: undefined, listeners: new Set(), stop: () => undefined }
        entry = made
        entries.set(key, made)
        made.listeners.add(changed)
        made.stop = api.subscribe(query, parameters, (value) => {
          made.value = value
          for (const listener of made.listeners) listener()
        })
      }
      entry.listeners.add(changed)
      const watched = entry
      return () => {
        watched.listeners.delete(changed)
        if (watched.listeners.size > 0) return
        if (entries.get(key) === watched) entries.delete(key)
        watched.stop()
      }
    },
  }
}

const Context = createContext<{ readonly api: PageClient; readonly store: QueryStore } | undefined>(undefined)

export const ClientProvider = ({
  api,
  children,
}: {
  readonly api: PageClient
  readonly children: ReactNode
}): ReactNode => {
  const value = useMemo(() => ({ api, store: createQueryStore(api) }), [api])
  return <Context value={value}>{children}</Context>
}

const useClient = () => {
  const client = useContext(Context)
  if (client === undefined) throw new Error('no client around this component')
  return client
}

export const useApi = (): PageClient => useClient().api

/** The live value of a query; undefined until the first one has come. */
export const useQuery = <K extends keyof Queries>(
  query: K,
  parameters: Queries[K]['parameters'],
): Value<K> | undefined => {
  const { store } = useClient()
  const key = JSON.stringify(parameters) as string | undefined
  const watch = useCallback(
    // The text of the parameters stands for the object, which is a new one on every render.
    (changed: () => void) => store.watch(query, (key && JSON.parse(key)) as Queries[K]['parameters'], changed),
    [store, query, key],
  )
  return useSyncExternalStore(watch, () => store.read(query, parameters))
}
