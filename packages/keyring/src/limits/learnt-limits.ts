/**
 * What a key bears that nobody tells us: requests and tokens in a minute, and calls at once, learnt from its refusals.
 *
 * A refusal only says that something was too much. What was higher than it had ever been when a call was accepted is suspect. One
 * suspect is the culprit; several get a bound each, and the key is then tried beyond one of them while the others are low, which
 * clears it or convicts it. If nothing was higher than before, the provider counts differently (fixed windows, buckets) or has
 * changed its mind: then what was most strained is lowered by a tenth.
 */
import type { Millis } from '../clock.ts'
import type { MinuteCount } from './minute-count.ts'

const dimensions = ['requests', 'tokens', 'atOnce'] as const
export type Dimension = (typeof dimensions)[number]

/** How much was used when a call was sent, the call itself included. */
export type Levels = Readonly<Record<Dimension, number>>

interface Bound {
  most: number
  /** The lowest level that was refused. */
  refusedAt: number
  isSure: boolean
  /** From when it is tried whether more is borne by now. */
  probeAt: Millis
  probeEveryMs: Millis
}

const firstProbeAfterMs = 600_000
const rarestProbeMs = 7_200_000
/** Between two trials beyond a bound: while nobody knows which one holds, and when that is known. */
const unsurePauseMs = 20_000
const surePauseMs = 300_000
/** Nearer than this part of the bound, its exact place is not worth a refusal. */
const exactEnough = 0.05
const lookAgainMs = 250
const fewestCalls = 8
/** Tokens are guessed: what is only a little lower than ever may still be the culprit. */
const clearlyLow = 0.7

export class LearntLimits {
  readonly #minute: MinuteCount
  readonly #passed: Record<Dimension, number> = { requests: 0, tokens: 0, atOnce: 0 }
  readonly #bounds: Partial<Record<Dimension, Bound>> = {}
  /** Read at each choice: most keys have none. */
  #hasBounds = false
  #nextProbeAt: Millis = 0
  #loweredAt: Millis = -Infinity

  constructor(minute: MinuteCount) {
    this.#minute = minute
  }

