import type { ComponentType, ReactNode } from 'react'
import type { LucideProps } from 'lucide-react'
import parts from './parts.module.css'

const sizes = { s: parts['iconS'], m: parts['iconM'], n: '', l: parts['iconL'] } as const

/** A picture beside words; it never stands for them. `size`: s 14, m 16, n 18, l 20 CSS pixels. */
export const Icon = (props: {
  readonly of: ComponentType<LucideProps>
  readonly size?: keyof typeof sizes
  readonly className?: string | undefined
}): ReactNode => {
  const Of = props.of
  return <Of aria-hidden="true" className={cx(parts['icon'], sizes[props.size ?? 'n'], props.className)} />
}

/** Joins class names, leaving out what is not there. */
export const cx = (...names: readonly (string | false | undefined)[]): string => names.filter(Boolean).join(' ')

export const Mark = ({ size = 20 }: { readonly size?: number }): ReactNode => (
  <span className={parts['mark']}>
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M4.2 3v14M15.8 3v14" />
      <path d="M4.6 12.6C8 12.6 9 7.4 15.4 7.4" />
    </svg>
  </span>
)
