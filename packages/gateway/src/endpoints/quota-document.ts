/** The quota page: how every key stands, why it rests, until when, and what it has used. No raw key. */
import type { KeySnapshot, ModelSnapshot, PoolSnapshot } from '@keywheel/keyring'
import { sumOf } from '../usage/consumption.ts'
import type { Consumed } from '../usage/consumption.ts'
import { isAsleep } from './asleep.ts'
import type { OwnRooms } from './endpoint.ts'
import { isOutOfUse, restOf, statusOf, until } from './key-rest.ts'
import { groupsOf, limitsOf, quotaGroups, windowsOf } from './quota-windows.ts'

type Stats = Readonly<Record<string, unknown>>

/** All providers, or the one named; none where that one is not known. */
export function quotaDocument(rooms: OwnRooms, only: string | null): Stats {
  const pools = rooms.keyring.snapshot().filter((pool) => only === null || pool.name === only)
  const keys = pools.flatMap((pool) => pool.keys)
  const used = sumOf(pools.flatMap((pool) => consumedIn(pool, rooms)))
  const outOfUse = countOutOfUse(keys, rooms)
  return {
    providers: Object.fromEntries(pools.map((pool) => [pool.name, providerStats(pool, rooms)])),
    summary: {
      total_providers: pools.length,
      total_credentials: keys.length,
      active_credentials: keys.length - outOfUse,
      exhausted_credentials: outOfUse,
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

function providerStats(pool: PoolSnapshot, rooms: OwnRooms): Stats {
  const used = sumOf(consumedIn(pool, rooms))
  const outOfUse = countOutOfUse(pool.keys, rooms)
  return {
    provider: pool.name,
    credential_count: pool.keys.length,
    rotation_mode: pool.rotation,
    active_count: pool.keys.length - outOfUse,
    exhausted_count: outOfUse,
    total_requests: used.requests,
    tokens: tokensOf(used),
    approx_cost: null,
    quota_groups: quotaGroups(pool, rooms.now()),
    targets: Object.fromEntries(Object.entries(pool.targets).map(([model, state]) => [model, restOf(state, rooms) ?? { state: 'ready' }])),
    concurrency: pool.concurrency,
    credentials: Object.fromEntries(pool.keys.map((key) => [key.id, credentialStats(pool.name, key, rooms)])),
  }
}

function credentialStats(provider: string, key: KeySnapshot, rooms: OwnRooms): Stats {
  const used = rooms.consumption.of(provider, key.id)
  return {
    stable_id: key.id,
    accessor_masked: key.label,
    tier: key.tier ?? null,
    priority: key.priority,
    active_requests: key.inFlight,
    status: statusOf(key, rooms.now()),
    last_used_at: key.lastUsedAt === undefined ? null : key.lastUsedAt / 1000,
    totals: totalsOf(sumOf(used.values())),
    windows: limitsOf(key.limits, rooms),
    model_usage: modelUsage(key, used, rooms),
    group_usage: groupUsage(key, used, rooms),
    cooldowns: cooldownsOf(key, rooms),
    fair_cycle: { exhausted: namesOf(key, ({ isUsedUp }) => isUsedUp) },
  }
}

/** By model and, for the key as a whole, `*`. */
function cooldownsOf(key: KeySnapshot, rooms: OwnRooms): Stats {
  const states = [...Object.entries(key.models).map(([model, { state }]) => [model, state] as const), ['*', key.state] as const]
  return Object.fromEntries(
    states.flatMap(([model, state]) => {
      const rest = restOf(state, rooms)
      return rest === undefined ? [] : [[model, rest]]
    }),
  )
}

/** Models that it was used for since the start, and those of which something is remembered. */
function modelUsage(key: KeySnapshot, used: ReadonlyMap<string, Consumed>, rooms: OwnRooms): Stats {
  const names = new Set([...used.keys(), ...Object.keys(key.models)])
  return Object.fromEntries(
    [...names].map((name) => {
      const standing = Object.hasOwn(key.models, name) ? key.models[name] : undefined
      const consumed = used.get(name)
      const totals = totalsOf(sumOf(consumed === undefined ? [] : [consumed]))
      return [name, standing === undefined ? { totals } : { group: standing.group ?? null, ...allowanceStats(standing, rooms), totals }]
    }),
  )
}

function groupUsage(key: KeySnapshot, used: ReadonlyMap<string, Consumed>, rooms: OwnRooms): Stats {
  return Object.fromEntries(
    [...groupsOf(key)].map(([group, standing]) => {
      const models = namesOf(key, (model) => model.group === group)
      const totals = totalsOf(sumOf(models.flatMap((model) => used.get(model) ?? [])))
      return [group, { ...allowanceStats(standing, rooms), totals }]
    }),
  )
}

/** What one model or one quota group may still do. */
function allowanceStats(standing: ModelSnapshot, rooms: OwnRooms): Stats {
  const { state, cap, isUsedUp } = standing
  const rest = isAsleep(state, rooms.now()) ? restOf(state, rooms) : undefined
  return {
    windows: windowsOf(standing, rooms),
    fair_cycle_exhausted: isUsedUp,
    fair_cycle_reason: isUsedUp ? 'used up in this cycle' : null,
    cooldown_remaining: rest?.remaining_seconds ?? null,
    cooldown_reason: rest?.reason ?? null,
    cooldown_source: rest?.source ?? null,
    custom_cap: cap === undefined ? null : capStats(cap, rooms),
  }
}

function capStats({ requests, used, until: end }: NonNullable<ModelSnapshot['cap']>, rooms: OwnRooms): Stats {
  return { limit: requests, used, remaining: Math.max(0, requests - used), ...until(end ?? Infinity, rooms) }
}

function namesOf(key: KeySnapshot, fits: (model: ModelSnapshot) => boolean): readonly string[] {
  return Object.entries(key.models).flatMap(([name, model]) => (fits(model) ? [name] : []))
}

function countOutOfUse(keys: readonly KeySnapshot[], rooms: OwnRooms): number {
  return keys.filter((key) => isOutOfUse(key, rooms.now())).length
}

function consumedIn(pool: PoolSnapshot, rooms: OwnRooms): readonly Consumed[] {
  return pool.keys.flatMap((key) => [...rooms.consumption.of(pool.name, key.id).values()])
}

function tokensOf(used: Consumed): Stats {
  const input = used.inputTokens + used.cacheReadTokens
  return {
    input_cached: used.cacheReadTokens,
    input_uncached: used.inputTokens,
    input_cache_pct: input === 0 ? 0 : Math.round((1000 * used.cacheReadTokens) / input) / 10,
    output: used.outputTokens,
  }
}

function totalsOf(used: Consumed): Stats {
  return { requests: used.requests, success: used.successes, failure: used.failures, tokens: tokensOf(used) }
}
