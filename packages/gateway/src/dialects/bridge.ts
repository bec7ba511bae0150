/**
 * From a caller's dialect to a provider's: the bytes as they are where both speak the same one, through the canonical form
 * where they do not. There are no translators for pairs.
 */
import { refuse } from '../domain/failure.ts'
import type { Failure } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import type { Usage } from '../domain/usage.ts'
import type { CanonicalAnswer } from './canonical/answer.ts'
import type { CanonicalEvent } from './canonical/events.ts'
import { holdsSeal } from './canonical/opaque.ts'
import type { Origin } from './canonical/opaque.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import { replay } from './canonical/replay.ts'
import { stopAt } from './canonical/stop-at.ts'
import type {
  AnswerForm,
  CallerSide,
  Dialect,
  EmbeddingCallerSide,
  EmbeddingProviderSide,
  ErrorAnswer,
  ProviderSide,
  RequestChanges,
  Sketch,
  StreamTap,
  WireRequest,
  WriterAsk,
} from './dialect.ts'
import type { StreamRelay } from './stream-relay.ts'
import { requestWithin, tooDeep } from './too-deep.ts'
import { TranslatingTap } from './translating-tap.ts'

/** What is remembered between the calls of one conversation, for callers whose dialect cannot carry it. */
export interface ConversationMemory {
  /** Puts back what belongs to the target and was lost on the way through the caller. */
  recall(request: CanonicalRequest, target: TranslationTarget): CanonicalRequest
  /** Listens to one answer; undefined: nothing of it is worth remembering. */
  listen(origin: Origin): { hear(event: CanonicalEvent): void; keep(answer: CanonicalAnswer): void } | undefined
}

/** A call as the bridge sees it; one for all attempts. */
export class BridgedCall {
  readonly caller: Dialect
  readonly sketch: Sketch
  readonly callId: string
  /** Seconds since the Unix epoch. */
  readonly createdAt: number
  readonly memory: ConversationMemory | undefined
  /** Told of each event that goes to the caller, and of all of a whole answer. */
  readonly hear: ((event: CanonicalEvent) => void) | undefined
  readonly elapsedMs: (() => number) | undefined
  /** Present: a text that is cut may be continued, which needs events that are written here. */
  readonly relay: StreamRelay | undefined
  #request: CanonicalRequest | undefined
  #sealed: boolean | undefined

  constructor(
    call: Pick<BridgedCall, 'caller' | 'sketch' | 'callId' | 'createdAt' | 'memory'> & {
      readonly [Name in 'hear' | 'elapsedMs' | 'relay']?: BridgedCall[Name]
    },
  ) {
    this.caller = call.caller
    this.sketch = call.sketch
    this.callId = call.callId
    this.createdAt = call.createdAt
    this.memory = call.memory
    this.hear = call.hear
    this.elapsedMs = call.elapsedMs
    this.relay = call.relay
  }

  /** Read when the first target needs it. @throws RefusedCall (400). */
  requestFrom(side: CallerSide): CanonicalRequest {
    this.#request ??= this.#read(side)
    return this.#request
  }

  #read(side: CallerSide): CanonicalRequest {
    const request = side.readRequest(this.sketch)
    return this.sketch.from === undefined ? request : { ...request, from: this.sketch.from }
  }

  /** Whether the request holds values that were sealed here. */
  get isSealed(): boolean {
    this.#sealed ??= this.caller.caller !== undefined && holdsSeal(this.sketch.bytes)
    return this.#sealed
  }
}

/** Where an attempt goes. */
export interface BridgeTarget extends TranslationTarget {
  readonly changes: RequestChanges
  /** The provider's requests are always rebuilt: it is stricter than the dialect it speaks. */
  readonly rebuilds: boolean
}

type WholeReading =
  | { readonly body: Buffer; readonly usage: Usage | undefined; readonly failure?: undefined }
  | { readonly failure: Failure; readonly usage?: Usage | undefined }

/** One attempt's way there and back. */
export interface Bridge {
  readonly passesThrough: boolean
  /** The provider's. */
  readonly dialect: DialectName
  readonly wire: WireRequest
  openTap(): StreamTap | undefined
  /** @param contentType as the provider says, in lower case; empty where it says nothing. */
  readWhole(body: Buffer, contentType: string): WholeReading
  /** How an answer of this content type goes on; absent: as was asked. */
  readonly formOf?: ((contentType: string) => AnswerForm | undefined) | undefined
  readFailure(answer: ErrorAnswer): Failure
  readonly terminator: Buffer
}

/** Whether two dialects can meet at all. */
export function canBridge(caller: Dialect, provider: Dialect): boolean {
  if (caller.name === provider.name) return true
  return (
    (caller.caller !== undefined && provider.provider !== undefined) ||
    (caller.embeddingCaller !== undefined && provider.embeddingProvider !== undefined)
  )
}

/** Whether the caller's bytes can go on as they are. */
export function passesThrough(call: BridgedCall, to: Dialect, rebuilds: boolean): boolean {
  return call.caller.name === to.name && !rebuilds && call.sketch.rebuild !== true && call.relay === undefined && !call.isSealed
}

const noBytes = Buffer.alloc(0)

