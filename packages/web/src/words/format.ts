/**
 * A subset of ICU MessageFormat: `{name}`, `{n, plural, one {…} other {…}}` with `#`, `{x, select, a {…} other {…}}`,
 * `{t, date, time|day|weekday|long|full}` (ms since 1970), and the tags `<b>` and `<code>`, which come back as parts so that nothing is
 * ever parsed as HTML. A malformed pattern is a bug and throws.
 */
export type Value = string | number
export type Values = Readonly<Record<string, Value>>
export interface Part {
  readonly text: string
  readonly tag?: 'b' | 'code'
  /** A text that was put in, not our own words: to be isolated where it is drawn. */
  readonly isValue?: true
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'count' }
  | { readonly kind: 'date'; readonly name: string; readonly style: string }
  | {
      readonly kind: 'choice'
      readonly name: string
      readonly plural: boolean
      readonly cases: ReadonlyMap<string, Pattern>
    }
  | { readonly kind: 'tag'; readonly tag: 'b' | 'code'; readonly body: Pattern }
type Pattern = readonly Node[]

export interface Formatter {
  parts(pattern: string, values?: Values): readonly Part[]
  text(pattern: string, values?: Values): string
}

const dateStyles: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'long' },
  weekday: { weekday: 'short' },
  long: { day: 'numeric', month: 'long', year: 'numeric' },
  full: { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
}

/** `timeZone` is only set by tests; the system's is used otherwise. */
export const createFormatter = (locale: string, timeZone?: string): Formatter => {
  const patterns = new Map<string, Pattern>()
  const rules = new Intl.PluralRules(locale)
  const numbers = new Intl.NumberFormat(locale)
  const dates = new Map<string, Intl.DateTimeFormat>()
  const date = (style: string, atMs: number): string => {
    const options = dateStyles[style]
    if (options === undefined) throw new Error(`no date style ${style}`)
    const known =
      dates.get(style) ?? new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone })
    dates.set(style, known)
    return known.format(atMs)
  }
  const walk = (pattern: Pattern, values: Values, count: number | undefined, tag: Part['tag'], out: Part[]): void => {
    const push = (text: string, isValue?: true): void => {
      if (text !== '')
        out.push({ text, ...(tag === undefined ? {} : { tag }), ...(isValue === undefined ? {} : { isValue }) })
    }
    for (const node of pattern) {
      if (node.kind === 'text') push(node.text)
      else if (node.kind === 'count') push(count === undefined ? '#' : numbers.format(count))
      else if (node.kind === 'tag') walk(node.body, values, count, node.tag, out)
      else {
        const value = values[node.name]
        if (value === undefined) throw new Error(`no value for ${node.name}`)
        if (node.kind === 'value' && typeof value === 'string') push(value, true)
        else if (node.kind === 'value') push(numbers.format(Number(value)))
        else if (node.kind === 'date') push(date(node.style, Number(value)))
        else {
          const key = node.plural ? rules.select(Number(value)) : String(value)
          const chosen = node.cases.get(key) ?? node.cases.get('other')
          if (chosen === undefined) throw new Error(`no case for ${key}`)
          walk(chosen, values, node.plural ? Number(value) : count, tag, out)
        }
      }
    }
  }
  const parts = (source: string, values: Values = {}): readonly Part[] => {
    const pattern = patterns.get(source) ?? parsePattern(source)
    patterns.set(source, pattern)
    const out: Part[] = []
    walk(pattern, values, undefined, undefined, out)
    return out
  }
  return {
    parts,
    text: (source, values) =>
      parts(source, values)
        .map((part) => part.text)
        .join(''),
  }
}

const parsePattern = (source: string): Pattern => {
  let at = 0
  const fail = (why: string): never => {
    throw new Error(`pattern "${source}" at ${at}: ${why}`)
  }
  const word = (): string => {
    const match = /^\s*([\w-]+)\s*/.exec(source.slice(at))
    if (match === null) return fail('a name is missing')
    at += match[0].length
    return match[1] ?? ''
  }
  const expect = (sign: string): void => {
    if (source[at] !== sign) fail(`${sign} is missing`)
    at++
  }
  const placeholder = (): Node => {
    const name = word()
    if (source[at] === '}') return (at++, { kind: 'value', name })
    expect(',')
    const type = word()
    if (type === 'date') {
      expect(',')
      const style = word()
      expect('}')
      return { kind: 'date', name, style }
    }
    if (type !== 'plural' && type !== 'select') fail(`unknown type ${type}`)
    expect(',')
    const cases = new Map<string, Pattern>()
    while (source[at] !== '}') {
      const key = word()
      expect('{')
      cases.set(key, sequence('}'))
      expect('}')
      while (source[at] === ' ') at++
    }
    at++
    if (!cases.has('other')) fail('the case "other" is missing')
    return { kind: 'choice', name, plural: type === 'plural', cases }
  }
  const sequence = (end: string): Pattern => {
    const nodes: Node[] = []
    let text = ''
    const flush = (): void => {
      if (text !== '') nodes.push({ kind: 'text', text })
      text = ''
    }
    while (at < source.length) {
      const rest = source.slice(at, at + 7)
      if (end !== '' && source.startsWith(end, at)) break
      const tag = rest.startsWith('<b>') ? 'b' : rest.startsWith('<code>') ? 'code' : undefined
      if (tag !== undefined) {
        flush()
        at += tag.length + 2
        const body = sequence(`</${tag}>`)
        if (!source.startsWith(`</${tag}>`, at)) fail(`</${tag}> is missing`)
        at += tag.length + 3
        nodes.push({ kind: 'tag', tag, body })
      } else if (source[at] === '{') {
        flush()
        at++
        nodes.push(placeholder())
      } else if (source[at] === '#') {
        flush()
        at++
        nodes.push({ kind: 'count' })
      } else text += source[at++]
    }
    flush()
    return nodes
  }
  const pattern = sequence('')
  if (at !== source.length) fail('something is left over')
  return pattern
}
