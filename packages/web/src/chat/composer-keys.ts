/** The markers that a shortcut puts around the selection; typing them does the same. */
const shortcuts: readonly { readonly key: string; readonly shift: boolean; readonly marker: string }[] = [
  { key: 'b', shift: false, marker: '**' },
  { key: 'i', shift: false, marker: '_' },
  { key: 'e', shift: false, marker: '`' },
  { key: 'x', shift: true, marker: '~~' },
]

interface Keys {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

export const markerFor = (event: Keys): string | undefined => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined
  return shortcuts.find((shortcut) => shortcut.key === event.key.toLowerCase() && shortcut.shift === event.shiftKey)
    ?.marker
}

/** Puts a marker around the selection, or takes it away when it is there already; the browser's undo knows of it. */
export const toggleMarker = (area: HTMLTextAreaElement, marker: string): void => {
  const { selectionStart: start, selectionEnd: end, value } = area
  const size = marker.length
  if (value.slice(start - size, start) === marker && value.slice(end, end + size) === marker) {
    area.setSelectionRange(start - size, end + size)
    insertText(area, value.slice(start, end))
    area.setSelectionRange(start - size, end - size)
    return
  }
  insertText(area, marker + value.slice(start, end) + marker)
  area.setSelectionRange(start + size, end + size)
}

/** Writes at the selection as if typed. `execCommand` is the only way that keeps the undo history. */
export const insertText = (area: HTMLTextAreaElement, text: string): void => {
  area.focus()
  if (document.execCommand('insertText', false, text)) return
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end')
  area.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
