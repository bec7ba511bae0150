/** What is known of a call while it is being answered. */
import type { Entered } from '../conversations/kept-conversations.ts'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import type { StreamRelay } from '../dialects/stream-relay.ts'
import type { CallOpening } from '../domain/usage.ts'
import type { Call } from '../http/call.ts'
import type { EventWriter } from '../http/event-writer.ts'
import type { RoutePlan } from '../routing/plan.ts'
import type { AttemptLog } from './attempt-log.ts'

/** A call that will get a row: the caller is known, the request is readable, and there is somewhere to go. */
export interface Accepted {
  readonly dialect: Dialect
  readonly sketch: Sketch
  readonly plan: RoutePlan
  readonly opening: CallOpening
  /** Keeps what a later call may need of the answer. */
  readonly leave?: Entered['leave']
}

export interface CallUnderWay {
  readonly call: Call
  readonly accepted: Accepted
  readonly log: AttemptLog
  /** Writes the answer if it is a stream. */
  readonly events: EventWriter
  /** Present: its text may be continued where it is cut. */
  readonly relay?: StreamRelay | undefined
}
