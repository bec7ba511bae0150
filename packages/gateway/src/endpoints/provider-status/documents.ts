/** The words of these endpoints, and what they refuse. */
import { refuse } from '../../domain/failure.ts'
import type { FleetHealth } from '../../fleet/health/fleet-health.ts'
import type { HealthRow } from '../../fleet/health/health-history.ts'
import type { HealthSnapshot } from '../../fleet/health/health-watch.ts'
import type { ProviderHealth } from '../../fleet/health/provider-health.ts'
import type { FlatHeaders } from '../../http/cors.ts'

/** These change with every call. */
export const neverStored: FlatHeaders = ['cache-control', 'no-store']

export function statusesDocument({ at, providers }: HealthSnapshot): Readonly<Record<string, unknown>> {
  return { timestamp: dateOf(at), providers: Object.fromEntries(providers.map((health) => [health.provider, statusDocument(health)])) }
}

export function statusDocument(health: ProviderHealth): Readonly<Record<string, unknown>> {
  return {
    status: health.status,
    response_time_ms: health.responseTimeMs,
    uptime_percent: health.uptimePercent,
    rate_limit_percent: health.rateLimitPercent,
    last_check: health.lastCheckAt === undefined ? 'never' : dateOf(health.lastCheckAt),
    error_message: health.errorMessage ?? null,
    consecutive_failures: health.consecutiveFailures,
  }
}

export function rowDocument(row: HealthRow): Readonly<Record<string, unknown>> {
  return {
    provider_name: row.provider,
    status: row.status,
    response_time_ms: row.responseTimeMs,
    timestamp: dateOf(row.lastCheckAt),
  }
}

/** In UTC, and says so. */
export function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

const hourMs = 3_600_000
const mostHours = 168

/** Milliseconds since the epoch from which the query wants to know; a day back unless it says otherwise. @throws RefusedCall 400. */
export function sinceIn(query: string, wallNow: number): number {
  const hours = new URLSearchParams(query).get('hours') ?? '24'
  const number = /^\d{1,4}$/.test(hours) ? Number(hours) : 0
  if (number >= 1 && number <= mostHours) return wallNow - number * hourMs
  throw refuse('bad-request', `\`hours\` must be a whole number from 1 to ${mostHours}.`, { param: 'hours', code: 'invalid_value' })
}

/** @throws RefusedCall 404. */
export function mustKnow(health: FleetHealth, provider: string): void {
  if (health.has(provider)) return
  throw refuse('bad-request', `There is no provider of this name that can be asked. See GET /v1/providers.`, {
    status: 404,
    code: 'provider_not_found',
  })
}
