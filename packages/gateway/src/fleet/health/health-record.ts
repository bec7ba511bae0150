/** What is known of one provider from its calls and probes, and the status that follows from it. */
import type { Millis } from '@keywheel/keyring'
import type { ProviderHealth, ProviderStatus } from './provider-health.ts'
import { SlidingCounts } from './sliding-counts.ts'

/** How a provider answered a probe. */
export interface ProbeResult {
  /** `ok`: with its list. `refused`: with anything else that is not its own fault, such as a rejected key. `failed`: by its own fault. */
  readonly is: 'ok' | 'refused' | 'failed'
  readonly tookMs: Millis
  readonly message?: string
}

/** A moment on both clocks: lengths of time are taken from `now`, dates from `wall`. */
export interface Moment {
  readonly now: Millis
  readonly wall: Millis
}

const windowMs = 300_000
/** So many faults in a row mean that it is down. */
const downAfter = 3
/** From this part of failed attempts on it is degraded. */
const degradedShare = 0.1
const keptTimes = 256
/** Callers may name any model. */
const mostModels = 200

interface ModelUse {
  usedAt: Millis
  restsUntil: Millis
}

export class HealthRecord {
  readonly #slowMs: Millis
  /** Of calls. */
  readonly #recent = new SlidingCounts(10_000, windowMs / 10_000)
  /** Of calls and probes. */
  readonly #day = new SlidingCounts(3_600_000, 24)
  readonly #times: { at: Millis; ms: Millis }[] = []
  readonly #models = new Map<string, ModelUse>()
  #nextTime = 0
  /** Faults in a row, of calls and of probes. */
  #failedCalls = 0
  #failedProbes = 0
  #lastFaultAt = -Infinity
  #probe: (ProbeResult & { readonly at: Millis }) | undefined
  #checkedAt: Millis | undefined
  #message: string | undefined

  constructor(slowMs: Millis) {
    this.#slowMs = slowMs
  }

  /** A call got its first content after `tookMs`. Nothing says more surely that a provider works, so earlier bad probes are forgotten. */
  answered(model: string, tookMs: Millis, when: Moment): void {
    this.#count('good', when)
    this.#use(model, when.now)
    this.#times[this.#nextTime] = { at: when.now, ms: tookMs }
    this.#nextTime = (this.#nextTime + 1) % keptTimes
    this.#failedCalls = 0
    this.#failedProbes = 0
    if (this.#probe !== undefined && this.#probe.is !== 'ok') this.#probe = undefined
  }

  /** A call failed, or its answer broke, by the provider's own fault. */
  failed(model: string, message: string, when: Moment): void {
    this.#count('bad', when)
    this.#use(model, when.now)
    this.#failedCalls += 1
    this.#lastFaultAt = when.now
    this.#message = message
  }

  /** It is there, but a limit of a key was reached: neither a success nor a fault. */
  limited(when: Moment): void {
    this.#count('limited', when)
  }

  rested(model: string, forMs: Millis, now: Millis): void {
    this.#use(model, now).restsUntil = now + forMs
  }

  returned(model: string, now: Millis): void {
    this.#use(model, now).restsUntil = -Infinity
  }

  /** Judged by this probe alone: what the status was before has no part in it. */
  probed(result: ProbeResult, when: Moment): void {
    if (result.is !== 'refused') this.#day.add(result.is === 'ok' ? 'good' : 'bad', when.now)
    this.#checkedAt = when.wall
    this.#probe = { ...result, at: when.now }
    if (result.is === 'failed') this.#failedProbes += 1
    if (result.is === 'ok') this.#failedProbes = 0
    if (result.is !== 'ok') this.#message = result.message
  }

  health(provider: string, now: Millis): ProviderHealth {
    const recent = this.#recent.sum(now)
    const day = this.#day.sum(now)
    const status = this.status(now)
    return {
      provider,
      status,
      responseTimeMs: tenth(this.#probe?.tookMs ?? this.#medianMs(now)),
      uptimePercent: percent(day.good, day.good + day.bad),
      rateLimitPercent: percent(recent.limited, recent.good + recent.bad + recent.limited),
      lastCheckAt: this.#checkedAt,
      errorMessage: status === 'healthy' ? undefined : this.#reason(),
      consecutiveFailures: this.#failures(now),
    }
  }

  status(now: Millis): ProviderStatus {
    if (this.#checkedAt === undefined) return 'unknown'
    const recent = this.#recent.sum(now)
    const resting = this.#resting(now)
    if (this.#failures(now) >= downAfter || resting === 'all') return 'down'
    const isFailing = recent.good === 0 ? this.#callFailures(now) > 0 : recent.bad >= degradedShare * (recent.good + recent.bad)
    const isBadProbe = this.#probe !== undefined && (this.#probe.is !== 'ok' || this.#isSlow)
    return isFailing || isBadProbe || resting === 'some' ? 'degraded' : 'healthy'
  }

  /** Calls that failed are overruled by a good probe once they are old: a provider that nobody calls any more must not stay down for ever. */
  #callFailures(now: Millis): number {
    const isGood = this.#probe?.is === 'ok' && this.#probe.at > this.#lastFaultAt
    return isGood && now - this.#lastFaultAt >= windowMs ? 0 : this.#failedCalls
  }

  #failures(now: Millis): number {
    return Math.max(this.#callFailures(now), this.#failedProbes)
  }

  /** Of the models that were asked for lately, those that rest for faults. */
  #resting(now: Millis): 'all' | 'some' | 'none' {
    let used = 0
    let resting = 0
    for (const { usedAt, restsUntil } of this.#models.values()) {
      if (restsUntil > now) resting += 1
      if (restsUntil > now || now - usedAt < windowMs) used += 1
    }
    if (resting === 0) return 'none'
    return resting === used ? 'all' : 'some'
  }

  get #isSlow(): boolean {
    return this.#probe !== undefined && this.#probe.tookMs > this.#slowMs
  }

  #reason(): string | undefined {
    if (this.#probe?.is !== 'ok' || !this.#isSlow) return this.#message
    return `Its list of models took ${Math.round(this.#probe.tookMs)} ms.`
  }

  #medianMs(now: Millis): Millis {
    const fresh = this.#times.filter(({ at }) => now - at < windowMs)
    const times = (fresh.length === 0 ? this.#times : fresh).map(({ ms }) => ms).toSorted((a, b) => a - b)
    return times[Math.floor(times.length / 2)] ?? 0
  }

  #count(what: 'good' | 'bad' | 'limited', { now, wall }: Moment): void {
    this.#recent.add(what, now)
    this.#day.add(what, now)
    this.#checkedAt = wall
  }

  /** The oldest is forgotten where there are too many. */
  #use(model: string, now: Millis): ModelUse {
    const use = this.#models.get(model) ?? { usedAt: now, restsUntil: -Infinity }
    use.usedAt = now
    this.#models.delete(model)
    const [oldest] = this.#models.keys()
    if (oldest !== undefined && this.#models.size >= mostModels) this.#models.delete(oldest)
    this.#models.set(model, use)
    return use
  }
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : tenth((100 * part) / whole)
}

function tenth(number: number): number {
  return Math.round(number * 10) / 10
}
