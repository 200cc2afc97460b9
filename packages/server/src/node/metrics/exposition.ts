/** The text that Prometheus reads (exposition format 0.0.4), of listed metrics with listed label values alone. */
import type { HistogramCounts } from './histogram.ts'
import { metricKinds } from './metric-list.ts'
import type { MetricName } from './metric-list.ts'

export interface Sample {
  readonly name: MetricName
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number | HistogramCounts
}

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** Samples in the order of the list, each metric under its HELP and TYPE. What is not listed is left out. */
export const exposition = (samples: readonly Sample[]): string => {
  const lines: string[] = []
  for (const [name, { type, help, labels = {} }] of metricKinds) {
    const listed = samples.filter((sample) => sample.name === name && areListed(sample.labels ?? {}, labels))
    if (listed.length === 0) continue
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const sample of listed) lines.push(...sampleLines(sample))
  }
  return `${lines.join('\n')}\n`
}

const areListed = (
  given: Readonly<Record<string, string>>,
  listed: Readonly<Record<string, readonly string[]>>,
): boolean =>
  Object.keys(given).length === Object.keys(listed).length &&
  Object.entries(given).every(([label, value]) => Object.hasOwn(listed, label) && listed[label]?.includes(value))

/** Listed label values have none of the signs that the format would want escaped. */
const sampleLines = ({ name, labels = {}, value }: Sample): readonly string[] => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
  const line = (suffix: string, more: readonly string[], number: number): string => {
    const all = [...pairs, ...more].join(',')
    return `${name}${suffix}${all === '' ? '' : `{${all}}`} ${number}`
  }
  if (typeof value === 'number') return [line('', [], value)]
  return [
    ...value.upTo.map(([bound, count]) => line('_bucket', [`le="${bound}"`], count)),
    line('_bucket', ['le="+Inf"'], value.count),
    line('_sum', [], value.sum),
    line('_count', [], value.count),
  ]
}
