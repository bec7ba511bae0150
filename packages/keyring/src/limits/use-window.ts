/** How often a key was used in the window under way: for balance, for the owner's caps and for the fair cycle. */
import type { Clock, Millis } from '../clock.ts'
import type { WindowRule } from '../pool.ts'
import { nextBoundary } from './window-boundary.ts'

/** Counts of a window. All times are `clock.now()` based, so that a jump of the wall clock neither empties a window nor keeps it. */
export interface UseWindow {
  /** In the window that is under way at `now`. */
  requests(now: Millis): number
  tokens(now: Millis): number
  add(now: Millis, requests: number, tokens: number): void
  /** When the window ends, or when its oldest part leaves it; undefined while nothing was counted. */
  endsAt(now: Millis): Millis | undefined
  /** The provider told when its window ends; only windows that follow the provider listen. */
  told(endsAt: Millis): void
  /** Takes up what was counted before a restart. */
  restore(requests: number, tokens: number, endsAt: Millis): void
}

export function openUseWindow(rule: WindowRule, clock: Clock): UseWindow {
  return rule.is === 'rolling' ? new RollingUse(rule.lengthMs) : new CalendarUse(rule, clock)
}

class CalendarUse implements UseWindow {
  readonly #rule: Exclude<WindowRule, { is: 'rolling' }>
  readonly #clock: Clock
  #requests = 0
  #tokens = 0
  #endsAt: Millis = 0

  constructor(rule: Exclude<WindowRule, { is: 'rolling' }>, clock: Clock) {
    this.#rule = rule
    this.#clock = clock
  }

  requests(now: Millis): number {
    return now < this.#endsAt ? this.#requests : 0
  }

  tokens(now: Millis): number {
    return now < this.#endsAt ? this.#tokens : 0
  }

  add(now: Millis, requests: number, tokens: number): void {
    if (now >= this.#endsAt) this.#turn(now)
    this.#requests = Math.max(this.#requests + requests, 0)
    this.#tokens = Math.max(this.#tokens + tokens, 0)
  }

  endsAt(now: Millis): Millis | undefined {
    return now < this.#endsAt ? this.#endsAt : undefined
  }

  told(endsAt: Millis): void {
    if (this.#rule.is === 'provider') this.#endsAt = endsAt
  }

  restore(requests: number, tokens: number, endsAt: Millis): void {
    this.#requests = requests
    this.#tokens = tokens
    this.#endsAt = endsAt
  }

  #turn(now: Millis): void {
    this.#requests = 0
    this.#tokens = 0
    const wallNow = this.#clock.wallNow()
    this.#endsAt = now + nextBoundary(this.#rule, wallNow) - wallNow
  }
}

const parts = 60

/** Any such length of time, in sixty parts: a part leaves as a whole once all of it is too old. */
class RollingUse implements UseWindow {
  readonly #partMs: Millis
  readonly #requests = new Float64Array(parts + 1)
  readonly #tokens = new Float64Array(parts + 1)
  #part = 0

  constructor(lengthMs: Millis) {
    this.#partMs = lengthMs / parts
  }

  requests(now: Millis): number {
    this.#turn(now)
    return sum(this.#requests)
  }

  tokens(now: Millis): number {
    this.#turn(now)
    return sum(this.#tokens)
  }

  add(now: Millis, requests: number, tokens: number): void {
    this.#turn(now)
    const at = this.#part % (parts + 1)
    this.#requests[at] = (this.#requests[at] ?? 0) + requests
    this.#tokens[at] = (this.#tokens[at] ?? 0) + tokens
  }

  endsAt(now: Millis): Millis | undefined {
    this.#turn(now)
    for (let part = Math.max(this.#part - parts, 0); part <= this.#part; part++) {
      if ((this.#requests[part % (parts + 1)] ?? 0) > 0) return (part + parts + 1) * this.#partMs
    }
    return undefined
  }

  told(): void {
    // Its length is the owner's word.
  }

  restore(requests: number, tokens: number, endsAt: Millis): void {
    this.#part = Math.max(Math.floor(endsAt / this.#partMs) - parts - 1, 0)
    this.#requests[this.#part % (parts + 1)] = requests
    this.#tokens[this.#part % (parts + 1)] = tokens
  }

  #turn(now: Millis): void {
    const part = Math.floor(now / this.#partMs)
    if (part <= this.#part) return
    const gone = Math.min(part - this.#part, parts + 1)
    for (let step = 1; step <= gone; step++) {
      const at = (this.#part + step) % (parts + 1)
      this.#requests[at] = 0
      this.#tokens[at] = 0
    }
    this.#part = part
  }
}

function sum(numbers: Float64Array): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
