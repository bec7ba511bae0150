/** What keys have used and have left: windows of one key, and those of a quota group over all keys. */
import type { KeySnapshot, LimitSnapshot, ModelSnapshot, PoolSnapshot } from '@keywheel/keyring'
import { isAsleep } from './asleep.ts'
import { until } from './key-rest.ts'
import type { Clocks } from './key-rest.ts'

/** `current` is the window in which the gateway itself counts; the others are limits of the provider's, by what they count. */
export function windowsOf(model: ModelSnapshot, clocks: Clocks): Readonly<Record<string, unknown>> {
  const { requests, tokens, endsAt } = model.use
  return { current: { requests, tokens, ...resets(endsAt, clocks) }, ...limitsOf(model.limits, clocks) }
}

export function limitsOf(limits: readonly LimitSnapshot[], clocks: Clocks): Readonly<Record<string, unknown>> {
  return Object.fromEntries(limits.map((limit) => [nameOf(limit), limitStats(limit, clocks)]))
}

function limitStats(told: LimitSnapshot, clocks: Clocks): Record<string, unknown> {
  const limit = told.limit ?? null
  const remaining = told.remaining ?? null
  const used = limit === null || remaining === null ? null : Math.max(0, limit - remaining)
  return { limit, used, remaining, remaining_pct: percentOf(remaining, limit), ...resets(told.resetsAt, clocks), source: told.source }
}

function resets(at: number | undefined, clocks: Clocks): Record<string, number | null> {
  const { remaining_seconds: inSeconds, until: wall } = until(at ?? Infinity, clocks)
  return { resets_in_seconds: inSeconds, resets_at: wall }
}

const lengths: readonly (readonly [unitMs: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
]

/** `requests_1m`, `input_tokens_1d`; what was only learnt from refusals says so. */
function nameOf({ counts, windowMs, source }: LimitSnapshot): string {
  const name = counts.replace('-', '_')
  const [unitMs, unit] = lengths.find(([length]) => windowMs !== undefined && windowMs % length === 0) ?? [1, 'ms']
  const length = windowMs === undefined ? '' : `_${windowMs / unitMs}${unit}`
  return `${name}${length}${source === 'learnt' ? '_learnt' : ''}`
}

/** One quota group of one key: the models in it share everything, so any of them tells. */
export function groupsOf(key: KeySnapshot): ReadonlyMap<string, ModelSnapshot> {
  return new Map(Object.values(key.models).flatMap((model) => (model.group === undefined ? [] : [[model.group, model] as const])))
}

interface Share {
  readonly key: KeySnapshot
  readonly model: ModelSnapshot
}

/** Every quota group that was used, summed over the keys. */
export function quotaGroups({ keys }: PoolSnapshot, now: number): Readonly<Record<string, unknown>> {
  const shares = new Map<string, Share[]>()
  for (const key of keys) {
    for (const [group, model] of groupsOf(key)) shares.set(group, [...(shares.get(group) ?? []), { key, model }])
  }
  return Object.fromEntries([...shares].map(([group, found]) => [group, groupStats(keys, group, { found, now })]))
}

function groupStats(keys: readonly KeySnapshot[], group: string, { found, now }: { found: readonly Share[]; now: number }): unknown {
  const asleep = new Set(found.filter(({ model }) => isAsleep(model.state, now)).map(({ key }) => key.id))
  const isAvailable = (key: KeySnapshot): boolean => !asleep.has(key.id) && !isAsleep(key.state, now)
  const models = keys.flatMap((key) => Object.entries(key.models).flatMap(([name, model]) => (model.group === group ? [name] : [])))
  const availability = tiersOf(keys, (tier) => ({ available: tier.filter(isAvailable).length, total: tier.length }))
  const limits = Map.groupBy(
    found.flatMap(({ model }) => model.limits),
    nameOf,
  )
  const requests = found.reduce((sum, { model }) => sum + model.use.requests, 0)
  const current = { total_used: requests, total_remaining: null, total_max: null, remaining_pct: null, tier_availability: availability }
  const told = [...limits].map(([name, each]) => [name, { ...sumOf(each), tier_availability: availability }] as const)
  return {
    models: [...new Set(models)],
    tiers: tiersOf(keys, (tier) => ({ priority: Math.min(...tier.map(({ priority }) => priority)), total: tier.length })),
    windows: { current, ...Object.fromEntries(told) },
    fair_cycle_summary: { exhausted_count: found.filter(({ model }) => model.isUsedUp).length, total_count: keys.length },
  }
}

/** Keys that have not told anything yet are not among them. */
function sumOf(limits: readonly LimitSnapshot[]): Record<string, number | null> {
  const known = limits.flatMap(({ limit, remaining }) => (limit === undefined || remaining === undefined ? [] : [{ limit, remaining }]))
  if (known.length === 0) return { total_used: null, total_remaining: null, total_max: null, remaining_pct: null }
  const max = known.reduce((sum, { limit }) => sum + limit, 0)
  const remaining = known.reduce((sum, each) => sum + each.remaining, 0)
  return { total_used: Math.max(0, max - remaining), total_remaining: remaining, total_max: max, remaining_pct: percentOf(remaining, max) }
}

function tiersOf<T>(keys: readonly KeySnapshot[], statsOf: (tier: readonly KeySnapshot[]) => T): Readonly<Record<string, T>> {
  const tiers = Map.groupBy(keys, (key) => key.tier ?? 'none')
  return Object.fromEntries([...tiers].map(([name, tier]) => [name, statsOf(tier)]))
}

function percentOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : Math.round((1000 * part) / whole) / 10
}
