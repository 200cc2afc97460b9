import { memo, useState } from 'react'
import type { ReactNode } from 'react'
import type { ShownRange } from '@halyard/client/api'
import { cx } from '../ui/icon.tsx'
import { shownMessage } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { safeUrl } from './markup.ts'
import { rangeTree } from './range-tree.ts'
import type { RangeNode } from './range-tree.ts'

/** Longer texts are folded; in UTF-16 code units. */
const foldedMaxLength = 10_000
const foldedToLength = 2_000

interface MessageTextProps {
  readonly text: string
  readonly ranges: readonly ShownRange[]
}

/** The text of a message as elements. Nothing is parsed and nothing is fetched: ranges were made by the sender. */
export const MessageText = memo(({ text, ranges }: MessageTextProps): ReactNode => {
  const [whole, setWhole] = useState(false)
  const folds = text.length > foldedMaxLength
  const shown = folds && !whole ? cutAt(text, foldedToLength) : text
  return (
    <>
      <bdi dir="auto" className={styles['words']}>
        {draw(shown, rangeTree(shown.length, ranges))}
        {shown.length < text.length && '…'}
      </bdi>
      {folds && (
        <button type="button" className={styles['more']} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {say(whole ? 'conv.show-less' : 'conv.show-all')}
        </button>
      )}
    </>
  )
})

/** Never between the halves of a surrogate pair. */
const cutAt = (text: string, length: number): string => {
  const code = text.charCodeAt(length - 1)
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length)
}

const isBlock = (node: RangeNode | undefined): boolean =>
  node?.range?.kind === 'quote' || node?.range?.kind === 'code-block'

const draw = (text: string, nodes: readonly RangeNode[]): ReactNode =>
  nodes.map((node, at) => {
    if (node.range === undefined) {
      const words = text.slice(node.start, node.end)
      // The line break that ends a quote or a block of code is the block's own end already.
      return shownMessage(isBlock(nodes[at - 1]) ? words.replace(/^\n/, '') : words)
    }
    return (
      <Marked
        key={`${node.start}-${node.range.kind}`}
        range={node.range}
        inner={draw(text, node.children)}
        words={text.slice(node.start, node.end)}
      />
    )
  })

const Marked = ({
  range,
  inner,
  words,
}: {
  readonly range: ShownRange
  readonly inner: ReactNode
  readonly words: string
}): ReactNode => {
  switch (range.kind) {
    case 'bold':
      return <strong>{inner}</strong>
    case 'italic':
      return <em>{inner}</em>
    case 'strike':
      return <s>{inner}</s>
    case 'code':
      return <code>{inner}</code>
    case 'code-block':
      return (
        <pre tabIndex={0}>
          <code>{inner}</code>
        </pre>
      )
    case 'quote':
      return <blockquote>{inner}</blockquote>
    case 'link':
      return <Link url={range.url ?? ''} words={words} inner={inner} />
    case 'mention':
      return <bdi className={cx(styles['mention'], range.person?.isSelf === true && styles['ofMe'])}>{inner}</bdi>
  }
}

/** Opens in its own window, which learns nothing of this one. A target that the words do not show is named beside them. */
const Link = ({
  url,
  words,
  inner,
}: {
  readonly url: string
  readonly words: string
  readonly inner: ReactNode
}): ReactNode => {
  const safe = safeUrl(url)
  if (safe === undefined) return inner
  const named = hostToName(safe, words)
  return (
    <>
      <a href={safe} target="_blank" rel="noopener noreferrer nofollow" referrerPolicy="no-referrer">
        {inner}
      </a>
      {named !== undefined && <span className={styles['host']}> ({named})</span>}
    </>
  )
}

/**
 * The host as the network sees it (punycode), when the words say something else: another target, or letters of another
 * script that look alike.
 */
export const hostToName = (href: string, words: string): string | undefined => {
  const url = new URL(href)
  if (url.protocol === 'mailto:') {
    const address = url.pathname
    return words.trim().toLowerCase() === `mailto:${address}`.toLowerCase() ||
      words.trim().toLowerCase() === address.toLowerCase()
      ? undefined
      : address
  }
  const asWritten = safeUrl(words.trim())
  const hidden = asWritten !== href
  const foreign = url.hostname.split('.').some((label) => label.startsWith('xn--'))
  return hidden || foreign ? url.host : undefined
}
