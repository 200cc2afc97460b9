// Installs what Halyard needs, once. Every script runs it first, under whatever Node the machine has (18 or newer):
// therefore CommonJS, and nothing but Node's own modules. Node 26 itself comes with the packages it installs.
'use strict'
const { spawn } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const { basename, join } = require('node:path')

const root = join(__dirname, '..')
const script = process.env.npm_lifecycle_event ?? ''
// `npm start` runs with what the product needs; everything else also needs the tools.
const withTools = (script !== 'prestart' && script !== 'prebuild') || process.env.NODE_ENV !== 'production'

const main = async () => {
  if (Number(process.versions.node.split('.')[0]) < 18)
    fail('Halyard needs Node 18 or newer to set itself up. This is Node ' + process.versions.node + '.')
  if (!installed(root, withTools)) {
    await install(
      root,
      withTools ? '--include=dev' : '--omit=dev',
      'Installing what Halyard needs (once, about half a minute)',
    )
  }
  if (!bundledNode() && Number(process.versions.node.split('.')[0]) < 26) {
    fail('There is no Node 26 for this kind of machine among the packages. Install Node 26 or newer and try again.')
  }
  const lint = join(root, 'tools', 'lint')
  if (script === 'precheck' || script === 'preformat') {
    if (!installed(lint, true)) await install(lint, '--include=dev', 'Installing the lint tools (once)')
  }
}

/** Whether what npm says is installed is what the lockfile says. An interrupted install leaves no such note. */
const installed = (folder, withDev) => {
  const wanted = readPackages(join(folder, 'package-lock.json'))
  const there = readPackages(join(folder, 'node_modules', '.package-lock.json'))
  if (wanted === undefined) fail('package-lock.json is missing or damaged in ' + folder + '.')
  if (there === undefined) return false
  return Object.entries(wanted).every(([path, one]) => {
    if (!path.includes('node_modules/') || one.link || (one.dev && !withDev)) return true
    const found = there[path]
    if (found === undefined) return one.optional === true || one.devOptional === true
    return found.version === one.version && found.integrity === one.integrity && existsSync(join(folder, path))
  })
}

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

const bundledNode = () =>
  existsSync(join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node'))

const install = (folder, dev, what) =>
  new Promise((resolve) => {
    console.log(what + ' …')
    const [command, first] = npm()
    const startedMs = Date.now()
    const child = spawn(
      command,
      [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', dev],
      {
        cwd: folder,
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe'],
        shell: process.platform === 'win32' && first.length === 0,
      },
    )
    let said = ''
    child.stderr.on('data', (data) => (said = (said + data).slice(-20_000)))
    const clock = setInterval(
      () => console.log(`  still installing, ${Math.round((Date.now() - startedMs) / 1000)} s …`),
      10_000,
    )
    child.on('error', () => fail('npm could not be started. Is npm installed?'))
    child.on('close', (code) => {
      clearInterval(clock)
      if (code !== 0) fail(reason(said, folder), said)
      console.log(`  done in ${Math.round((Date.now() - startedMs) / 1000)} s.`)
      resolve()
    })
  })

/** The npm that runs this script, under the Node it runs with (the one in node_modules is about to be replaced). */
const npm = () => {
  const path = process.env.npm_execpath
  const isNpm = path !== undefined && basename(path).startsWith('npm') && existsSync(path)
  return isNpm ? [process.env.npm_node_execpath ?? process.execPath, [path]] : ['npm', []]
}

/** Without what the outer npm set for its own run (workspace, prefix, arguments). */
const environment = () => {
  const own =
    /^npm_(?:config_(?:workspaces?|prefix|local_prefix|global|include|omit|include_workspace_root)|package_|lifecycle_)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

const reason = (said, folder) => {
  if (/\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(said))
    return 'The package registry cannot be reached. Check the network (or the proxy settings of npm) and try again.'
  if (/\bENOSPC\b/.test(said)) return 'The disk is full. Make room and try again.'
  if (/\b(?:EACCES|EPERM|EROFS)\b/.test(said))
    return 'The folder ' + folder + ' (or the npm cache) cannot be written. Run this as the user who owns it.'
  if (/\bEUSAGE\b/.test(said))
    return 'package.json and package-lock.json do not agree. Run `npm install` and try again.'
  return 'The packages could not be installed. What npm said stands above; `npm ci` in ' + folder + ' repeats it.'
}

const fail = (sentence, details) => {
  if (details !== undefined && details !== '') console.error(details.trimEnd())
  console.error(sentence)
  process.exit(1)
}

void main()
