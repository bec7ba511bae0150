/** `GET /api/providers/export/csv?hours=`: the history for a spreadsheet (RFC 4180). */
import type { HealthRow } from '../../fleet/health/health-history.ts'
import { writeBody } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { dateOf, neverStored, sinceIn } from './documents.ts'

export const exportCsv: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/export/csv',
  access: 'key',
  rootOnly: true,
  answer: async (call, { health, wallNow }) => {
    const rows = await health.history(sinceIn(call.query, wallNow()))
    const headers = ['content-type', 'text/csv; charset=utf-8', 'content-disposition', 'attachment; filename="provider-status.csv"']
    writeBody(call, 200, csvOf(rows), [...headers, ...neverStored])
  },
}

const columns: Readonly<Record<string, (row: HealthRow) => string | number>> = {
  provider_name: (row) => row.provider,
  status: (row) => row.status,
  response_time_ms: (row) => row.responseTimeMs,
  uptime_percent: (row) => row.uptimePercent,
  rate_limit_percent: (row) => row.rateLimitPercent,
  last_check_timestamp: (row) => dateOf(row.lastCheckAt),
  consecutive_failures: (row) => row.consecutiveFailures,
}

export function csvOf(rows: readonly HealthRow[]): string {
  const lines = rows.map((row) => Object.values(columns).map((read) => fieldOf(read(row))))
  return [Object.keys(columns), ...lines].map((fields) => `${fields.join(',')}\r\n`).join('')
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front, which makes it text. */
function fieldOf(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
