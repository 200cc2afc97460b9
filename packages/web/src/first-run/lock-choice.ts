import { useEffect, useRef, useState } from 'react'
import type { ClientApi, UnlockSecret } from '@halyard/client/api'
import { createPasskey, hasPasskeys } from '../ui/passkey.ts'
import type { PasskeyFailure, PasskeyUnlock } from '../ui/passkey.ts'
import { say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'

export interface LockChoice {
  readonly method: 'passkey' | 'passphrase'
  readonly passphrase: string
  readonly repeat: string
  readonly score: number | undefined
  readonly words: string | undefined
  readonly notice: string | undefined
  readonly passphraseError: string | undefined
  readonly repeatError: string | undefined
  choose(method: 'passkey' | 'passphrase'): void
  type(passphrase: string): void
  typeRepeat(repeat: string): void
  otherWords(): void
  takeWords(): void
  /** Checks what was chosen, asks for the passkey, and gives what unlocks; undefined when something is still wrong. */
  secret(): Promise<UnlockSecret | undefined>
}

const failures: Readonly<Record<PasskeyFailure, WordKey>> = {
  none: 'lock.passkey-none',
  cancelled: 'lock.passkey-failed',
  'no-prf': 'lock.passkey-no-prf',
  address: 'lock.passkey-address',
}
const strongEnough = 3

/** How this device unlocks: the state behind the two buttons and the two fields of setup and join. `own`: words that make a passphrase weak. */
export const useLockChoice = (api: ClientApi, own: { readonly network: string; readonly name: string }): LockChoice => {
  const [method, setMethod] = useState<'passkey' | 'passphrase'>(hasPasskeys() ? 'passkey' : 'passphrase')
  const [passphrase, setPassphrase] = useState('')
  const [repeat, setRepeat] = useState('')
  const [score, setScore] = useState<number>()
  const [words, setWords] = useState<string>()
  const [notice, setNotice] = useState<WordKey | undefined>(hasPasskeys() ? undefined : 'lock.passkey-none')
  const [tried, setTried] = useState(false)
  const made = useRef<PasskeyUnlock>(undefined)
  useEffect(() => {
    if (method === 'passphrase' && words === undefined) void api.suggestPassphrase().then(setWords)
  }, [api, method, words])
  useEffect(() => {
    if (passphrase === '') return
    let current = true
    void api.rate(passphrase).then((rating) => {
      if (current) setScore(rating.score)
    })
    return () => {
      current = false
      setScore(undefined)
    }
  }, [api, passphrase])

  const weak = score !== undefined && score < strongEnough
  const missing = tried && passphrase === '' ? say('field.passphrase-missing') : undefined
  const fromPasskey = async (): Promise<UnlockSecret | undefined> => {
    // A refused setup does not make a second passkey.
    if (made.current !== undefined) return made.current
    const result = await createPasskey()
    if (result.ok) return (made.current = result.secret)
    setNotice(failures[result.failure])
    if (result.failure !== 'cancelled') setMethod('passphrase')
    return undefined
  }
  const checkPassphrase = async (): Promise<UnlockSecret | undefined> => {
    setTried(true)
    if (passphrase === '' || repeat !== passphrase) return undefined
    const rating = await api.rate(passphrase)
    setScore(rating.score)
    return rating.score < strongEnough ? undefined : { kind: 'passphrase', passphrase }
  }
  return {
    method,
    passphrase,
    repeat,
    score,
    words,
    notice: notice === undefined ? undefined : say(notice),
    passphraseError: weak ? say(whyWeak(passphrase, own)) : missing,
    repeatError:
      (tried || repeat.length >= passphrase.length) && repeat !== '' && repeat !== passphrase
        ? say('field.repeat-differs')
        : tried && repeat === '' && passphrase !== ''
          ? say('field.repeat-differs')
          : undefined,
    choose: (next) => {
      setMethod(next)
      setNotice(undefined)
    },
    type: setPassphrase,
    typeRepeat: setRepeat,
    otherWords: () => {
      const taken = words === passphrase
      void api.suggestPassphrase().then((made) => {
        setWords(made)
        if (!taken) return
        setPassphrase(made)
        setRepeat(made)
      })
    },
    takeWords: () => {
      if (words === undefined) return
      setPassphrase(words)
      setRepeat(words)
    },
    secret: () => (method === 'passkey' ? fromPasskey() : checkPassphrase()),
  }
}

const whyWeak = (passphrase: string, own: { readonly network: string; readonly name: string }): WordKey => {
  const plain = passphrase.toLocaleLowerCase()
  const holds = (words: string): boolean =>
    words
      .toLocaleLowerCase()
      .split(/\s+/u)
      .some((word) => word.length >= 4 && plain.includes(word))
  return holds(own.network) ? 'strength.holds-network' : holds(own.name) ? 'strength.holds-name' : 'strength.guess'
}
