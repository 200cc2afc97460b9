/** What the page was opened with. The fragment holds a one-time secret: it leaves the address before anything else runs. */
export interface Landing {
  readonly path: string
  /** Without `#`; '' when there was none. */
  readonly fragment: string
}

export const takeLanding = (): Landing => {
  const fragment = location.hash.slice(1)
  if (fragment !== '' || location.href.endsWith('#')) history.replaceState(undefined, '', location.pathname)
  return { path: location.pathname, fragment }
}
