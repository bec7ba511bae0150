/** `GET /health`: for load balancers and people; says how access stands, never who has which key. */
import type { PoolSnapshot } from '@keywheel/keyring'
import type { ProviderStatus } from '../fleet/health/provider-health.ts'
import { writeJson } from '../http/write-reply.ts'
import { isAsleep } from './asleep.ts'
import type { OwnEndpoint, OwnRooms } from './endpoint.ts'

export const health: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/health',
  access: 'open',
  answer: (call, rooms) => {
    const pools = rooms.keyring.snapshot()
    const usable = pools.filter((pool) => isUsable(pool, rooms.now())).length
    const statuses = countStatuses(rooms)
    const isWell = pools.length > 0 && usable === pools.length && statuses.down === 0
    const isStopping = call.stopping.hasBegun
    const uptime = Math.floor((rooms.now() - rooms.startedAt) / 1000)
    const body = {
      status: isStopping ? 'stopping' : isWell ? 'healthy' : 'degraded',
      auth: rooms.isOpen ? 'open' : 'key',
      providers_configured: pools.length > 0,
      providers: { total: pools.length, usable },
      provider_status: statuses,
      in_flight: rooms.keyring.inFlight,
      uptime_seconds: uptime,
      version: rooms.version,
    }
    // A load balancer reads the status code: it shall send nothing here any more.
    writeJson(call, isStopping ? 503 : 200, JSON.stringify(body), ['cache-control', 'no-store'])
  },
}

function countStatuses({ health: watched }: OwnRooms): Record<ProviderStatus, number> {
  const counts = { healthy: 0, degraded: 0, down: 0, unknown: 0 }
  for (const { status } of watched.statuses()) counts[status] += 1
  return counts
}

/** At least one key does not rest as a whole. */
function isUsable(pool: PoolSnapshot, now: number): boolean {
  return pool.keys.some((key) => !isAsleep(key.state, now))
}
