/** Counts what becomes of each call, and notices what must never happen. */
import type { FailureReason, Millis } from '@keywheel/keyring'
import type { Call } from './calls.ts'
import { EventLog } from './event-log.ts'
import { quantile } from '../statistics.ts'

/** What one run comes to. */
export interface Measures {
  readonly calls: number
  readonly answered: number
  readonly offeredTokens: number
  readonly answeredTokens: number
  /** Requests to the provider, those among them that it refused, and calls that saw a 429. */
  readonly requests: number
  readonly refused: number
  readonly limitedCalls: number
  /** Calls that saw a 429 while another key had room for them. */
  readonly avoidableCalls: number
  /** From a call's arrival to the begin of the request that was answered. */
  readonly waitP50Ms: Millis
  readonly waitP95Ms: Millis
  /** Answers of each key, in the order of the keys. */
  readonly answersByKey: readonly number[]
  readonly violations: readonly string[]
  readonly events: number
  readonly hash: string
}

interface Open {
  readonly call: Call
  wasLimited: boolean
  wasAvoidable: boolean
  requestedAt: Millis
}

const mostViolations = 20
const limitReasons: ReadonlySet<FailureReason> = new Set<FailureReason>(['rate-limited', 'quota-exhausted'])

export class Ledger {
  readonly log: EventLog = new EventLog()
  readonly #open = new Map<number, Open>()
  readonly #waits: Millis[] = []
  readonly #answersByKey: number[]
  readonly #inFlight: number[]
  readonly #violations: string[] = []
  readonly #lastRequestAt: Millis[]
  #calls = 0
  #answered = 0
  #offeredTokens = 0
  #answeredTokens = 0
  #requests = 0
  #refused = 0
  #limitedCalls = 0
  #avoidableCalls = 0

  constructor(keys: number) {
    this.#answersByKey = Array.from({ length: keys }, () => 0)
    this.#inFlight = Array.from({ length: keys }, () => 0)
    this.#lastRequestAt = Array.from({ length: keys }, () => 0)
  }

  /** Calls that have begun and not ended. */
  get open(): number {
    return this.#open.size
  }

  /** When a key was used last; 0: never. */
  lastRequestAt(key: number): Millis {
    return this.#lastRequestAt[key] ?? 0
  }

  arrived(call: Call, now: Millis): void {
    this.#note(now, `call ${call.id} ${call.tokens}`)
    this.#calls += 1
    this.#offeredTokens += call.tokens
    this.#open.set(call.id, { call, wasLimited: false, wasAvoidable: false, requestedAt: now })
  }

  requested(call: Call, key: number, now: Millis): void {
    this.#note(now, `request ${call.id} ${key}`)
    this.#requests += 1
    this.#lastRequestAt[key] = now
    const open = this.#open.get(call.id)
    if (open === undefined) this.violated(`call ${call.id} asked after its end`)
    else open.requestedAt = now
  }

  refused(call: Call, { reason, isAvoidable }: { reason: FailureReason; isAvoidable: boolean }, now: Millis): void {
    this.#note(now, `refused ${call.id} ${reason}${isAvoidable ? ' avoidable' : ''}`)
    this.#refused += 1
    const open = this.#open.get(call.id)
    if (open === undefined || !limitReasons.has(reason)) return
    if (!open.wasLimited) this.#limitedCalls += 1
    if (isAvoidable && !open.wasAvoidable) this.#avoidableCalls += 1
    open.wasLimited = true
    open.wasAvoidable ||= isAvoidable
  }

  /** The first byte of an answer arrived, in time for its caller. */
  answered(call: Call, key: number, now: Millis): void {
    const open = this.#end(call, `answered ${call.id} ${key}`, now)
    if (open === undefined) return
    this.#answered += 1
    this.#answeredTokens += call.tokens
    this.#answersByKey[key] = (this.#answersByKey[key] ?? 0) + 1
    this.#waits.push(open.requestedAt - call.arrivesAt)
  }

  failed(call: Call, why: string, now: Millis): void {
    this.#end(call, `failed ${call.id} ${why}`, now)
  }

  /** A request begins (1) or is over (-1). */
  holds(key: number, change: 1 | -1, most: number): void {
    const held = (this.#inFlight[key] ?? 0) + change
    this.#inFlight[key] = held
    if (held < 0) this.violated(`key ${key} has ${held} requests in flight`)
    if (held > most) this.violated(`key ${key} has ${held} requests in flight, ${most} are allowed`)
  }

  /** Requests in flight over all keys. */
  get inFlight(): number {
    return this.#inFlight.reduce((sum, held) => sum + held, 0)
  }

  violated(what: string): void {
    if (this.#violations.length < mostViolations) this.#violations.push(what)
  }

  close(): Measures {
    return {
      calls: this.#calls,
      answered: this.#answered,
      offeredTokens: this.#offeredTokens,
      answeredTokens: this.#answeredTokens,
      requests: this.#requests,
      refused: this.#refused,
      limitedCalls: this.#limitedCalls,
      avoidableCalls: this.#avoidableCalls,
      waitP50Ms: quantile(this.#waits, 0.5),
      waitP95Ms: quantile(this.#waits, 0.95),
      answersByKey: this.#answersByKey,
      violations: this.#violations,
      events: this.log.length,
      hash: this.log.digest(),
    }
  }

  #end(call: Call, line: string, now: Millis): Open | undefined {
    this.#note(now, line)
    const open = this.#open.get(call.id)
    if (open === undefined) this.violated(`call ${call.id} ended twice`)
    this.#open.delete(call.id)
    return open
  }

  #note(now: Millis, what: string): void {
    this.log.add(`${Math.round(now * 1000)} ${what}`)
  }
}
