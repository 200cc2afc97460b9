/** Secrets for the application (RFC 9420 §8.5). */
import { cryptoOf } from './crypto.ts'
import type { GroupState } from './group-state.ts'
import { exporter } from './key-schedule.ts'
import type { Provider } from './provider.ts'

/** MLS-Exporter: `length` bytes bound to label, context and epoch; the same at every member. Labels are ASCII. */
export function exportSecret(options: {
  readonly provider: Provider
  readonly state: GroupState
  readonly label: string
  readonly context: Uint8Array
  readonly length: number
}): Promise<Uint8Array> {
  const { state } = options
  return exporter(
    cryptoOf(options.provider, state.context.suite),
    state.secrets.exporterSecret,
    options.label,
    options.context,
    options.length,
  )
}
