/**
 * From a caller's dialect to a provider's: the bytes as they are where both speak the same one, through the canonical form
 * where they do not. There are no translators for pairs.
 */
import type { Failure } from '../domain/failure.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import type { Usage } from '../domain/usage.ts'
import type { CanonicalAnswer } from './canonical/answer.ts'
import type { CanonicalEvent } from './canonical/events.ts'
import { holdsSeal } from './canonical/opaque.ts'
import type { Origin } from './canonical/opaque.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import { stopAt } from './canonical/stop-at.ts'
import type {
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
  #request: CanonicalRequest | undefined
  #sealed: boolean | undefined

  constructor(call: Pick<BridgedCall, 'caller' | 'sketch' | 'callId' | 'createdAt' | 'memory'>) {
    this.caller = call.caller
    this.sketch = call.sketch
    this.callId = call.callId
    this.createdAt = call.createdAt
    this.memory = call.memory
  }

  /** Read when the first target needs it. @throws RefusedCall (400). */
  requestFrom(side: CallerSide): CanonicalRequest {
    this.#request ??= side.readRequest(this.sketch)
    return this.#request
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

export type WholeReading =
  | { readonly body: Buffer; readonly usage: Usage | undefined; readonly failure?: undefined }
  | { readonly failure: Failure; readonly usage?: Usage | undefined }

/** One attempt's way there and back. */
export interface Bridge {
  readonly passesThrough: boolean
  readonly wire: WireRequest
  openTap(): StreamTap | undefined
  readWhole(body: Buffer): WholeReading
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
  return call.caller.name === to.name && !rebuilds && !call.isSealed
}

const noBytes = Buffer.alloc(0)

/** @throws RefusedCall where the request cannot be put into the provider's dialect without changing what was asked. */
export function bridge(call: BridgedCall, to: Dialect, target: BridgeTarget, request?: CanonicalRequest): Bridge {
  if (passesThrough(call, to, target.rebuilds)) return passage(call, to, target)
  const { caller, embeddingCaller } = call.caller
  if (caller !== undefined && to.provider !== undefined) {
    return translation({ call, to, target, caller, provider: to.provider }, request ?? call.requestFrom(caller))
  }
  if (embeddingCaller !== undefined && to.embeddingProvider !== undefined) {
    return bridgeEmbeddings({ sketch: call.sketch, caller: embeddingCaller, to, provider: to.embeddingProvider, target })
  }
  throw new Error(`there is no way from ${call.caller.name} to ${to.name}`)
}

function passage({ sketch }: BridgedCall, to: Dialect, target: BridgeTarget): Bridge {
  const headers = sketch.forwarded
  return {
    passesThrough: true,
    wire: { body: to.writeRequest(sketch, target.changes), losses: [], ...(headers !== undefined && { headers }) },
    openTap: () => to.openTap?.(sketch),
    readWhole: (body) => {
      const { usage, failure } = to.readAnswer(body)
      return failure === undefined ? { body, usage } : { failure, usage }
    },
    readFailure: (answer) => to.readFailure(answer),
    terminator: to.terminator,
  }
}

interface Sides {
  readonly call: BridgedCall
  readonly to: Dialect
  readonly target: BridgeTarget
  readonly caller: CallerSide
  readonly provider: ProviderSide
}

function translation({ call, to, target, caller, provider }: Sides, asked: CanonicalRequest): Bridge {
  const { memory, sketch, callId, createdAt } = call
  const request = memory === undefined ? asked : memory.recall(asked, target)
  const origin: Origin = { dialect: to.name, provider: target.provider, model: target.model, keyId: target.keyId }
  const ask: WriterAsk = { callId, model: sketch.model, createdAt, sketch, request }
  const stops = provider.watchesStop === true ? (request.stop ?? []) : []
  return {
    passesThrough: false,
    wire: provider.writeRequest(request, target),
    openTap: () => {
      const listener = memory?.listen(origin)
      return new TranslatingTap({
        reader: provider.openReader(origin, target),
        writer: caller.openWriter(ask),
        stops,
        hear: listener === undefined ? undefined : (event) => listener.hear(event),
      })
    },
    readWhole: (body) => {
      const read = provider.readAnswer(body, origin, target)
      if (read.failure !== undefined) return { failure: read.failure }
      const answer = stopAt(read.answer, stops)
      memory?.listen(origin)?.keep(answer)
      return { body: caller.writeAnswer(answer, ask), usage: answer.usage }
    },
    readFailure: (answer) => to.readFailure(answer),
    terminator: noBytes,
  }
}

interface EmbeddingSides {
  readonly sketch: Sketch
  readonly caller: EmbeddingCallerSide
  readonly to: Dialect
  readonly provider: EmbeddingProviderSide
  readonly target: TranslationTarget
}

/** Never streamed. */
function bridgeEmbeddings({ sketch, caller, to, provider, target }: EmbeddingSides): Bridge {
  return {
    passesThrough: false,
    wire: provider.writeRequest(caller.readRequest(sketch), target),
    openTap: () => undefined,
    readWhole: (body) => {
      const read = provider.readAnswer(body)
      if (read.failure !== undefined) return { failure: read.failure }
      const { vectors } = read
      return { body: caller.writeAnswer(vectors, { model: sketch.model, sketch }), usage: vectors.usage }
    },
    readFailure: (answer) => to.readFailure(answer),
    terminator: noBytes,
  }
}
