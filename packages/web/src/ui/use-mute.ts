import { useState } from 'react'
import type { ConversationView } from '@halyard/client/api'
import type { RefusalCode } from '@halyard/protocol'
import { isPersonal } from './avatar.tsx'
import { useApi } from './client.tsx'

interface Mute {
  /** One's own notes call for nothing, and where one is no longer in it nothing comes. */
  readonly can: boolean
  readonly refusal: RefusalCode | undefined
  readonly toggle: () => void
}

/** Whether this conversation may call for attention, changed from wherever its button stands. */
export const useMute = (conversation: ConversationView): Mute => {
  const api = useApi()
  const [refusal, setRefusal] = useState<RefusalCode>()
  const { chatId, muted } = conversation
  const toggle = (): void =>
    void api.setMuted({ chatId, muted: !muted }).then((result) => setRefusal(result.ok ? undefined : result.code))
  const can = isPersonal(conversation) ? conversation.kind !== 'me' : conversation.ended === undefined
  return { can, refusal, toggle }
}
