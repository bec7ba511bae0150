/** How long each part of a call may take. */

/** Milliseconds; each can be overridden per provider and per virtual model. */
export interface Timeouts {
  readonly connectMs: number
  /** Streams: until the first data event. */
  readonly firstByteMs: number
  /** Streams of models that are marked as reasoning. */
  readonly reasoningFirstByteMs: number
  /** Whole answers: until the first byte. */
  readonly wholeFirstByteMs: number
  /** Between two data events of a stream, or two blocks of a whole answer. */
  readonly idleMs: number
  /** Over all attempts until one commits. */
  readonly deadlineMs: number
  /** A stream is cut after this, however lively it is. */
  readonly streamLifeMs: number
}
