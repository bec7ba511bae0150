/** Keeps what was tried for one call, and announces each attempt as it goes. */
import type { Attempt, AttemptAsk, Clock, Pursued } from '@keywheel/keyring'
import type { EventBus } from '../domain/events.ts'
import type { Failure } from '../domain/failure.ts'
import { scrubbed } from '../domain/scrub.ts'
import type { Secret } from '../domain/secret.ts'
import { cutNote, inBatch } from '../domain/usage.ts'
import type { AttemptRecord } from '../domain/usage.ts'
import type { Call } from '../http/call.ts'
import type { PlannedTarget } from '../routing/plan.ts'
import type { UpstreamAnswer } from '../upstream/answers.ts'

type Ask = AttemptAsk<PlannedTarget, Secret | undefined>

interface LogRooms {
  readonly bus: EventBus
  readonly clock: Clock
}

export class AttemptLog {
  readonly #call: Call
  readonly #rooms: LogRooms
  readonly #stale = new Set<number>()
  /** Finished attempts, in order. */
  records: readonly AttemptRecord[] = []
  /** The attempts were made for several calls at once and are another one's to count. */
  ridesAlong = false
  #failed = 0
  #before: readonly AttemptRecord[] = []

  constructor(call: Call, rooms: LogRooms) {
    this.#call = call
    this.#rooms = rooms
  }

  onStaleSocket = (attempt: number): void => {
    this.#stale.add(attempt)
  }

  onAttempt = (ask: Ask): void => {
    this.#rooms.bus.emit('attempt.started', {
      callId: this.#call.id,
      provider: ask.target.pool,
      model: ask.target.model,
      keyId: ask.key.id,
    })
  }

  onFailure = (attempt: Attempt): void => {
    this.#failed++
    const record = this.#recordOf(attempt, this.#failed)
    this.#rooms.bus.emit('attempt.failed', { ...record, callId: this.#call.id, message: attempt.failure?.message ?? '' })
  }

  /** The stream of the last attempt broke after it had begun to answer, and another shall go on with it. */
  cut({ reason }: Failure): void {
    this.#before = this.records.map((record, at) => (at === this.records.length - 1 ? { ...record, reason, note: cutNote } : record))
    this.records = this.#before
    this.#failed = 0
    this.#stale.clear()
  }

  /** The pursuit has ended: all attempts are known. */
  conclude(pursued: Pursued<PlannedTarget, Secret | undefined, UpstreamAnswer>): void {
    this.records = [...this.#before, ...pursued.attempts.map((attempt, index) => this.#recordOf(attempt, index + 1))]
    const last = this.records.at(-1)
    if (pursued.kind === 'answered' && last !== undefined && !this.ridesAlong)
      this.#rooms.bus.emit('attempt.committed', { ...last, callId: this.#call.id })
  }

  #recordOf(attempt: Attempt, number: number): AttemptRecord {
    const { failure } = attempt
    return {
      provider: attempt.pool,
      model: scrubbed(attempt.model),
      keyId: attempt.keyId,
      startedAfterMs: round(attempt.startedAt - this.#call.startedAt),
      tookMs: round(attempt.tookMs),
      ...(failure !== undefined && { reason: failure.reason }),
      ...(failure?.status !== undefined && { status: failure.status }),
      ...(this.#stale.has(number) && { note: 'stale-socket' }),
      ...(this.ridesAlong && { note: inBatch }),
    }
  }
}

/** Milliseconds to a hundredth: more is noise. */
export function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
