/** The unit file that lets systemd run this installation for one user, and do little else. */
import { resolve } from 'node:path'
import { StartRefusal } from '@halyard/server/node'
import type { Options } from '../options.ts'

export interface Installation {
  /** Absolute paths: of the Node that runs this, and of `main.ts`. */
  readonly node: string
  readonly main: string
}

/** Every option is written out, so that what runs does not depend on anybody's environment. Throws StartRefusal. */
export const serviceUnit = ({ node, main }: Installation, options: Options): string => {
  if (/["'\\]/.test(node))
    throw new StartRefusal(`systemd runs no program with a quote or backslash in its path, as in ${node}; move it.`)
  // A $ begins a variable in every word but the first.
  const words = [main, ...upArguments(options)].map((word) => quoted(word).replaceAll('$', '$$$$'))
  const command = [quoted(node), ...words]
  return `# Written by halyard service install, which writes it anew each time.
[Unit]
Description=Halyard, an end-to-end encrypted messenger
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${command.join(' ')}
Environment=NODE_ENV=production
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
UMask=0077
# It writes to its data and nowhere else. (No MemoryDenyWriteExecute: V8 compiles as it runs.)
ReadWritePaths=${quoted(resolve(options.data))}
ProtectSystem=strict
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
`
}

const upArguments = ({ data, url, port, tls, trustProxy, metricsPort, log }: Options): readonly string[] => [
  'up',
  ...['--data', resolve(data)],
  ...(url === undefined ? [] : ['--url', url]),
  ...(port === undefined ? [] : ['--port', String(port)]),
  ...(tls === undefined ? [] : ['--tls-cert', resolve(tls.certFile), '--tls-key', resolve(tls.keyFile)]),
  ...(trustProxy ? ['--trust-proxy'] : []),
  ...(metricsPort === undefined ? [] : ['--metrics-port', String(metricsPort)]),
  ...['--log', log],
]

/** As systemd.syntax(7) and systemd.unit(5) read it: one word, no escape and no specifier in it. */
const quoted = (word: string): string => {
  if (/[\u0000-\u001f\u007f]/.test(word))
    throw new StartRefusal('A path with a line break or another control character cannot stand in a service.')
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}

export const unitName = 'halyard.service'

/** `$XDG_CONFIG_HOME/systemd/user/halyard.service`, else below `~/.config`. */
export const unitPath = (environment: Readonly<Record<string, string | undefined>>, home: string): string => {
  const base = environment['XDG_CONFIG_HOME']
  return resolve(base?.startsWith('/') === true ? base : `${home}/.config`, 'systemd/user', unitName)
}
