import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOptions } from '../options.ts'
import { service } from './service.ts'
import { serviceUnit } from './service-unit.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-service-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The values of a unit file by section and key, each key once. */
const readUnit = (unit: string): ReadonlyMap<string, string> => {
  const values = new Map<string, string>()
  let section = ''
  for (const line of unit.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const header = /^\[([A-Za-z]+)\]$/.exec(line)?.[1]
    if (header !== undefined) {
      section = header
      continue
    }
    const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
    expect(key, line).not.toBe('')
    expect(values.has(`${section}.${key}`), line).toBe(false)
    values.set(`${section}.${key}`, value)
  }
  return values
}
/** Words as systemd.syntax(7) splits them: in double quotes, a backslash before a sign stands for the sign. */
const splitWords = (text: string): string[] => {
  const words: string[] = []
  let rest = text
  while (rest !== '') {
    const [all = '', inside = ''] = /^"((?:[^"\\]|\\["\\])*)"(?: |$)/.exec(rest) ?? []
    if (all === '') throw new Error(`not a quoted word: ${rest}`)
    words.push(inside.replaceAll(/\\(["\\])/g, '$1'))
    rest = rest.slice(all.length)
  }
  return words
}
/** Specifiers of systemd.unit(5): none but the doubled sign itself. */
const withoutSpecifiers = (word: string): string => {
  if (/(?<!%)(?:%%)*%(?!%)/.test(word)) throw new Error(`a specifier in ${word}`)
  return word.replaceAll('%%', '%')
}
/** Variables of systemd.service(5), in every word but the program. */
const withoutVariables = (word: string): string => {
  if (/(?<!\$)(?:\$\$)*\$(?!\$)/.test(word)) throw new Error(`a variable in ${word}`)
  return word.replaceAll('$$', '$')
}
const commandOf = (unit: string): readonly string[] => {
  const [program = '', ...words] = splitWords(readUnit(unit).get('Service.ExecStart') ?? '').map(withoutSpecifiers)
  return [program, ...words.map(withoutVariables)]
}
const writable = (unit: string): readonly string[] =>
  splitWords(readUnit(unit).get('Service.ReadWritePaths') ?? '').map(withoutSpecifiers)

/** What systemd itself says of a unit; undefined where there is none to ask. */
const verify = (unit: string): { readonly code: number | undefined; readonly said: string } | undefined => {
  const path = join(folder, 'halyard.service')
  writeFileSync(path, unit)
  const { status, stderr, error } = spawnSync('systemd-analyze', ['verify', '--user', path], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
  })
  return error === undefined ? { code: status ?? undefined, said: stderr } : undefined
}
const wellSaid = { code: 0, said: '' }

/** As `main.ts` runs it, for somebody whose home is the test's folder. */
const run = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly code: number; readonly out: string } => {
  const options = readOptions(args, {})
  let out = ''
  const user = { home: folder, environment: { PATH: join(folder, 'bin'), ...environment } }
  const code = service(options.action ?? 'status', options, { ...user, write: (text) => (out += text) })
  return { code, out }
}
const unitFile = (): string => join(folder, '.config/systemd/user/halyard.service')
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
/** A systemctl that notes what it was asked and says the word it is told. */
const fakeSystemctl = (word: string, code: number): (() => string[]) => {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const [path, asked] = [join(folder, 'bin/systemctl'), join(folder, 'asked')]
  writeFileSync(path, `#!/bin/sh\necho "$*" >> '${asked}'\necho ${word}\nexit ${code}\n`)
  chmodSync(path, 0o755)
  return () => readFileSync(asked, 'utf8').trim().split('\n')
}

describe('the unit', () => {
  test('runs this installation with all that was asked, whatever signs its paths have', () => {
    const path = fc
      .array(fc.constantFrom('a', ' ', '%', '$', '"', '\\', "'", 'é', '%n', '$HOME', '${A}', ';', '#', '-', '/'))
      .map((parts) => `/x${parts.join('').replaceAll(/\/+/g, '/')}y`)
    fc.assert(
      fc.property(path, path, path, path, (node, home, data, key) => {
        const program = node.replaceAll(/["'\\]/g, '')
        const options = readOptions(
          ['service', 'install', '--data', data, '--url', 'https://chat.example.org', '--port', '8443'].concat([
            '--tls-cert',
            key,
            '--tls-key',
            key,
            '--trust-proxy',
            '--metrics-port',
            '8421',
            '--log',
            'normal',
          ]),
          {},
        )
        const unit = serviceUnit({ node: program, main: home }, options)
        const [first, second, ...words] = commandOf(unit)
        expect([first, second]).toEqual([program, home])
        const { command, action, ...again } = readOptions(words, {})
        expect([command, action]).toEqual(['up', undefined])
        expect({ ...again, command, action }).toEqual({ ...options, command, action })
        expect(writable(unit)).toEqual([data])
      }),
    )
  })

  test('what was said in the environment stands in it too, and relative paths are made whole', () => {
    const options = readOptions(['service', 'install', '--data', 'data', '--tls-cert', 'a.pem', '--tls-key', 'b.pem'], {
      HALYARD_URL: 'https://chat.example.org',
      HALYARD_LOG: 'talkative',
    })
    expect(commandOf(serviceUnit({ node: '/node', main: '/main.ts' }, options))).toEqual(
      ['/node', '/main.ts', 'up', '--data', join(process.cwd(), 'data'), '--url', 'https://chat.example.org'].concat([
        '--tls-cert',
        join(process.cwd(), 'a.pem'),
        '--tls-key',
        join(process.cwd(), 'b.pem'),
        '--log',
        'talkative',
      ]),
    )
  })

  test('is one that systemd itself takes without a word, with spaces, dollars and percent signs', () => {
    const home = join(folder, 'a b%n $HOME é')
    mkdirSync(home)
    writeFileSync(join(home, 'node'), '#!/bin/sh\n', { mode: 0o755 })
    const data = join(home, 'd "q" \\x %%h')
    const options = readOptions(['service', 'install', '--data', data], {})
    const unit = serviceUnit({ node: join(home, 'node'), main: join(home, 'main.ts') }, options)
    expect(verify(unit) ?? wellSaid).toEqual(wellSaid)
    // It says how it reads a folder when it does not like it.
    const relative = verify(unit.replace('ReadWritePaths="/', 'ReadWritePaths="'))
    expect(relative?.said ?? data.slice(1)).toContain(data.slice(1))
    // And it can tell.
    expect(verify(unit.replace('%%n', '%n'))?.code ?? 1).toBe(1)
  })

  test('holds the server to its data, and leaves V8 its compiler', () => {
    const unit = readUnit(serviceUnit({ node: '/n', main: '/m' }, readOptions(['service', 'install'], {})))
    for (const [key, value] of [
      ['Restart', 'on-failure'],
      ['NoNewPrivileges', 'yes'],
      ['ProtectSystem', 'strict'],
      ['PrivateTmp', 'yes'],
      ['UMask', '0077'],
    ])
      expect([key, unit.get(`Service.${key}`)]).toEqual([key, value])
    expect(unit.get('Service.MemoryDenyWriteExecute')).toBeUndefined()
    expect(unit.get('Install.WantedBy')).toBe('default.target')
  })

  test('a path that cannot stand in one is refused', () => {
    const options = (data: string) => readOptions(['service', 'install', '--data', data], {})
    expect(() => serviceUnit({ node: '/n', main: '/m' }, options('/a\nExecStartPre=/bin/sh'))).toThrow(/line break/)
    expect(() => serviceUnit({ node: '/a"b/node', main: '/m' }, options('/a'))).toThrow(/quote or backslash/)
  })
})

describe('halyard service', () => {
  test('install writes a unit that runs, and says what to do where there is no systemd', async () => {
    const data = join(folder, 'da ta%n')
    const port = String(await freePort())
    const {
      status: code,
      stdout: out,
      stderr: err,
    } = spawnSync(process.execPath, [main, 'service', 'install', '--data', data, '--port', port], {
      encoding: 'utf8',
      env: { HOME: folder, PATH: join(folder, 'bin') },
    })
    expect([code, err]).toEqual([0, ''])
    for (const word of [unitFile(), 'systemctl --user enable halyard.service', 'loginctl enable-linger'])
      expect(out).toContain(word)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(existsSync(`${unitFile()}.new`)).toBe(false)
    const [program = '', ...words] = commandOf(readFileSync(unitFile(), 'utf8'))
    expect(program).toBe(process.execPath)
    // Where the service would start it: another folder, and hardly any environment.
    const child = spawn(program, words, { cwd: '/', env: { NODE_ENV: 'production' } })
    const said = await new Promise<string>((resolve) => {
      let text = ''
      const hear = (chunk: Buffer): void => {
        text += chunk.toString()
        if (text.includes('Ctrl-C stops it.')) resolve(text)
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.on('close', () => resolve(text))
    })
    expect(said).toContain(`http://localhost:${port}/setup#`)
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(existsSync(join(data, 'halyard.db'))).toBe(true)
  })

  test('where there is systemd it is asked; the data stays when the service goes', () => {
    const asked = fakeSystemctl('active', 0)
    const data = join(folder, 'data')
    const environment = { XDG_CONFIG_HOME: join(folder, 'config') }
    const path = join(folder, 'config/systemd/user/halyard.service')
    expect(run(['service', 'install', '--data', data], environment).out).toContain('journalctl --user -u halyard')
    expect(asked()).toEqual(['--user daemon-reload', '--user enable halyard.service', '--user restart halyard.service'])
    const first = readFileSync(path, 'utf8')
    run(['service', 'install', '--data', data, '--log', 'normal'], environment)
    expect(readFileSync(path, 'utf8')).not.toBe(first)
    expect(run(['service', 'status'], environment)).toMatchObject({
      code: 0,
      out: expect.stringContaining('The service is active.') as string,
    })
    expect(run(['service', 'uninstall'], environment).code).toBe(0)
    expect(asked().slice(-2)).toEqual(['--user disable --now halyard.service', '--user daemon-reload'])
    expect([existsSync(path), existsSync(data)]).toEqual([false, true])
    expect(run(['service', 'uninstall'], environment)).toMatchObject({ code: 0 })
    expect(run(['service', 'status'], environment)).toMatchObject({ code: 3 })
  })

  test('a service that does not run is said not to', () => {
    run(['service', 'install', '--data', join(folder, 'data')])
    expect(run(['service', 'status'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('could not be asked') as string,
    })
    fakeSystemctl('failed', 3)
    expect(run(['service', 'status'])).toMatchObject({ code: 3, out: expect.stringContaining('is failed') as string })
  })

  test('what cannot be is refused in words', () => {
    for (const words of [['service'], ['service', 'start'], ['service', 'install', 'now']])
      expect(() => run(words)).toThrow(/^Say what about the service: /)
    writeFileSync(join(folder, '.config'), '')
    expect(() => run(['service', 'install', '--data', join(folder, 'data')])).toThrow(
      /^The file .+ cannot be written\.$/,
    )
  })
})
