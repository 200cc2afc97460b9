import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

describe('README', () => {
  it('shows the example as it is', () => {
    const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
    const block = /```ts\n([\s\S]*?)```/.exec(file('README.md'))?.[1]
    expect(block).toBe(file('example.ts'))
  })

  it('each name that others can use is explained where it is made', () => {
    const source = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
    const names = [...source('index.ts').matchAll(/export (?:type )?\{([^}]*)\} from '\.\/([^']+)'/g)].flatMap(
      (match) =>
        (match[1] ?? '')
          .split(',')
          .map((name) => name.trim().replace(/^type /, ''))
          .filter((name) => name !== '')
          .map((name) => [name, match[2] ?? ''] as const),
    )
    for (const [, name] of source('types.ts').matchAll(/^export (?:type|const) (\w+)/gm))
      names.push([name ?? '', 'types.ts'])
    expect(names.length).toBeGreaterThan(80)
    const bare = names.filter(
      ([name, file]) =>
        !new RegExp(`\\*/\\nexport (?:async )?(?:function|const|type|interface) ${name}\\b`).test(source(file)),
    )
    expect(bare).toEqual([])
  })

  it('tags and secrets are compared by sameSecret alone', () => {
    const folder = new URL('.', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'bytes.ts',
    )
    const all = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n')
    expect(all.match(/sameSecret\(/g)?.length).toBeGreaterThanOrEqual(3)
    expect(all.match(/sameBytes\([^()]*(?:tag|secret|psk)\b[^()]*\)/gi) ?? []).toEqual([])
    // Nor by their hex, which is a comparison of texts.
    expect(all.match(/hex\([^()]*(?:tag|secret|psk)\b[^()]*\)\s*[!=]==/gi) ?? []).toEqual([])
  })
})
