import { readFileSync } from 'node:fs'
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
})
