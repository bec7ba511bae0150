/** The owner's own limits on how often a key is used. */
import type { Millis } from '../clock.ts'
import type { Cap } from '../pool.ts'
import type { UseWindow } from './use-window.ts'

/** Caps for this model or group and this priority; those that name the priority go before those for any. */
export function capsFor(caps: readonly Cap[] | undefined, name: string, priority: number): readonly Cap[] {
  if (caps === undefined) return none
  const about = caps.filter(({ model }) => canonicalName(model) === canonicalName(name))
  const named = about.filter(({ priorities }) => priorities?.includes(priority))
  return named.length > 0 ? named : about.filter(({ priorities }) => priorities === undefined)
}

/** Names as variables of the environment can spell them. */
function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
}

/** Requests that a cap allows; undefined: it depends on a limit that nobody knows yet. Never more than that limit, never negative. */
function allowedBy({ limit }: Cap, windowLimit: number | undefined): number | undefined {
  if (limit.is === 'requests') return Math.max(Math.min(limit.amount, windowLimit ?? Infinity), 0)
  if (windowLimit === undefined) return undefined
  const wanted = limit.is === 'share' ? Math.floor(windowLimit * limit.amount) : windowLimit + limit.amount
  return Math.max(Math.min(wanted, windowLimit), 0)
}

/** Holds what is used against the caps of one key and one model or group. */
export class CapGuard {
  readonly #caps: readonly Cap[]
  readonly #use: UseWindow
  #until: Millis = 0
  /** Use that a fixed rest has settled: the count begins anew after it. */
  #settled = 0

  constructor(caps: readonly Cap[], use: UseWindow) {
    this.#caps = caps
    this.#use = use
  }

  get isEmpty(): boolean {
    return this.#caps.length === 0
  }

  /** Until when the key is left alone; 0: it may be used. */
  closedUntil(now: Millis, windowLimit: number | undefined): Millis {
    if (this.#caps.length === 0) return 0
    if (this.#until > now) return this.#until
    const requests = this.#use.requests(now)
    if (requests < this.#settled) this.#settled = 0
    for (const cap of this.#caps) {
      const allowed = allowedBy(cap, windowLimit)
      if (allowed === undefined || requests - this.#settled < allowed) continue
      this.#until = this.#restOf(cap, now)
      if (cap.rest.is === 'fixed') this.#settled = requests
    }
    return this.#until > now ? this.#until : 0
  }

  /** The strictest cap, for people. */
  known(now: Millis, windowLimit: number | undefined): { requests: number; used: number; until?: Millis } | undefined {
    const allowed = this.#caps.flatMap((cap) => allowedBy(cap, windowLimit) ?? [])
    if (allowed.length === 0) return undefined
    const used = this.#use.requests(now)
    return { requests: Math.min(...allowed), used, ...(this.#until > now && { until: this.#until }) }
  }

  get until(): Millis {
    return this.#until
  }

  restore(until: Millis): void {
    this.#until = until
  }

  clear(): void {
    this.#until = 0
    this.#settled = 0
  }

  #restOf({ rest }: Cap, now: Millis): Millis {
    const reset = this.#use.endsAt(now) ?? now + unknownWindowMs
    if (rest.is === 'fixed') return now + rest.ms
    return rest.is === 'reset' ? reset : Math.max(reset, reset + rest.ms)
  }
}

const none: readonly Cap[] = []
/** Nothing was used, so that no window has begun: a cap of 0 is looked at again then. */
const unknownWindowMs = 3_600_000