/** @throws RefusedCall where the request cannot be put into the provider's dialect without changing what was asked. */
export function bridge(call: BridgedCall, to: Dialect, target: BridgeTarget, request?: CanonicalRequest): Bridge {
  if (passesThrough(call, to, target.rebuilds)) return passage(call, to, target)
  const { caller, embeddingCaller } = call.caller
  if (caller !== undefined && to.provider !== undefined) {
    return translation({ call, to, target: withChanges(target), caller, provider: to.provider }, request ?? call.requestFrom(caller))
  }
  if (embeddingCaller !== undefined && to.embeddingProvider !== undefined) {
    return bridgeEmbeddings({
      sketch: call.sketch,
      caller: embeddingCaller,
      to,
      provider: to.embeddingProvider,
      target: withChanges(target),
    })
  }
  throw new Error(`there is no way from ${call.caller.name} to ${to.name}`)
}

function passage({ sketch }: BridgedCall, to: Dialect, target: BridgeTarget): Bridge {
  const headers = sketch.forwarded
  return {
    passesThrough: true,
    dialect: to.name,
    wire: { body: to.writeRequest(sketch, target.changes), losses: [], ...(headers !== undefined && { headers }) },
    openTap: () => to.openTap?.(sketch),
    readWhole: (body, contentType) => {
      const { usage, failure, body: asAsked } = to.readAnswer(body, { sketch, contentType })
      return failure === undefined ? { body: asAsked ?? body, usage } : { failure, usage }
    },
    formOf: to.formOf === undefined ? undefined : (contentType) => to.formOf?.(contentType, sketch),
    readFailure: (answer) => to.readFailure(answer),
    terminator: to.terminator,
  }
}

/** What is done to the bytes of a passed-through request is done to the fields of a translated one. */
function withChanges(target: BridgeTarget): BridgeTarget {
  const { removed, renamed, defaults } = target.changes
  return { ...target, removed, renamed, defaults }
}

interface Sides {
  readonly call: BridgedCall
  readonly to: Dialect
  readonly target: BridgeTarget
  readonly caller: CallerSide
  readonly provider: ProviderSide
}

/** Each piece of an answer is searched for each of them. */
const mostStops = 1000

function translation({ call, to, target, caller, provider }: Sides, asked: CanonicalRequest): Bridge {
  const { memory, sketch, callId, createdAt, relay } = call
  const recalled = memory === undefined ? asked : memory.recall(asked, target)
  const request = relay?.requestFor(recalled, target) ?? recalled
  const origin: Origin = { dialect: to.name, provider: target.provider, model: target.model, keyId: target.keyId }
  const { elapsedMs } = call
  const ask: WriterAsk = { callId, model: sketch.model, createdAt, sketch, request, ...(elapsedMs !== undefined && { elapsedMs }) }
  const stops = [...(provider.watchesStop === true ? (request.stop ?? []) : []), ...(caller.stopsHere?.(sketch) ?? [])]
  if (stops.length > mostStops)
    throw refuse('bad-request', `Up to ${mostStops} texts to stop at are watched for. Send fewer.`, { param: 'stop' })
  return {
    passesThrough: false,
    dialect: to.name,
    wire: requestWithin(() => provider.writeRequest(request, target)),
    openTap: () => {
      const listener = memory?.listen(origin)
      return new TranslatingTap({
        reader: provider.openReader(origin, target, request),
        writer: relay?.openWriter(() => caller.openWriter(ask), target, recalled) ?? caller.openWriter(ask),
        stops,
        hear: both(listener, call.hear),
      })
    },
    readWhole: (body) => {
      const read = provider.readAnswer(body, origin, target, request)
      if (read.failure !== undefined) return { failure: read.failure }
      const answer = stopAt(read.answer, stops)
      memory?.listen(origin)?.keep(answer)
      if (call.hear !== undefined) for (const event of replay(answer)) call.hear(event)
      try {
        return { body: caller.writeAnswer(answer, ask), usage: answer.usage }
      } catch (error) {
        return { failure: tooDeep(error) }
      }
    },
    readFailure: (answer) => to.readFailure(answer),
    terminator: noBytes,
  }
}

type Hear = (event: CanonicalEvent) => void

/** Most calls have neither. */
function both(listener: { readonly hear: Hear } | undefined, hear: Hear | undefined): Hear | undefined {
  if (listener === undefined) return hear
  return (event) => {
    listener.hear(event)
    hear?.(event)
  }
}

interface EmbeddingSides {
  readonly sketch: Sketch
  readonly caller: EmbeddingCallerSide
  readonly to: Dialect
  readonly provider: EmbeddingProviderSide
  readonly target: TranslationTarget
}

/** Whose vector is whose cannot be told any more. */
const miscounted: Failure = {
  reason: 'bad-answer',
  message: 'The provider sent another number of vectors than was asked for.',
  sent: 'yes',
}

/** Never streamed. */
function bridgeEmbeddings({ sketch, caller, to, provider, target }: EmbeddingSides): Bridge {
  const request = caller.readRequest(sketch)
  return {
    passesThrough: false,
    dialect: to.name,
    wire: provider.writeRequest(request, target),
    openTap: () => undefined,
    readWhole: (body) => {
      const read = provider.readAnswer(body)
      if (read.failure !== undefined) return { failure: read.failure }
      const { vectors } = read
      if (vectors.vectors.length !== request.inputs.length) return { failure: miscounted, usage: vectors.usage }
      return { body: caller.writeAnswer(vectors, { model: sketch.model, sketch }), usage: vectors.usage }
    },
    readFailure: (answer) => to.readFailure(answer),
    terminator: noBytes,
  }
}
