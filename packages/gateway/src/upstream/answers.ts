/** What an attempt commits to: a whole answer in memory, or a stream that has begun. */
import type { Bridge } from '../dialects/bridge.ts'
import type { StreamTap } from '../dialects/dialect.ts'
import type { Failure } from '../domain/failure.ts'
import type { Usage } from '../domain/usage.ts'

interface WholeAnswer {
  readonly kind: 'whole'
  readonly body: Buffer
  readonly usage: Usage | undefined
  /** As the provider says, where the bytes are its own. */
  readonly contentType: string | undefined
  /** The way it came. */
  readonly bridge: Bridge
  /** Milliseconds from the request to the first byte of the answer. */
  readonly firstByteMs: number
}

export interface StreamAnswer {
  readonly kind: 'stream'
  /** The way it came. */
  readonly bridge: Bridge
  /** As the provider says, where the bytes are no events. */
  readonly contentType: string | undefined
  /** Milliseconds from the request to the first content. */
  readonly firstContentMs: number
  /** Lets the events flow to the sink, those that have come already first. Call it once. */
  flowTo(sink: StreamSink): void
  /** The sink can take more after `write` gave false. */
  resume(): void
  /** Ends it at once, at the provider too: the caller has gone, or `why`. */
  abort(why?: Failure): void
}

/** Where a stream's bytes go: whole events only. */
export interface StreamSink {
  /** false: stop reading until `resume`. */
  write(bytes: Buffer): boolean
  /** Called exactly once, whatever happened. */
  ended(ending: StreamEnding): void
}

export interface StreamEnding {
  /** The provider's or the network's fault, or `cancelled`. Without it the stream is complete. */
  readonly failure?: Failure
  /** Tells the caller of it, where the dialect's own event would not fit behind what was sent. */
  readonly errorEvent?: Buffer
  /** `inferred`: the model said why it stopped, but the provider left the dialect's terminator out. */
  readonly terminator?: 'seen' | 'inferred'
  readonly usage: Usage | undefined
  /** The answer as a whole, in dialects whose streams end by telling it. */
  readonly whole?: Readonly<Record<string, unknown>>
  /** For an estimate when no usage came. */
  readonly roughOutputTokens: number
}

export type UpstreamAnswer = WholeAnswer | StreamAnswer

/** The end of a stream that the model, and mostly the provider too, has ended. */
export function completeEnding(tap: StreamTap | undefined): Pick<StreamEnding, 'terminator' | 'whole'> {
  return { terminator: tap?.ended === 'done' ? 'seen' : 'inferred', ...(tap?.whole !== undefined && { whole: tap.whole }) }
}

/** The end of a stream that failed, with what tells the caller where the dialect's own event would not fit. */
export function failedEnding(failure: Failure, tap: StreamTap | undefined): Pick<StreamEnding, 'failure' | 'errorEvent'> {
  const errorEvent = tap?.breakOff?.(failure)
  return errorEvent === undefined || errorEvent.length === 0 ? { failure } : { failure, errorEvent }
}

/** The bytes in one piece; not copied where they are one already. */
export function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
