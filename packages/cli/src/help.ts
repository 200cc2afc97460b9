/** Everything there is to say to `halyard --help`. */
export const help = `Halyard, an end-to-end encrypted messenger on your own server.

  halyard [up]        start the server (what npm start runs)
  halyard url URL     give a stopped server another public URL
  halyard backup DIR  copy the data into a new folder, also while the server runs
  halyard restore DIR put such a copy in the place of a stopped server's data
  halyard restored    run once after the data came back from any other copy
  halyard service install | uninstall | status
                      run it in the background with the options of up, as a
                      systemd service of this user

Options of all                      or in the environment
  --data DIR                        HALYARD_DATA
        Folder of everything that is kept, one server each.
        Default: $XDG_DATA_HOME/halyard, else ~/.local/share/halyard

Options of up
  --url URL                         HALYARD_URL
        Where people reach the server: scheme, host and port. It is decided
        before the first account, because browsers bind keys and messages
        to it, and kept with the data. Default: http://localhost:8420
        Anything but this computer needs https.
  --port PORT                       HALYARD_PORT
        Port to listen on. Default: the URL's, behind a proxy 8420
  --tls-cert FILE --tls-key FILE    HALYARD_TLS_CERT, HALYARD_TLS_KEY
        Certificate chain and key (PEM) for an https URL.
  --trust-proxy                     HALYARD_TRUST_PROXY=1
        A reverse proxy in front speaks https and sets X-Forwarded-Proto and
        X-Forwarded-Host; the port must be reachable by the proxy alone.
  --metrics-port PORT               HALYARD_METRICS_PORT
        Health and metrics for Prometheus, on this port of this computer
        alone. Default: none; 8421 is free by custom
  --log quiet|normal|talkative      HALYARD_LOG
        Lines of JSON on stderr: events and numbers, never content, names
        or addresses. Default: quiet
  --help
        This text.

Ctrl-C stops: what was acknowledged is on the disk.
`
