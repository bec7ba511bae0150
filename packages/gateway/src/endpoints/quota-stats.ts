/** `GET /v1/quota-stats?provider=NAME`: how every key stands, why it rests, until when, and what it has used. No raw key. */
import type { KeySnapshot, KeyState, PoolSnapshot } from '@keywheel/keyring'
import { writeJson } from '../http/write-reply.ts'
import { sumOf } from '../usage/consumption.ts'
import type { Consumed } from '../usage/consumption.ts'
import { isAsleep } from './asleep.ts'
import type { OwnEndpoint, OwnRooms } from './endpoint.ts'

export const quotaStats: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/quota-stats',
  access: 'key',
  answer: (call, rooms) => {
    const wanted = new URLSearchParams(call.query).get('provider')
    const pools = rooms.keyring.snapshot().filter((pool) => wanted === null || pool.name === wanted)
    writeJson(call, 200, JSON.stringify(statsOf(pools, rooms)), ['cache-control', 'no-store'])
  },
}

function statsOf(pools: readonly PoolSnapshot[], rooms: OwnRooms): Record<string, unknown> {
  const providers = pools.map((pool) => [pool.name, providerStats(pool, rooms)] as const)
  const keys = pools.flatMap((pool) => pool.keys)
  const used = sumOf(pools.flatMap((pool) => pool.keys.flatMap((key) => [...rooms.consumption.of(pool.name, key.id).values()])))
  const exhausted = countExhausted(keys, rooms)
  return {
    providers: Object.fromEntries(providers),
    summary: {
      total_providers: pools.length,
      total_credentials: keys.length,
      active_credentials: keys.length - exhausted,
      exhausted_credentials: exhausted,
      total_requests: used.requests,
      tokens: tokensOf(used),
      approx_total_cost: null,
    },
    data_source: 'memory',
    // Counts begin with the process; rows of earlier ones are in the usage database.
    counted_since: Math.round(rooms.wallNow() - (rooms.now() - rooms.startedAt)) / 1000,
    timestamp: rooms.wallNow() / 1000,
  }
}

function providerStats(pool: PoolSnapshot, rooms: OwnRooms): Record<string, unknown> {
  const used = sumOf(pool.keys.flatMap((key) => [...rooms.consumption.of(pool.name, key.id).values()]))
  const exhausted = countExhausted(pool.keys, rooms)
  return {
    provider: pool.name,
    credential_count: pool.keys.length,
    rotation_mode: pool.rotation,
    active_count: pool.keys.length - exhausted,
    exhausted_count: exhausted,
    total_requests: used.requests,
    tokens: tokensOf(used),
    approx_cost: null,
    targets: Object.fromEntries(Object.entries(pool.targets).map(([model, state]) => [model, restOf(state, rooms) ?? { state: 'ready' }])),
    credentials: Object.fromEntries(pool.keys.map((key) => [key.id, credentialStats(pool.name, key, rooms)])),
  }
}

function credentialStats(provider: string, key: KeySnapshot, rooms: OwnRooms): Record<string, unknown> {
  const used = rooms.consumption.of(provider, key.id)
  const cooldowns = Object.entries({ ...modelStates(key), '*': key.state })
    .map(([model, state]) => [model, restOf(state, rooms)] as const)
    .filter(([, rest]) => rest !== undefined)
  return {
    stable_id: key.id,
    accessor_masked: key.label,
    priority: key.priority,
    active_requests: key.inFlight,
    status: statusOf(key, rooms.now()),
    last_used_at: key.lastUsedAt === undefined ? null : key.lastUsedAt / 1000,
    totals: totalsOf(sumOf(used.values())),
    model_usage: Object.fromEntries([...used].map(([model, consumed]) => [model, { totals: totalsOf(consumed) }])),
    // `*` is the key as a whole.
    cooldowns: Object.fromEntries(cooldowns),
  }
}

function modelStates(key: KeySnapshot): Record<string, KeyState> {
  return Object.fromEntries(Object.entries(key.models).map(([model, { state }]) => [model, state]))
}

function countExhausted(keys: readonly KeySnapshot[], rooms: OwnRooms): number {
  return keys.filter((key) => statusOf(key, rooms.now()) === 'exhausted').length
}

/** `cooldown`: rests for some models only; `exhausted`: as a whole or for every model it was used for. */
function statusOf(key: KeySnapshot, now: number): 'active' | 'cooldown' | 'exhausted' {
  if (isAsleep(key.state, now)) return 'exhausted'
  const states = Object.values(key.models)
  const resting = states.filter(({ state }) => isAsleep(state, now)).length
  if (resting === 0) return 'active'
  return resting === states.length ? 'exhausted' : 'cooldown'
}

function restOf(state: KeyState, rooms: OwnRooms): Record<string, unknown> | undefined {
  if (state.is === 'ready') return undefined
  if (state.is === 'probing') return { state: 'probing', failures: state.failures }
  const remainingMs = Math.max(0, state.until - rooms.now())
  return {
    state: 'resting',
    reason: state.why,
    source: state.source,
    failures: state.failures,
    remaining_seconds: Math.ceil(remainingMs / 1000),
    until: Math.round(rooms.wallNow() + remainingMs) / 1000,
  }
}

function tokensOf(used: Consumed): Record<string, number> {
  const input = used.inputTokens + used.cacheReadTokens
  return {
    input_cached: used.cacheReadTokens,
    input_uncached: used.inputTokens,
    input_cache_pct: input === 0 ? 0 : Math.round((1000 * used.cacheReadTokens) / input) / 10,
    output: used.outputTokens,
  }
}

function totalsOf(used: Consumed): Record<string, unknown> {
  return { requests: used.requests, success: used.successes, failure: used.failures, tokens: tokensOf(used) }
}
