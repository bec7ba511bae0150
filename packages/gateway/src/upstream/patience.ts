/** How long a provider may be quiet, or slow: one timer that looks at a time stamp, instead of being set anew with each chunk. */
import type { Clock, Timer } from '@keywheel/keyring'
import type { StreamTap } from '../dialects/dialect.ts'
import { Pace } from './pace.ts'
import type { SlowLimit } from './pace.ts'

export interface PatienceAsk {
  readonly clock: Clock
  /** Until the first sign of an answer. */
  readonly firstByteTimeoutMs: number
  /** Between two signs. */
  readonly idleTimeoutMs: number
  /** Holds for streams. */
  readonly slowest?: SlowLimit | undefined
}

type IsOver = (why: 'quiet' | 'slow', patienceMs: number) => void

/** What is left of a wait can be less than the clock can tell apart; a delay of that length would never pass. */
const shortestLookMs = 1

export class Patience {
  readonly #ask: PatienceAsk
  readonly #isOver: IsOver
  readonly #pace: Pace | undefined
  #lastSignAt: number
  #patienceMs: number
  #isPaused = false
  #dataEvents = 0
  #contentEvents = 0
  #pings = 0
  #timer: Timer | undefined

  constructor(ask: PatienceAsk, isOver: IsOver) {
    this.#ask = ask
    this.#isOver = isOver
    this.#lastSignAt = ask.clock.now()
    this.#patienceMs = ask.firstByteTimeoutMs
    if (ask.slowest !== undefined) this.#pace = new Pace(ask.slowest, ask.firstByteTimeoutMs)
    this.#timer = ask.clock.after(this.#patienceMs, this.#look)
  }

  /** Bytes have come that count for nothing more than that. */
  touch(): void {
    this.#lastSignAt = this.#ask.clock.now()
  }

  /** Something has come; the next must come within the shorter time. */
  sign(): void {
    this.#lastSignAt = this.#ask.clock.now()
    const { idleTimeoutMs } = this.#ask
    const isShorter = idleTimeoutMs < this.#patienceMs
    this.#patienceMs = idleTimeoutMs
    // A timer for the longer time would look too late.
    if (isShorter) this.#lookIn(idleTimeoutMs)
  }

  /** A part of a stream has been read, of which so many bytes go to the caller. */
  hear({ dataEvents, contentEvents, pings = 0 }: StreamTap, bytes: number): void {
    if (dataEvents !== this.#dataEvents) this.#hearData()
    // A mere sign of life is believed for as long as the first content may take.
    else if (pings !== this.#pings && dataEvents > 0) this.#patienceMs = Math.max(this.#ask.idleTimeoutMs, this.#ask.firstByteTimeoutMs)
    this.#pace?.note(contentEvents - this.#contentEvents, bytes)
    this.#dataEvents = dataEvents
    this.#contentEvents = contentEvents
    this.#pings = pings
  }

  /** Nobody takes what comes: the provider cannot be blamed. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#lastSignAt = this.#ask.clock.now()
    this.#pace?.restart(this.#lastSignAt)
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #hearData(): void {
    this.sign()
    if (this.#pace?.hasBegun !== false) return
    this.#pace.begin(this.#lastSignAt)
    this.#lookIn(Math.min(this.#patienceMs, this.#pace.dueInMs(this.#lastSignAt)))
  }

  #lookIn(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#ask.clock.after(ms, this.#look)
  }

  #look = (): void => {
    const now = this.#ask.clock.now()
    const quietMs = this.#isPaused ? 0 : now - this.#lastSignAt
    if (quietMs >= this.#patienceMs) return this.#isOver('quiet', this.#patienceMs)
    if (this.#isPaused) this.#pace?.restart(now)
    else if (this.#pace?.isTooSlow(now) === true) return this.#isOver('slow', this.#patienceMs)
    const dueInMs = Math.min(this.#patienceMs - quietMs, this.#pace?.dueInMs(now) ?? Infinity)
    this.#timer = this.#ask.clock.after(Math.max(dueInMs, shortestLookMs), this.#look)
  }
}
