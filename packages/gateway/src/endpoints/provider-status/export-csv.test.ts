import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HealthRow } from '../../fleet/health/health-history.ts'
import { csvOf } from './export-csv.ts'

function row(provider: string): HealthRow {
  return {
    provider,
    status: 'down',
    responseTimeMs: 1.5,
    uptimePercent: 50,
    rateLimitPercent: 0,
    lastCheckAt: 0,
    createdAt: 0,
    errorMessage: undefined,
    consecutiveFailures: 3,
  }
}

test('a name is neither a formula nor the end of its field', () => {
  const names = ['=1+1', '+1', '-1', '@x', '\tx', 'a,b', 'a "b"', 'a\r\nb', 'plain=x']
  const fields = csvOf(names.map(row)).split(',down,1.5,50,0,1970-01-01T00:00:00.000Z,3\r\n').slice(0, -1)
  fields[0] = fields[0]?.split('\r\n')[1] ?? ''
  assert.deepEqual(fields, ["'=1+1", "'+1", "'-1", "'@x", "'\tx", '"a,b"', '"a ""b"""', '"a\r\nb"', 'plain=x'])
})
