/** One question before there is an account: connects, asks, and closes again. */
import { refuse } from '@halyard/protocol'
import type { Answer, CommandName, Request, Result } from '@halyard/protocol'
import { createConnection } from './connection.ts'
import type { Link } from './connection.ts'

/** How long a person waits for an answer before being told that there is no connection. */
const patienceMs = 15_000

export const askOnce = <N extends CommandName>(
  link: Link,
  command: N,
  request: Request<N>,
): Promise<Result<Answer<N>>> =>
  new Promise((resolve) => {
    let done = false
    const finish = (result: Result<Answer<N>>): void => {
      if (done) return
      done = true
      cancel()
      connection.stop()
      resolve(result)
    }
    const connection = createConnection(link, {
      opened: () =>
        void connection
          .request(command, request)
          .then((answer) => (answer.ok || answer.code !== 'offline' ? finish(answer) : undefined)),
      event: () => undefined,
      changed: () => undefined,
      outdated: () => finish(refuse('version-unsupported')),
      hostile: () => undefined,
    })
    const cancel = link.clock.setTimer(patienceMs, () => finish(refuse('offline')))
    connection.start()
  })