  /** A call is sent. */
  begin(now: Millis, tokens: number, atOnce: number): Levels {
    this.#minute.add(now, 1, tokens)
    const levels = { requests: this.#minute.requests(now), tokens: this.#minute.tokens(now), atOnce }
    if (this.#hasBounds) this.#noteProbe(levels, now)
    return levels
  }

  /** Whether a call may go although it seems too much, because there is nowhere else to go and what seems may be wrong. */
  mayDoubt(now: Millis): boolean {
    return now >= this.#nextProbeAt
  }

  /** The provider took the call. */
  accepted(levels: Levels, now: Millis): void {
    for (const dimension of dimensions) {
      const level = levels[dimension]
      if (level <= this.#passed[dimension]) continue
      this.#passed[dimension] = level
      if (this.#hasBounds) this.#raise(dimension, level, now)
    }
  }

  /** The provider refused the call for its rate. `told`: what its own headers speak of needs no guess. */
  refused(call: SentCall, now: Millis, told: ReadonlySet<Dimension>): void {
    this.takeBack(call)
    const { levels, sentAt } = call
    // Others may use the key too, or it was used before we began to count: so few calls prove nothing.
    // And where the provider tells its limits, there is nothing to guess.
    if (levels.requests < fewestCalls || told.size > 0) return
    const suspects = this.#suspects(levels)
    if (suspects.length > 0) {
      for (const dimension of suspects) this.#bound(dimension, levels[dimension], suspects.length === 1, now)
      return
    }
    // Calls that were under way when it was lowered say nothing new.
    if (sentAt <= this.#loweredAt) return
    this.#loweredAt = now
    this.#lower(levels, now)
  }

  /** The call did not count: it was refused, or never arrived. */
  takeBack({ sentAt, tokens }: SentCall): void {
    this.#minute.add(sentAt, -1, -tokens)
  }

  /** The call used more or fewer tokens than was thought. */
  correct(sentAt: Millis, tokens: number): void {
    this.#minute.add(sentAt, 0, tokens)
  }

  /** From when a call may go, `clock.now()` based; 0: now. */
  openAt(now: Millis, tokens: number, atOnce: number): Millis {
    if (!this.#hasBounds) return 0
    const requestsBefore = this.#minute.requests(now)
    const tokensBefore = this.#minute.tokens(now)
    const levels = { requests: requestsBefore + 1, tokens: tokensBefore + tokens, atOnce }
    const over = this.#overOf(levels)
    // A call that is larger than the limit alone will never be smaller: it goes when nothing else counts.
    const [first] = over
    if (first === undefined || (requestsBefore === 0 && first !== 'atOnce') || this.#mayProbe(over, levels, now)) return 0
    if (over.length === 1 && first === 'atOnce') return now + lookAgainMs
    return this.#minute.freeAt(now, this.#excess('requests', levels), this.#excess('tokens', levels))
  }

  /** What is believed at present, for people and for the next process. */
  known(now: Millis): readonly KnownBound[] {
    const used: Levels = { requests: this.#minute.requests(now), tokens: this.#minute.tokens(now), atOnce: 0 }
    return dimensions.flatMap((dimension) => {
      const bound = this.#bounds[dimension]
      return bound === undefined ? [] : [{ dimension, most: Math.floor(bound.most), used: used[dimension] }]
    })
  }

  /** What an earlier process believed. */
  restore(dimension: Dimension, most: number, now: Millis): void {
    this.#passed[dimension] = most
    this.#set(dimension, { most, refusedAt: most + 1, isSure: true, probeAt: now + firstProbeAfterMs, probeEveryMs: firstProbeAfterMs })
  }

  /** Forgets all bounds. */
  clear(): void {
    for (const dimension of dimensions) this.#remove(dimension)
  }

  /** Calls at once are suspected only where nothing else can be: they are higher than ever by mere chance. */
  #suspects(levels: Levels): readonly Dimension[] {
    const counted = (['requests', 'tokens'] as const).filter((dimension) => levels[dimension] > this.#passed[dimension])
    if (counted.length > 0) return counted
    const isLow = levels.requests < clearlyLow * this.#passed.requests && levels.tokens < clearlyLow * this.#passed.tokens
    return isLow && levels.atOnce > this.#passed.atOnce ? ['atOnce'] : []
  }

  #overOf(levels: Levels): readonly Dimension[] {
    return dimensions.filter((dimension) => levels[dimension] > (this.#bounds[dimension]?.most ?? Infinity))
  }

  #excess(dimension: Dimension, levels: Levels): number {
    return Math.max(levels[dimension] - (this.#bounds[dimension]?.most ?? Infinity), 0)
  }

  /** Beyond one bound only, a little, and not too often: an unsure one while everything else is low, a sure one now and then. */
  #mayProbe(over: readonly Dimension[], levels: Levels, now: Millis): boolean {
    const [only] = over
    const bound = only === undefined ? undefined : this.#bounds[only]
    if (only === undefined || bound === undefined || over.length > 1 || now < this.#nextProbeAt) return false
    if (levels[only] > Math.max(bound.most + 1, bound.most * 1.1)) return false
    if (bound.isSure) return now >= bound.probeAt
    return dimensions.every((other) => other === only || levels[other] <= this.#passed[other])
  }

  #noteProbe(levels: Levels, now: Millis): void {
    const over = this.#overOf(levels)
    if (over.length === 0) return
    const isSure = over.some((dimension) => this.#bounds[dimension]?.isSure === true)
    this.#nextProbeAt = now + (isSure ? surePauseMs : unsurePauseMs)
  }

  /** More was accepted than was thought possible. */
  #raise(dimension: Dimension, level: number, now: Millis): void {
    const bound = this.#bounds[dimension]
    if (bound === undefined) return
    if (!bound.isSure) {
      if (level <= bound.most) return
      this.#remove(dimension)
      this.#convictTheLast()
      return
    }
    bound.probeAt = now + bound.probeEveryMs / 4
    bound.most = Math.max(bound.most, level, nearer(level, bound.refusedAt))
  }

  #bound(dimension: Dimension, level: number, isOnlySuspect: boolean, now: Millis): void {
    const known = this.#bounds[dimension]
    const passed = this.#passed[dimension]
    const refusedAt = Math.min(level, known?.refusedAt ?? Infinity)
    const probeEveryMs = Math.min((known?.probeEveryMs ?? firstProbeAfterMs / 2) * 2, rarestProbeMs)
    const most = isOnlySuspect ? nearer(passed, refusedAt) : Math.max(passed, 1)
    const isSure = isOnlySuspect || known?.isSure === true
    this.#set(dimension, { most, refusedAt, isSure, probeAt: now + probeEveryMs, probeEveryMs })
    if (isOnlySuspect) this.#acquitOthers(dimension)
  }

  #acquitOthers(convicted: Dimension): void {
    for (const dimension of dimensions) {
      if (dimension !== convicted && this.#bounds[dimension]?.isSure === false) this.#remove(dimension)
    }
  }

  #convictTheLast(): void {
    const unsure = dimensions.filter((dimension) => this.#bounds[dimension]?.isSure === false)
    const [last] = unsure
    const bound = last === undefined ? undefined : this.#bounds[last]
    if (unsure.length !== 1 || last === undefined || bound === undefined) return
    bound.isSure = true
    bound.most = nearer(this.#passed[last], bound.refusedAt)
  }

  #lower(levels: Levels, now: Millis): void {
    const strain = (dimension: Dimension): number => levels[dimension] / Math.max(this.#passed[dimension], 1)
    const most = strain('requests') >= strain('tokens') ? 'requests' : 'tokens'
    const level = Math.max(Math.min(levels[most] - 1, this.#passed[most] * 0.9), 1)
    this.#passed[most] = level
    this.#set(most, {
      most: level,
      refusedAt: levels[most],
      isSure: true,
      probeAt: now + firstProbeAfterMs,
      probeEveryMs: firstProbeAfterMs,
    })
  }

  #set(dimension: Dimension, bound: Bound): void {
    this.#bounds[dimension] = bound
    this.#hasBounds = true
  }

  #remove(dimension: Dimension): void {
    delete this.#bounds[dimension]
    this.#hasBounds = dimensions.some((other) => this.#bounds[other] !== undefined)
  }
}

/** One call as it was sent. */
export interface SentCall {
  readonly sentAt: Millis
  /** As they are counted now. */
  readonly tokens: number
  readonly levels: Levels
}

/** A bound, and how much of it is used. */
export interface KnownBound {
  readonly dimension: Dimension
  readonly most: number
  readonly used: number
}

/** Half the way from what was accepted to what was refused, unless they are near each other already. */
function nearer(passed: number, refusedAt: number): number {
  const gap = refusedAt - passed
  return gap <= Math.max(1, exactEnough * refusedAt) ? Math.max(passed, 1) : passed + gap / 2
}
