/** The callers: the same calls at the same moments for every scheduler, from one seed. */
import type { Chance, Millis } from '@keywheel/keyring'
import { between, exponential, lognormal, seededChance } from './chance.ts'

export interface Call {
  readonly id: number
  readonly arrivesAt: Millis
  /** What the provider counts. */
  readonly tokens: number
  /** What the gateway guesses beforehand. */
  readonly roughTokens: number
  /** From the request to the first byte of an answer. */
  readonly firstByteMs: Millis
  /** From the first byte to the last. */
  readonly streamMs: Millis
  /** From the request to a refusal. */
  readonly refusalMs: Millis
}

/** How calls arrive: at which part of the pool's capacity, evenly or in bursts. */
export interface Load {
  readonly share: number
  readonly isBursty: boolean
}

/** Long-tailed, and never more than the smallest key can bear in a minute. */
const medianTokens = 500
const tokenSpread = 1
const mostTokens = 5500

/** Of the distribution above, cut off where it is. */
export const meanTokens: number = meanOfTokens()

/** In bursts: 20 s of each minute at 2.2 times the capacity, the rest at a fifth of it. */
const burst = { everyMs: 60_000, lengthMs: 20_000, high: 2.2, low: 0.2 }

/** The part of the pool's capacity that bursts come to. */
export const burstyShare: number = (burst.high * burst.lengthMs + burst.low * (burst.everyMs - burst.lengthMs)) / burst.everyMs

export class CallSource {
  readonly #chance: Chance
  readonly #perMs: number
  readonly #load: Load
  #at: Millis
  #id = 0

  /** `perMinute` is the pool's capacity. */
  constructor(seed: number, load: Load, perMinute: number, startsAt: Millis) {
    this.#chance = seededChance(seed, 'calls')
    this.#perMs = perMinute / 60_000
    this.#load = load
    this.#at = startsAt
  }

  next(): Call {
    const chance = this.#chance
    this.#at += this.#pause()
    const tokens = drawTokens(chance)
    return {
      id: this.#id++,
      arrivesAt: this.#at,
      tokens,
      roughTokens: Math.max(1, Math.round(tokens * between(chance, 0.8, 1.25))),
      firstByteMs: Math.min(lognormal(chance, 700, 0.6), 20_000),
      streamMs: Math.min(lognormal(chance, 2000, 0.7), 60_000),
      refusalMs: Math.min(lognormal(chance, 100, 0.4), 2000),
    }
  }

  /** Arrivals in bursts are those of an even flow whose time runs faster in a burst and slower between. */
  #pause(): Millis {
    const { share, isBursty } = this.#load
    if (!isBursty) return exponential(this.#chance, 1 / (this.#perMs * share))
    let left = exponential(this.#chance, 1 / this.#perMs)
    let at = this.#at
    for (;;) {
      const phase = at % burst.everyMs
      const isHigh = phase < burst.lengthMs
      const pace = isHigh ? burst.high : burst.low
      const toEdge = (isHigh ? burst.lengthMs : burst.everyMs) - phase
      if (left <= toEdge * pace) return at + left / pace - this.#at
      left -= toEdge * pace
      at += toEdge
    }
  }
}

function drawTokens(chance: Chance): number {
  return Math.max(1, Math.min(mostTokens, Math.round(lognormal(chance, medianTokens, tokenSpread))))
}

function meanOfTokens(): number {
  const chance = seededChance(1, 'mean')
  let sum = 0
  for (let draw = 0; draw < 100_000; draw++) sum += drawTokens(chance)
  return sum / 100_000
}
