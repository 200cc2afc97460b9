/** What only the screen knows. Nothing here is a truth of the core, and nothing of it but the look is kept. */
import { create } from 'zustand'
import type { ChatId, Invite, Person } from '@halyard/client/api'

export type Look = 'system' | 'light' | 'dark' | 'contrast'
export type DialogName = 'settings' | 'shortcuts' | 'palette' | 'new-group' | 'card'
/** A dialog about one group or room. */
export type GroupDialog =
  | { readonly kind: 'add-people' | 'rename' | 'leave'; readonly chatId: ChatId }
  | { readonly kind: 'remove'; readonly chatId: ChatId; readonly person: Person }
/** What an owner decides about somebody. */
export interface OwnerDialog {
  readonly kind: 'put-out' | 'make-owner'
  readonly person: Person
}
export type OpenDialog = DialogName | GroupDialog | OwnerDialog
/** Where the account's devices are looked after; no account id looks like this. */
export const devicesPath = 'devices'
export type LockedBy =
  | { readonly kind: 'hand'; readonly atMs: number }
  | { readonly kind: 'idle'; readonly minutes: number }

interface UiState {
  readonly look: Look
  readonly dialog: OpenDialog | undefined
  readonly lockedBy: LockedBy | undefined
  /** Set by setup and join: the first look at the chats opens this one. */
  readonly welcome: 'me' | 'inviter' | undefined
  /** From setup or joining until the recovery card is put off: keeping one is the next step. */
  readonly firstRun: boolean
  /** Set when a newer version of the app lies ready: takes it over in all tabs. */
  readonly applyUpdate: (() => void) | undefined
  /** What stood in the composer when the disk had no room to keep it: shown on that screen, never stored. */
  readonly unsent: string | undefined
  /** The last invite made here and how many chats there were then: one more chat means that it may be used up. */
  readonly invite: { readonly invite: Invite; readonly chats: number } | undefined
}

const lookKey = 'halyard-look'
const looks: readonly Look[] = ['system', 'light', 'dark', 'contrast']

const keptLook = (): Look => {
  try {
    const kept = localStorage.getItem(lookKey)
    return looks.find((look) => look === kept) ?? 'system'
  } catch {
    return 'system' // storage is switched off
  }
}

export const useUi = create<UiState>(() => ({
  look: keptLook(),
  dialog: undefined,
  lockedBy: undefined,
  welcome: undefined,
  firstRun: false,
  applyUpdate: undefined,
  unsent: undefined,
  invite: undefined,
}))

export const openDialog = (dialog: OpenDialog | undefined): void => useUi.setState({ dialog })

/** A closing dialog or menu gives the focus back in the next frame; what comes next must not lose it to that. */
export const afterFocus = (run: () => void): void => {
  requestAnimationFrame(() => requestAnimationFrame(run))
}

export const setLook = (look: Look): void => {
  try {
    localStorage.setItem(lookKey, look)
  } catch {
    // Storage is switched off: the look lasts as long as the page.
  }
  useUi.setState({ look })
}

/** Everything a locked screen must not know. Only where the disk is full, what could not be kept is still shown. */
export const forgetSession = (isDiskFull: boolean): void =>
  useUi.setState({
    dialog: undefined,
    invite: undefined,
    welcome: undefined,
    firstRun: false,
    ...(isDiskFull ? {} : { unsent: undefined }),
  })

/** Keeps `<html>` in step with the chosen look and the system's wish for contrast. */
export const followLook = (root: HTMLElement): void => {
  const wish = matchMedia('(prefers-contrast: more)')
  const apply = (): void => {
    const { look } = useUi.getState()
    if (look === 'light' || look === 'dark') root.dataset['theme'] = look
    else delete root.dataset['theme']
    if (look === 'contrast' || (look === 'system' && wish.matches)) root.dataset['contrast'] = 'more'
    else delete root.dataset['contrast']
  }
  apply()
  useUi.subscribe(apply)
  wish.addEventListener('change', apply)
}
