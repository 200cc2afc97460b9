/** Who may import whom. "The server cannot read" is one of these rules, so they are exact. */
import { posix } from 'node:path'
import { at, isNode, isTest, nameOf, nodes } from './source.ts'
import type { Finding, Node, Source } from './source.ts'

/** What each package may import of the others; a name with a slash allows that part alone. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  mls: [],
  crypto: ['protocol', 'mls'],
  keylog: ['protocol', 'crypto/verify', 'crypto/authority'],
  client: ['protocol', 'crypto', 'mls', 'keylog'],
  server: ['protocol', 'keylog', 'crypto/verify', 'crypto/authority'],
  web: ['protocol', 'client'],
  bot: ['protocol', 'client'],
  cli: ['protocol', 'server', 'keylog', 'bot'],
  sim: ['protocol', 'mls', 'crypto', 'keylog', 'client', 'server', 'bot', 'cli'],
}
/** The parts of crypto that the server has: what they reach, the server reaches. */
const serverHalves = ['packages/crypto/src/verify/', 'packages/crypto/src/authority/']
/** Packages that run anywhere, but for the files named. */
const wholeCore: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  crypto: [],
  mls: ['packages/mls/src/providers/node.ts', 'packages/mls/src/providers/web.ts', 'packages/mls/vectors.ts'],
}

interface Import {
  readonly node: Node
  /** Undefined when it is computed. */
  readonly name: string | undefined
}

export const importFindings = (source: Source): readonly Finding[] =>
  importsOf(source.tree).flatMap(({ node, name }) => {
    const words =
      name === undefined ? computed(source.path) : (direction(source.path, name) ?? relative(source.path, name))
    const found = words === undefined ? [] : [at(source, node, words.rule, words.words)]
    const outside = name === undefined ? undefined : environment(source.path, name)
    return outside === undefined ? found : [...found, at(source, node, 'environment', outside)]
  })

const importsOf = (tree: Node): readonly Import[] => {
  const found: Import[] = []
  for (const node of nodes(tree)) {
    if (/^(?:Import|Export(?:Named|All))Declaration$/.test(node.type) && isNode(node['source']))
      found.push({ node, name: nameOf(node['source']) })
    else if (node.type === 'ImportExpression') found.push({ node, name: literal(node['source']) })
    else if (node.type === 'TSImportType') found.push({ node, name: literal(node['source'] ?? node['argument']) })
    else if (node.type === 'CallExpression' && nameOf(node['callee']) === 'require')
      found.push({ node, name: literal((node['arguments'] as readonly unknown[])[0]) })
  }
  return found
}

const literal = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined
  if (value.type === 'TSLiteralType') return literal(value['literal'])
  return value.type === 'Literal' ? nameOf(value) : undefined
}

interface Words {
  readonly rule: string
  readonly words: string
}
const packageOf = (path: string): string | undefined => /^packages\/([^/]+)\//.exec(path)?.[1]

const computed = (path: string): Words | undefined =>
  path.startsWith('packages/') && !isTest(path)
    ? { rule: 'computed-import', words: 'a computed import hides what is imported: name it' }
    : undefined

const direction = (path: string, name: string): Words | undefined => {
  const match = /^@halyard\/(.+)$/.exec(name)
  if (match?.[1] === undefined) return undefined
  const wanted = match[1]
  const own = packageOf(path)
  if (serverHalves.some((half) => path.startsWith(half)) && !isTest(path) && wanted !== 'protocol') {
    return { rule: 'direction', words: `the server has this folder: it may not import @halyard/${wanted}` }
  }
  if (own !== undefined && wanted.split('/')[0] === own) return undefined
  const allowed = own === undefined ? (isKit(path) ? Object.keys(mayImport) : []) : (mayImport[own] ?? [])
  const fits = allowed.some((one) => wanted === one || wanted.startsWith(`${one}/`))
  return fits ? undefined : { rule: 'direction', words: `${own ?? 'this folder'} may not import @halyard/${wanted}` }
}

const isKit = (path: string): boolean => /^(?:tools\/e2e|packages\/[^/]+\/(?:test|bench))\//.test(path)

const relative = (path: string, name: string): Words | undefined => {
  if (!name.startsWith('.')) return undefined
  const bare = name.replace(/\?.*$/, '')
  if (!/\.(?:ts|tsx|css|json|svg|woff2|wasm|cjs|mjs)$/.test(bare))
    return { rule: 'import-extension', words: `write the file's extension: ${name}.ts` }
  const target = posix.join(posix.dirname(path), bare)
  const own = packageOf(path)
  const crosses = own === undefined ? target.startsWith('packages/') : !target.startsWith(`packages/${own}/`)
  // Tests of the whole product share one kit, wherever they stand.
  if (crosses && !(isKit(path) && isKit(target)))
    return { rule: 'import-across', words: `import another package by its name, not by ${name}` }
  const half = serverHalves.find((one) => path.startsWith(one))
  if (half !== undefined && !isTest(path) && !serverHalves.some((one) => target.startsWith(one))) {
    return { rule: 'direction', words: `the server has this folder: it may not reach ${target}` }
  }
  return undefined
}

type Environment = 'core' | 'web' | 'node'

/** What the code of a file may touch; undefined where nothing is said. */
const environmentOf = (path: string): Environment | undefined => {
  const own = packageOf(path)
  if (own === undefined) return undefined
  const folder = /^packages\/[^/]+\/src\/(core|sqlite|host|web|node)\//.exec(path)?.[1]
  // sqlite/ and host/ are for browsers and Node alike: they may touch what the core may.
  if (folder !== undefined) return folder === 'sqlite' || folder === 'host' ? 'core' : (folder as Environment)
  if (own === 'web' && path.startsWith('packages/web/src/')) return 'web'
  if (own in wholeCore && path.startsWith(`packages/${own}/src/`) && wholeCore[own]?.includes(path) !== true)
    return 'core'
  return undefined
}

const environment = (path: string, name: string): string | undefined => {
  const own = isTest(path) ? undefined : environmentOf(path)
  if (own === undefined || own === 'node')
    return own === 'node' && reaches(path, name) === 'web' ? `node/ may not import ${name}` : undefined
  if (name.startsWith('node:')) return `${own} code may not import ${name}`
  const there = reaches(path, name)
  if (there === undefined || there === 'core' || there === own) return undefined
  return `${own} code may not import ${name}, which is for ${there}`
}

const reaches = (path: string, name: string): Environment | undefined => {
  if (name.startsWith('.')) {
    const target = posix.join(posix.dirname(path), name.replace(/\?.*$/, ''))
    if (/^packages\/mls\/src\/providers\/(?:node|web)\.ts$/.test(target))
      return target.endsWith('node.ts') ? 'node' : 'web'
    return environmentOf(target)
  }
  const part = /^@halyard\/[^/]+\/(node|web)$/.exec(name)?.[1]
  return part === undefined ? undefined : (part as Environment)
}
