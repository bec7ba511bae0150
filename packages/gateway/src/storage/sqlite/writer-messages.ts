/** What the gateway and its usage writer say to one another. */
import type { HealthRow } from '../../fleet/health/health-history.ts'

export interface WriterData {
  readonly dataDirectory: string
  /** Where the journal's segments lie. */
  readonly directory: string
  readonly retentionDays: number
  readonly healthRetentionDays: number
}

export type WriterAsk =
  /** Finish, and end. */
  | { readonly is: 'close' }
  | { readonly is: 'put-health'; readonly rows: readonly HealthRow[] }
  | { readonly is: 'read-health'; readonly number: number; readonly since: number; readonly provider?: string }

export type WriterSays =
  | { readonly is: 'ready'; readonly firstSegment: number }
  | { readonly is: 'refused'; readonly message: string }
  | { readonly is: 'trouble'; readonly message: string }
  | { readonly is: 'closed' }
  /** What was asked for by this number; without rows, why it cannot be read. */
  | { readonly is: 'health'; readonly number: number; readonly rows?: readonly HealthRow[]; readonly message?: string }

export function readWriterData(value: unknown): WriterData {
  const fields = fieldsOf(value)
  return {
    dataDirectory: String(fields['dataDirectory']),
    directory: String(fields['directory']),
    retentionDays: Number(fields['retentionDays']),
    healthRetentionDays: Number(fields['healthRetentionDays']),
  }
}

export function readWriterSays(value: unknown): WriterSays {
  const fields = fieldsOf(value)
  const message = String(fields['message'])
  switch (fields['is']) {
    case 'ready':
      return { is: 'ready', firstSegment: Number(fields['firstSegment']) }
    case 'refused':
      return { is: 'refused', message }
    case 'closed':
      return { is: 'closed' }
    case 'health':
      return { is: 'health', number: Number(fields['number']) }
    default:
      return { is: 'trouble', message }
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
