import { useMemo } from 'react'
import type { ReactNode } from 'react'
import encodeQR from 'qr'
import { cx } from './icon.tsx'
import parts from './parts.module.css'

interface CodeProps {
  readonly of: string
  readonly label: string
  /** Capital letters, digits and spaces alone make a code of fewer and larger squares. */
  readonly alphanumeric?: boolean
  readonly className?: string | undefined
}

const ink = 'oklch(0.29 0.045 225)'

/** Text as a code to scan: one path, with the three corner marks drawn round, on white in every look. */
export const Code = (props: CodeProps): ReactNode => {
  const { of, alphanumeric } = props
  const { path, size } = useMemo(() => codePath(of, alphanumeric === true), [of, alphanumeric])
  return (
    <span className={cx(parts['qr'], props.className)}>
      <svg
        viewBox={`-2 -2 ${size + 4} ${size + 4}`}
        role="img"
        aria-label={props.label}
        shapeRendering="geometricPrecision"
        fill={ink}
      >
        <path d={path} />
        <Corner x={0} y={0} />
        <Corner x={size - 7} y={0} />
        <Corner x={0} y={size - 7} />
      </svg>
    </span>
  )
}

const Corner = ({ x, y }: { readonly x: number; readonly y: number }): ReactNode => (
  <g>
    <rect x={x + 0.5} y={y + 0.5} width="6" height="6" rx="1.8" fill="none" stroke={ink} strokeWidth="1" />
    <rect x={x + 2} y={y + 2} width="3" height="3" rx=".9" />
  </g>
)

const codePath = (text: string, alphanumeric: boolean): { readonly path: string; readonly size: number } => {
  // The library draws at least one sign of margin; ours is in the view box.
  const framed = encodeQR(text, 'raw', {
    ecc: 'medium',
    border: 1,
    ...(alphanumeric ? { encoding: 'alphanumeric' as const } : {}),
  })
  const rows = framed.slice(1, -1).map((row) => row.slice(1, -1))
  const size = rows.length
  const corner = (x: number, y: number): boolean =>
    (x < 7 && y < 7) || (x >= size - 7 && y < 7) || (x < 7 && y >= size - 7)
  let path = ''
  rows.forEach((row, y) => {
    for (let x = 0; x < size;) {
      let end = x
      while (end < size && row[end] === true && !corner(end, y)) end++
      if (end > x) path += `M${x} ${y}h${end - x}v1h-${end - x}z`
      x = Math.max(end, x + 1)
    }
  })
  return { path, size }
}
