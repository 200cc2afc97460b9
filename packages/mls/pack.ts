/**
 * Around `npm pack`: before it, JavaScript and types are made and the manifest names them, as Node strips no types from
 * what is installed; after it, all stands as before. In the repository the sources are run as they are.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string>>
}

const here = import.meta.dirname
const manifestPath = join(here, 'package.json')
const keptPath = join(here, '.package.json.kept')
const compiledPath = join(here, 'dist')
const licensePath = join(here, 'LICENSE')

const begin = (): void => {
  end() // a run that was cut off
  compile()
  copyFileSync(join(here, '../../LICENSE'), licensePath)
  const published = `${JSON.stringify(publishedManifest(), undefined, 2)}\n`
  copyFileSync(manifestPath, keptPath)
  writeFileSync(manifestPath, published)
}

const end = (): void => {
  if (existsSync(keptPath)) renameSync(keptPath, manifestPath)
  for (const made of [compiledPath, licensePath]) rmSync(made, { recursive: true, force: true })
}

const compile = (): void => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const config = join(here, '.tsconfig.pack.json')
  const compilerOptions = {
    noEmit: false,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    rootDir: join(here, 'src'),
    outDir: compiledPath,
  }
  const include = [join(here, 'src')]
  const exclude = [join(here, 'src/**/*.test.ts')]
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', compilerOptions, include, exclude }))
  try {
    execFileSync(process.execPath, [compiler, '-p', config], { stdio: 'inherit' })
  } finally {
    rmSync(config)
  }
}

/** The repository's manifest with the compiled files in place of the sources. */
const publishedManifest = (): object => {
  const { name, version, license, dependencies, exports } = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest
  const compiled = (source: string, extension: string): string =>
    source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, extension)
  return {
    name,
    version,
    description: 'Messaging Layer Security (RFC 9420) with a post-quantum suite.',
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=24.7' },
    files: ['dist', 'example.ts'],
    exports: Object.fromEntries(
      Object.entries(exports).map(([path, source]) => [
        path,
        { types: compiled(source, '.d.ts'), default: compiled(source, '.js') },
      ]),
    ),
    dependencies,
  }
}

if (process.argv[2] === 'begin') begin()
else end()
