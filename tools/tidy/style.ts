/** What may stand in a file, and what a file may be called. */
import { at, isNode, isTest, lineAt, nameOf, nodes } from './source.ts'
import type { Finding, Node, Source } from './source.ts'

const linesMax = 400

/** Rules that need only the text: of TypeScript, CSS and plain scripts alike. */
export const textFindings = (path: string, text: string): readonly Finding[] => {
  const found: Finding[] = []
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  if (lines > linesMax)
    found.push({ rule: 'lines', path, line: undefined, words: `${lines} lines; split it below ${linesMax}` })
  for (const [rule, pattern, words] of marks) {
    for (const match of text.matchAll(pattern)) found.push({ rule, path, line: lineAt(text, match.index), words })
  }
  return found
}

// Written so that this file does not find itself.
const marks: readonly (readonly [string, RegExp, string])[] = [
  ['silenced', /@ts-(?:ignore|nocheck|expect-error)\b/g, 'say the type instead of silencing the compiler'],
  ['silenced', /\b(?:ox|es)lint-(?:disable)\b/g, 'mend the code, or change the rule for all'],
  ['unfinished', /\b(?:TO(?:DO)|FIX(?:ME))\b/g, 'finish it, or write an issue'],
]

/** kebab-case, or the name of a component for .tsx and its style sheet. */
export const nameFindings = (path: string): readonly Finding[] => {
  const parts = path.split('/')
  const name = parts.at(-1) ?? ''
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/
  const component = /^[A-Z][A-Za-z0-9]*(?:\.test\.tsx|\.tsx|\.module\.css)$/
  const fits = (kebab.test(name) || component.test(name)) && parts.slice(0, -1).every((folder) => kebab.test(folder))
  return fits
    ? []
    : [{ rule: 'file-name', path, line: undefined, words: 'name it in kebab-case, a component in PascalCase.tsx' }]
}

/** Rules that need the tree. */
export const treeFindings = (source: Source): readonly Finding[] => {
  const found: Finding[] = []
  for (const node of nodes(source.tree)) {
    if (node.type === 'TSAnyKeyword') found.push(at(source, node, 'any', 'say the type, or `unknown`'))
    if (isDefaultExport(node) && !mayDefaultExport.test(source.path))
      found.push(at(source, node, 'default-export', 'export it by its name'))
    if (leavesTestsOut(node)) found.push(at(source, node, 'left-out-test', 'every test runs, and all of them do'))
    if (writesHtml(node)) found.push(at(source, node, 'html', 'make elements; nothing is parsed as HTML'))
    if (!isTest(source.path) && buildsSql(node))
      found.push(at(source, node, 'built-sql', 'write the statement in one piece and bind its values'))
  }
  return found
}

/** Configurations, declarations, and what Playwright runs before the tests: their tools ask for a default export. */
const mayDefaultExport = /\.(?:config|d)\.ts$|^packages\/web\/test\/build-fixture\.ts$/
const isDefaultExport = (node: Node): boolean =>
  node.type === 'ExportDefaultDeclaration' ||
  (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default')

const runners = new Set(['describe', 'it', 'test', 'suite', 'bench'])
const leavingOut = new Set(['only', 'skip', 'todo', 'fixme', 'skipIf', 'runIf', 'fails'])
const leavesTestsOut = (node: Node): boolean => {
  if (node.type !== 'MemberExpression' || !leavingOut.has(nameOf(node['property']) ?? '')) return false
  let object: unknown = node['object']
  while (isNode(object) && object.type === 'MemberExpression') object = object['object']
  return isNode(object) && object.type === 'Identifier' && runners.has(nameOf(object) ?? '')
}

const htmlWords = new Set([
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'dangerouslySetInnerHTML',
  'setHTMLUnsafe',
  'createContextualFragment',
  'srcdoc',
  'srcDoc',
])
const writesHtml = (node: Node): boolean =>
  (node.type === 'MemberExpression' && htmlWords.has(nameOf(node['property']) ?? '')) ||
  (node.type === 'JSXAttribute' && htmlWords.has(nameOf(node['name']) ?? '')) ||
  (node.type === 'Property' && htmlWords.has(nameOf(node['key']) ?? ''))

// A pragma takes no bound values, so it may be put together.
const statement =
  /^\s*(?:SELECT|INSERT|REPLACE|UPDATE|DELETE|CREATE|DROP|ALTER|ATTACH|DETACH|SAVEPOINT|RELEASE|ROLLBACK|VACUUM|WITH)\b/i
const clause = /\b(?:SELECT|FROM|WHERE|VALUES|SET|ORDER BY|LIMIT)\b/
const runsSql = new Set(['run', 'get', 'all', 'exec', 'prepare', 'iterate', 'each', 'query'])

/** A statement put together from pieces and handed to a database. */
const buildsSql = (node: Node): boolean => {
  if (node.type !== 'CallExpression') return false
  const callee = node['callee']
  const method = isNode(callee) && callee.type === 'MemberExpression' ? nameOf(callee['property']) : nameOf(callee)
  if (method === undefined || !runsSql.has(method)) return false
  return (node['arguments'] as readonly unknown[]).some((one) => {
    const fixed = isNode(one) ? fixedParts(one) : undefined
    return fixed !== undefined && (method === 'prepare' || statement.test(fixed) || clause.test(fixed))
  })
}

/** The constant text of a template with holes or of a concatenation; undefined for anything in one piece. */
const fixedParts = (node: Node): string | undefined => {
  if (node.type === 'TemplateLiteral') {
    if ((node['expressions'] as readonly unknown[]).length === 0) return undefined
    return (node['quasis'] as readonly { readonly value: { readonly raw: string } }[])
      .map((one) => one.value.raw)
      .join(' ')
  }
  if (node.type === 'BinaryExpression' && node['operator'] === '+') {
    const sides = [node['left'], node['right']].map((side) =>
      isNode(side) ? (fixedParts(side) ?? (side.type === 'Literal' ? nameOf(side) : undefined)) : undefined,
    )
    return sides.every((side) => side === undefined) ? undefined : sides.join(' ')
  }
  return undefined
}
