/**
 * How a wire format is read and written. Each dialect is one folder of sibling files with this as its contract.
 *
 * Every dialect can pass a call through to a provider that speaks the same one (`sketch`, `splice`, `checkAnswer`, `openTap`).
 * Those of chat can also be translated: `caller` is the dialect as a caller speaks it, `provider` as a provider does.
 */
import type { RefusedCall, Failure } from '../domain/failure.ts'
import type { LimitHeaders } from '../domain/limit-headers.ts'
import type { DialectName, Operation } from '../domain/operation.ts'
import type { LossName, TranslationTarget } from '../domain/quirks.ts'
import type { Usage } from '../domain/usage.ts'
import type { CanonicalAnswer } from './canonical/answer.ts'
import type { CanonicalEmbedding, CanonicalVectors } from './canonical/embeddings.ts'
import type { CanonicalEvent } from './canonical/events.ts'
import type { Origin } from './canonical/opaque.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import type { Member } from './json-scan.ts'

/** What is known of a request beside its body. */
export interface SketchAsk {
  /** From the path, where a dialect names the model there; decoded. */
  readonly model?: string
  /** From the path, where a dialect says there whether it streams. */
  readonly stream?: boolean
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Raw text behind the `?`. */
  readonly query: string
  /** The model for callers that cannot name one (KoboldAI); undefined where there is none at all. */
  readonly defaultModel: () => string | undefined
}

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
  /** What `content-type` a passed-through body needs, where it is not JSON. */
  readonly contentType?: string
  /** Headers of the caller that the provider gets too when both speak this dialect, flat. */
  readonly forwarded?: readonly string[]
  /** The bytes are in a form that providers of the dialect do not take: they are always translated. */
  readonly rebuild?: boolean
  /** The dialect that the caller really spoke, where its request was put into the words of this one. */
  readonly from?: DialectName
  /** The caller's own name for what is generated, by which it can be looked at and ended (KoboldAI); empty: it gave none. */
  readonly generation?: string
  /** This call's own in place of the dialect's. */
  readonly streamType?: string
  readonly keepAlive?: Buffer
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

/** How far a stream has come; the reader of a translated stream and the tap of one that passes through tell the same. */
interface StreamProgress {
  /** Data events so far: what the idle timer counts. */
  readonly dataEvents: number
  /**
   * Events that are only a sign of life, in dialects that have them: while nothing else comes they are believed for as long as the first
   * content may take.
   */
  readonly pings?: number
  /** `finish`: the model said why it stopped. `done`: the dialect's own end of stream was seen, nothing can follow. */
  readonly ended: 'no' | 'finish' | 'done'
  /** An error that the provider sent inside the stream, or bytes that are no stream of this dialect. */
  readonly failure: Failure | undefined
  readonly usage: Usage | undefined
}

/** Takes the bytes of a provider's stream and says which bytes the caller gets. */
export interface StreamTap extends StreamProgress {
  /** Takes the next bytes in any cut; gives back whole events for the caller, or undefined when there are none yet. */
  take(chunk: Buffer): Buffer | undefined
  /** The provider has ended the stream; what was held back is taken as complete. */
  end(): Buffer | undefined
  /** Whether an event with content for the caller has been seen. */
  readonly hasContent: boolean
  /** Events with content, about a token each: for an estimate when no usage comes. */
  readonly contentEvents: number
  /** The caller's error event, where it depends on what was sent before; absent: the dialect's own will do. */
  breakOff?(failure: Failure): Buffer
  /** The answer was ended here, at a text to stop at: the provider would go on, and is not waited for. */
  readonly isCut?: boolean
  /** The answer as a whole, once it is complete, in dialects whose streams end by telling it. */
  readonly whole?: Readonly<Record<string, unknown>> | undefined
}

/** What a caller gets instead of an answer. */
export interface WholeError {
  readonly status: number
  readonly body: Buffer
}

/** What a whole answer that passes through says of itself. */
export interface CheckedAnswer {
  readonly usage: Usage | undefined
  /** The answer is an error in disguise, or no answer of this dialect. */
  readonly failure: Failure | undefined
  /** The answer as it was asked for, where the provider gave it in another form. */
  readonly body?: Buffer
}

/**
 * How an answer goes on. `whole`: when it is all there and has been looked at. `events`: event by event. `bytes`: as it comes, under the
 * provider's own content type.
 */
export type AnswerForm = 'whole' | 'events' | 'bytes'

/** What is known of a whole answer beside its body. */
export interface AnswerAsk {
  readonly sketch: Sketch
  /** As the provider says; empty where it says nothing. */
  readonly contentType: string
}

/** A provider's error answer: everything that helps to say what it means. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Milliseconds since the Unix epoch, for dates in headers. */
  readonly wallNow: number
  /** The headers that may tell when a limit is full again. */
  readonly limitHeaders?: readonly LimitHeaders[]
}

/** What a writer of answers knows of the call. */
export interface WriterAsk {
  /** The call's id: ids that must be made up are made from it. */
  readonly callId: string
  /** The model's name as the caller wrote it. */
  readonly model: string
  /** Seconds since the Unix epoch. */
  readonly createdAt: number
  readonly sketch: Sketch
  readonly request: CanonicalRequest
  /** Milliseconds since the call began; absent where nobody has a watch. */
  readonly elapsedMs?: () => number
}

