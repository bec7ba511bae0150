/** `GET /health`: for load balancers and people; says how access stands, never who has which key. */
import type { PoolSnapshot } from '@keywheel/keyring'
import { writeJson } from '../http/write-reply.ts'
import { isAsleep } from './asleep.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const health: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/health',
  access: 'open',
  answer: (call, rooms) => {
    const pools = rooms.keyring.snapshot()
    const usable = pools.filter((pool) => isUsable(pool, rooms.now())).length
    const status = pools.length > 0 && usable === pools.length ? 'healthy' : 'degraded'
    const uptime = Math.floor((rooms.now() - rooms.startedAt) / 1000)
    const body = {
      status,
      auth: rooms.isOpen ? 'open' : 'key',
      providers_configured: pools.length > 0,
      providers: { total: pools.length, usable },
      in_flight: rooms.keyring.inFlight,
      uptime_seconds: uptime,
      version: rooms.version,
    }
    writeJson(call, 200, JSON.stringify(body), ['cache-control', 'no-store'])
  },
}

/** At least one key does not rest as a whole. */
function isUsable(pool: PoolSnapshot, now: number): boolean {
  return pool.keys.some((key) => !isAsleep(key.state, now))
}
