/** What is counted of a key, of what it may do for a model or quota group, and of each of its models. */
import type { Clock, Millis } from '../clock.ts'
import { CapGuard, capsFor } from '../limits/cap.ts'
import { LearntLimits } from '../limits/learnt-limits.ts'
import { MinuteCount } from '../limits/minute-count.ts'
import { ToldLimits } from '../limits/told-limits.ts'
import { openUseWindow } from '../limits/use-window.ts'
import type { UseWindow } from '../limits/use-window.ts'
import type { Key, PoolSettings, WindowRule } from '../pool.ts'
import { Rest } from './rest.ts'

/** A key as a whole. */
export interface KeyStanding<C> {
  readonly key: Key<C>
  readonly rest: Rest
  /** Limits over all of its models. */
  readonly told: ToldLimits
  /** Calls at once that it may have, and that are preferred. */
  readonly maxInFlight: number
  readonly optimalInFlight: number
  disabledBy: string | undefined
  inFlight: number
  requests: number
  successes: number
  failures: number
  tokens: number
  /** `clock.wallNow()` based. */
  lastUsedAt: Millis | undefined
  /** Rests in a row without a success between. */
  restsInRow: number
}

/** What one key may do for one model, or for a group of models that share a quota. */
export interface Allowance<C> {
  readonly owner: KeyStanding<C>
  /** The model's or the group's name. */
  readonly name: string
  readonly rest: Rest
  readonly use: UseWindow
  readonly caps: CapGuard
  readonly told: ToldLimits
  readonly learnt: LearntLimits
  /** Requests in a window at which the provider said that the quota was used up. */
  learntWindowRequests: number | undefined
  /** Until when a closing was announced. */
  announcedUntil: Millis
  faultsInRow: number
  restsInRow: number
}

/** One model of one key. */
export interface KeyModelStanding<C> {
  readonly owner: KeyStanding<C>
  readonly allowance: Allowance<C>
  /** Lower is chosen first: the key's priority, or a last resort for models that want a better one. */
  readonly rank: number
  /** The model's own, where it belongs to a group. */
  readonly ownUse: UseWindow | undefined
  readonly ownCaps: CapGuard | undefined
  inFlight: number
  /** Requests in the window under way, as the last choice saw it. */
  usage: number
  requests: number
  tokens: number
  lastChosen: number
}

export function newKeyStanding<C>(key: Key<C>, settings: PoolSettings): KeyStanding<C> {
  const times = settings.concurrencyMultipliers?.[key.priority] ?? settings.fallbackMultiplier ?? 1
  return {
    key,
    rest: new Rest(),
    told: new ToldLimits(undefined),
    maxInFlight: (settings.maxConcurrency ?? Infinity) * times,
    optimalInFlight: (settings.optimalConcurrency ?? Infinity) * times,
    disabledBy: undefined,
    inFlight: 0,
    requests: 0,
    successes: 0,
    failures: 0,
    tokens: 0,
    lastUsedAt: undefined,
    restsInRow: 0,
  }
}

const usualWindow: WindowRule = { is: 'daily', hour: 3, timeZone: 'UTC' }

export function newAllowance<C>(owner: KeyStanding<C>, name: string, settings: PoolSettings, clock: Clock): Allowance<C> {
  const use = openUseWindow(settings.window ?? usualWindow, clock)
  const minute = new MinuteCount()
  return {
    owner,
    name,
    rest: new Rest(),
    use,
    caps: new CapGuard(capsFor(settings.caps, name, owner.key.priority), use),
    told: new ToldLimits(minute),
    learnt: new LearntLimits(minute),
    learntWindowRequests: undefined,
    announcedUntil: 0,
    faultsInRow: 0,
    restsInRow: 0,
  }
}

/** The provider's limit of requests in a day or so, told or learnt. */
export function windowLimitOf<C>({ told, owner, learntWindowRequests }: Allowance<C>): number | undefined {
  return told.dailyRequests ?? owner.told.dailyRequests ?? learntWindowRequests
}

const lastResort = 1_000_000

/** undefined: the model is not for keys of this priority. */
export function newKeyModelStanding<C>(
  allowance: Allowance<C>,
  model: string,
  settings: PoolSettings,
  clock: Clock,
): KeyModelStanding<C> | undefined {
  const { owner } = allowance
  const rank = rankOf(owner.key, settings.modelPriorities?.[model])
  if (rank === undefined) return undefined
  const isGrouped = allowance.name !== model
  const ownUse = isGrouped ? openUseWindow(settings.window ?? usualWindow, clock) : undefined
  const ownCaps = ownUse === undefined ? undefined : new CapGuard(capsFor(settings.caps, model, owner.key.priority), ownUse)
  return { owner, allowance, rank, ownUse, ownCaps, inFlight: 0, usage: 0, requests: 0, tokens: 0, lastChosen: 0 }
}

function rankOf<C>({ priority, tier }: Key<C>, worst: number | undefined): number | undefined {
  if (worst === undefined || priority <= worst) return priority
  return tier === undefined ? lastResort : undefined
}