/** Canonical events to a caller's bytes. */
export interface StreamWriter {
  /** The text for one event; empty where the caller need not know. `finish` ends the stream, terminator included. */
  write(event: CanonicalEvent): string
  /** The caller's error event, where it depends on what was sent before; absent: the dialect's own will do. */
  breakOff?(failure: Failure): string
  /** The answer as a whole, once it is complete, in dialects whose streams end by telling it. */
  readonly whole?: Readonly<Record<string, unknown>> | undefined
}

/** A provider's bytes to canonical events; see events.ts for what a reader promises. */
export interface StreamReader extends StreamProgress {
  take(chunk: Buffer): readonly CanonicalEvent[]
  /** The provider has ended the stream: what was held back, and `finish` if the model had said why it stopped. */
  end(): readonly CanonicalEvent[]
}

/** A dialect of chat as callers speak it. */
export interface CallerSide {
  /** @throws RefusedCall (400) naming the field at fault. */
  readRequest(sketch: Sketch): CanonicalRequest
  /** Texts at which the answer ends that are watched for here, whatever the provider watches for. */
  stopsHere?(sketch: Sketch): readonly string[]
  writeAnswer(answer: CanonicalAnswer, ask: WriterAsk): Buffer
  openWriter(ask: WriterAsk): StreamWriter
}

/** A translated request. */
export interface WireRequest {
  readonly body: Buffer
  /** More headers, flat. */
  readonly headers?: readonly string[]
  /** What the target has no place for. */
  readonly losses: readonly LossName[]
}

export type ReadAnswer = { readonly answer: CanonicalAnswer; readonly failure?: undefined } | { readonly failure: Failure }

/** A dialect of chat as providers speak it. */
export interface ProviderSide {
  /** Texts at which the answer shall stop are watched for here, since the provider has no such field. */
  readonly watchesStop?: boolean
  /** Images must come as bytes, whatever the provider. */
  readonly fetchesNoImages?: boolean
  /** @throws RefusedCall `unsupported` where leaving something out would change what was asked. */
  writeRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest
  /**
   * @param origin what opaque values of this answer are marked with.
   * @param request what was asked, where names had to be changed on the way there.
   */
  readAnswer(body: Buffer, origin: Origin, target: TranslationTarget, request?: CanonicalRequest): ReadAnswer
  openReader(origin: Origin, target: TranslationTarget, request?: CanonicalRequest): StreamReader
}

/** A dialect of embeddings as callers speak it. */
export interface EmbeddingCallerSide {
  readRequest(sketch: Sketch): CanonicalEmbedding
  writeAnswer(vectors: CanonicalVectors, ask: { readonly model: string; readonly sketch: Sketch }): Buffer
}

/** A dialect of embeddings as providers speak it. */
export interface EmbeddingProviderSide {
  writeRequest(request: CanonicalEmbedding, target: TranslationTarget): WireRequest
  readAnswer(body: Buffer): { readonly vectors: CanonicalVectors; readonly failure?: undefined } | { readonly failure: Failure }
}

export interface Dialect {
  readonly name: DialectName
  readonly operation: Operation
  /** @throws RefusedCall naming the field at fault. */
  sketch(body: Buffer, ask: SketchAsk): Sketch
  /** Pass-through: the bytes for one target, the caller's own but for `changes`. */
  writeRequest(sketch: Sketch, changes: RequestChanges): Buffer
  /** Pass-through: looks at a whole answer that goes on as it is. */
  readAnswer(body: Buffer, ask?: AnswerAsk): CheckedAnswer
  /** Pass-through; undefined: this operation is never streamed. */
  openTap?(sketch: Sketch): StreamTap
  readFailure(answer: ErrorAnswer): Failure
  /** A request once more, without what the provider could not take of it; undefined: that would not help. */
  mendRequest?(body: Buffer, failure: Failure): WireRequest | undefined
  /** Before the first byte of an answer: status and body. */
  writeFailure(refusal: RefusedCall, callId: string): WholeError
  /** After it: the dialect's error event; the connection then ends unfinished. */
  writeStreamFailure(failure: Failure, sketch?: Sketch): Buffer
  /** Ends a passed-through stream whose provider forgot to. */
  readonly terminator: Buffer
  /** `content-type` of a stream; `text/event-stream` unless told. */
  readonly streamType?: string
  /** What is written into a silent stream once it has content; an SSE comment unless told, nothing where empty. */
  readonly keepAlive?: Buffer
  /** What the provider is asked to answer with where nothing is streamed; JSON unless told. */
  readonly accept?: string
  /**
   * Pass-through, where the request alone does not tell how the answer will come: its content type does, in lower case and empty where
   * there is none. undefined: no answer to this call. Such an answer is never begun early, and waited for as long as for a whole one.
   */
  formOf?(contentType: string, sketch: Sketch): AnswerForm | undefined
  /** How long requests and answers are says nothing about tokens: usage that nobody told stays unknown. */
  readonly countsNothing?: boolean
  /** Headers that every answer in this dialect carries, flat. */
  answerHeaders?(callId: string): readonly string[]
  readonly caller?: CallerSide
  readonly provider?: ProviderSide
  readonly embeddingCaller?: EmbeddingCallerSide
  readonly embeddingProvider?: EmbeddingProviderSide
}

/** A request of which nothing is known but its body. */
export const bareAsk: SketchAsk = { headers: {}, query: '', defaultModel: () => undefined }
