/** How a wire format is read and written. Each dialect is one folder of sibling files with this as its contract. */
import type { RefusedCall, Failure } from '../domain/failure.ts'
import type { DialectName, Operation } from '../domain/operation.ts'
import type { Usage } from '../domain/usage.ts'
import type { Member } from './json-scan.ts'

/** All that routing needs to know of a request, read from its bytes without building it. */
export interface Sketch {
  readonly model: string
  readonly stream: boolean
  /** Asked for by the caller; the fields that hold it are in `maxTokensFields`. */
  readonly maxTokens?: number
  readonly maxTokensFields: readonly Member[]
  /** Whether the caller wants the usage event of a stream. */
  readonly wantsUsage: boolean
  readonly bytes: Buffer
  readonly members: readonly Member[]
}

/** What changes in a request on its way to one target; everything else goes on as it came. */
export interface RequestChanges {
  readonly model: string
  /** The target's own limit when the caller asked for more. */
  readonly maxTokens?: number
  /** Top-level fields that the target refuses. */
  readonly removed: readonly string[]
  /** Top-level fields that go by another name there; a request that has the other name already keeps both. */
  readonly renamed: Readonly<Record<string, string>>
  /** Parameters that are added where the request lacks them. */
  readonly defaults: Readonly<Record<string, unknown>>
}

/** Listens to the bytes of a provider's stream and says which of them the caller gets. */
export interface StreamTap {
  /** Takes the next bytes in any cut; gives back whole events for the caller, or undefined when there are none yet. */
  take(chunk: Buffer): Buffer | undefined
  /** The provider has ended the stream; what was held back is taken as complete. */
  end(): Buffer | undefined
  /** Data events so far: what the idle timer counts. */
  readonly dataEvents: number
  /** Whether an event with content for the caller has been seen. */
  readonly hasContent: boolean
  /** `finish`: the model said why it stopped. `done`: the dialect's own end of stream was seen. */
  readonly ended: 'no' | 'finish' | 'done'
  /** An error that the provider sent inside the stream, or bytes that are no stream of this dialect. */
  readonly failure: Failure | undefined
  readonly usage: Usage | undefined
  /** Events with content, about a token each: for an estimate when no usage comes. */
  readonly contentEvents: number
}

/** What a caller gets instead of an answer. */
export interface WholeError {
  readonly status: number
  readonly body: Buffer
}

export interface ReadAnswer {
  readonly usage: Usage | undefined
  /** The answer is an error in disguise, or no answer of this dialect. */
  readonly failure: Failure | undefined
}

/** A provider's error answer: everything that helps to say what it means. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Milliseconds since the Unix epoch, for dates in headers. */
  readonly wallNow: number
}

export interface Dialect {
  readonly name: DialectName
  readonly operation: Operation
  /** @throws RefusedCall naming the field at fault. */
  sketch(body: Buffer): Sketch
  /** The bytes for one target: the caller's own but for `changes`. */
  writeRequest(sketch: Sketch, changes: RequestChanges): Buffer
  readAnswer(body: Buffer): ReadAnswer
  /** undefined: this operation is never streamed. */
  openTap?(sketch: Sketch): StreamTap
  readFailure(answer: ErrorAnswer): Failure
  /** Before the first byte of an answer: status and body. */
  writeFailure(refusal: RefusedCall): WholeError
  /** After it: the dialect's error event; the connection then ends unfinished. */
  writeStreamFailure(failure: Failure): Buffer
  /** Ends a stream whose provider forgot to. */
  readonly terminator: Buffer
}
