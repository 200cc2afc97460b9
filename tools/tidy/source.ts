/** A source file as the rules see it: its text, and its tree. */
import { parseAst } from 'vitest/node'

/** One complaint. `words` say what to do. */
export interface Finding {
  readonly rule: string
  readonly path: string
  /** From 1; undefined when it is about the whole file. */
  readonly line: number | undefined
  readonly words: string
}

export interface Source {
  /** Relative to the repository, with `/` between names. */
  readonly path: string
  readonly text: string
  readonly tree: Node
}

/** Anything in a syntax tree (ESTree with TypeScript's nodes). */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** Undefined when the file is not TypeScript that can be parsed. */
export const parse = (path: string, text: string): Source | undefined => {
  try {
    const lang = path.endsWith('.tsx') ? 'tsx' : /\.[cm]?js$/.test(path) ? 'js' : 'ts'
    return { path, text, tree: parseAst(text, { lang }) as unknown as Node }
  } catch {
    return undefined
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string'

/** Every node of the tree, parents first. */
export function* nodes(tree: Node): Generator<Node> {
  yield tree
  for (const value of Object.values(tree)) {
    if (isNode(value)) yield* nodes(value)
    else if (Array.isArray(value)) for (const one of value as readonly unknown[]) if (isNode(one)) yield* nodes(one)
  }
}

/** The name an identifier or string literal carries. */
export const nameOf = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined
  const name = value['name'] ?? value['value']
  return typeof name === 'string' ? name : undefined
}

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

export const at = (source: Source, node: Node, rule: string, words: string): Finding => ({
  rule,
  path: source.path,
  line: lineAt(source.text, node.start),
  words,
})

export const isTest = (path: string): boolean =>
  /(?:\.test\.tsx?|-conformance\.ts|\/test-[a-z-]+\.ts)$/.test(path) ||
  /^(?:packages\/[^/]+|tools)\/(?:test|e2e|bench)\//.test(path)
