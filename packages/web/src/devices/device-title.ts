import type { DeviceView } from '@halyard/client/api'
import { shownName } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'

/** What a device is called; until that is known, by what it is. */
export const deviceTitle = (device: DeviceView): string => shownName(device.name) || say('device.unnamed')

/** When and how it came, in one line. */
export const deviceStory = (device: DeviceView): string => {
  const { addedBy, addedAtMs: at } = device
  if (addedBy === 'first') return say('device.first', { at })
  if (addedBy === 'card') return say('device.by-card', { at })
  const name = shownName(addedBy.name)
  return name === '' ? say('device.by-other', { at }) : say('device.by', { name, at })
}
