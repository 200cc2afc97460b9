/** Which tests failed and with which words, from the reports that the runners wrote: the end of a log says it. */

export interface VitestFile {
  readonly name?: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly {
    readonly status: string
    readonly fullName: string
    readonly failureMessages?: readonly string[]
  }[]
}

export interface PlaywrightSuite {
  readonly title: string
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs?: readonly {
    readonly title: string
    readonly tests: readonly {
      readonly projectName: string
      readonly status: string
      readonly results: readonly { readonly errors: readonly { readonly message?: string }[] }[]
    }[]
  }[]
}

const longest = 600

/** Of Vitest's report: each failed or skipped test, and each file that could not be loaded. */
export const vitestFailures = (files: readonly VitestFile[]): string[] =>
  files.flatMap((file) =>
    file.status === 'failed' && file.assertionResults.length === 0
      ? [line(file.name ?? 'a file', 'could not be loaded', file.message)]
      : file.assertionResults
          .filter(({ status }) => status !== 'passed')
          .map((one) => line(`${file.name ?? ''} › ${one.fullName}`, one.status, one.failureMessages?.[0])),
  )

/** Of Playwright's: each test that did not pass at the first try. */
export const playwrightFailures = (suites: readonly PlaywrightSuite[]): string[] =>
  suites.flatMap((suite) => [
    ...playwrightFailures(suite.suites ?? []),
    ...(suite.specs ?? []).flatMap((spec) =>
      spec.tests
        .filter(({ status }) => status !== 'expected')
        .map((one) =>
          line(
            `[${one.projectName}] ${suite.title} › ${spec.title}`,
            one.status,
            one.results.flatMap(({ errors }) => errors)[0]?.message,
          ),
        ),
    ),
  ])

/** Of a terminal. */
const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
const line = (name: string, how: string, words: string | undefined): string =>
  `${how}: ${name}${words === undefined ? '' : `\n  ${words.replaceAll(colours, '').slice(0, longest).replaceAll('\n', '\n  ')}`}`
