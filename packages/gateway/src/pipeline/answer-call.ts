/**
 * The story of a call: identify → sketch → plan → open the record → pursue (choose key → attempt) → deliver → settle.
 * There is no second way to a provider.
 */
import { pursue } from '@keywheel/keyring'
import type { AttemptAsk, Chance, Clock, Ending, Keyring, Outcome, PursueLimits } from '@keywheel/keyring'
import type { KeptConversations } from '../conversations/kept-conversations.ts'
import { BridgedCall } from '../dialects/bridge.ts'
import type { ConversationMemory } from '../dialects/bridge.ts'
import { dialectOf } from '../dialects/list.ts'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import { overrideTemperatureZero } from '../dialects/override-temperature.ts'
import type { EventBus } from '../domain/events.ts'
import type { DialectName, Operation } from '../domain/operation.ts'
import type { Secret } from '../domain/secret.ts'
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'
import { scrubbed } from '../domain/scrub.ts'
import { settledCall } from '../domain/usage.ts'
import type { CallOpening, CallRecord, SettledCall } from '../domain/usage.ts'
import type { Call } from '../http/call.ts'
import { EventWriter } from '../http/event-writer.ts'
import { readBody } from '../http/read-body.ts'
import type { BodyLimits } from '../http/read-body.ts'
import type { PlannedTarget, RoutePlan } from '../routing/plan.ts'
import type { StreamEnding, UpstreamAnswer } from '../upstream/answers.ts'
import type { Attempts } from '../upstream/attempt.ts'
import { answerHeaders } from './answer-headers.ts'
import { isSpoken, serveHere } from './answer-here.ts'
import type { AnswerHere, Here } from './answer-here.ts'
import { AttemptLog } from './attempt-log.ts'
import { checkMaxTokens } from './check-max-tokens.ts'
import { CutContinuation, relayFor, usedUp } from './continue-cut.ts'
import type { AnsweredCall, CutStreams } from './continue-cut.ts'
import { deliver, endUnfinished } from './deliver.ts'
import type { Delivered } from './deliver.ts'
import { EarlyCommit } from './early-commit.ts'
import type { Chase, EmbeddingBatches, Judge, PursuedCall } from './embedding-batches.ts'
import { explainFailure } from './explain-failure.ts'
import type { FailedPursuit } from './explain-failure.ts'
import type { Accepted, CallUnderWay } from './call-under-way.ts'
import { fitContext } from './fit-context.ts'
import type { Generation, Generations } from './generations.ts'
import { keysInAddress } from './identify.ts'
import type { Access, Caller } from './identify.ts'
import { keepAnswer } from './keep-answer.ts'
import { maxTokensFor } from './max-tokens-for.ts'
import { planForCall } from './plan-for-call.ts'
import { preferKey } from './prefer-key.ts'
import { refuseCall } from './refuse-call.ts'
import { settledRecord } from './settle.ts'

type Ask = AttemptAsk<PlannedTarget, Secret | undefined>
type Attempting = (ask: Ask) => Promise<Outcome<UpstreamAnswer>>

/** What an endpoint asks for. */
export interface Operating {
  readonly operation: Operation
  readonly dialect: DialectName
  /** Whether the path says that the answer is streamed, or not; absent: the body says it. */
  readonly streams?: boolean
  /** What the gateway answers by itself where no target speaks the dialect; absent: the call goes on to be translated or refused. */
  readonly answerHere?: AnswerHere
  /** Which requests it answers so; absent: all. */
  readonly needsNobody?: (sketch: Sketch) => boolean
}

export interface PipelineRooms {
  readonly access: Access
  readonly keyring: Keyring<Secret | undefined>
  readonly attempts: Attempts
  readonly bus: EventBus
  readonly clock: Clock
  readonly chance: Chance
  readonly bodyLimits: BodyLimits
  readonly retry: PursueLimits
  readonly maxTokensLimit: number | undefined
  /** What becomes of a temperature of exactly 0; undefined: it goes on as it is. */
  readonly overridesTemperatureZero?: 'remove' | 'set' | undefined
  readonly keepAliveMs: number
  readonly earlyCommitMs: number
  readonly slowReaderMs: number
  readonly cutStreams: CutStreams
  readonly planRoute: (asked: string, operation: Operation) => RoutePlan
  /** For callers that cannot name a model. */
  readonly defaultModel: () => string | undefined
  /** What one caller's conversations need that its dialect cannot carry. */
  readonly memoryFor: (caller: string) => ConversationMemory | undefined
  /** What calls name that was said in earlier ones. */
  readonly conversations: KeptConversations
  readonly generations: Generations
  /** Absent: every request for embeddings goes alone. */
  readonly batches?: EmbeddingBatches
  /** Resolves when the opening cannot be lost any more. */
  readonly openRecord: (opening: CallOpening) => Promise<void>
  readonly closeRecord: (settled: SettledCall) => void
  /** An exception that nobody expected. */
  readonly onBug: (error: unknown, callId: string) => void
}

/**
 * Answers one call from the first header to the last byte. Never rejects: whatever goes wrong is told to the caller.
 * @param pathModel the model that the path names, in dialects where it does.
 */
export async function answerCall(call: Call, asked: Operating, rooms: PipelineRooms, pathModel: string = ''): Promise<void> {
  const dialect = dialectOf(asked.dialect)
  try {
    const accepted = await accept(call, { dialect, asked, pathModel }, rooms)
    await ('answer' in accepted ? serveHere(call, accepted, rooms) : carryOut(call, accepted, rooms))
  } catch (error) {
    refuseCall(call, error, dialect, rooms)
  }
}

interface Asking {
  readonly dialect: Dialect
  readonly asked: Operating
  readonly pathModel: string
}

async function accept(call: Call, { dialect, asked, pathModel }: Asking, rooms: PipelineRooms): Promise<Accepted | Here> {
  const { headers } = call.request
  const caller = rooms.access.identify(headers, keysInAddress(call))
  const body = overrideTemperatureZero(await readBody(call, rooms.bodyLimits, rooms.clock), rooms.overridesTemperatureZero)
  const given = dialect.sketch(body, {
    headers,
    query: call.query,
    defaultModel: rooms.defaultModel,
    ...(pathModel !== '' && { model: pathModel }),
    ...(asked.streams !== undefined && { stream: asked.streams }),
  })
  const { answerHere: answer, needsNobody } = asked
  if (answer !== undefined && needsNobody?.(given) !== false && !isSpoken(given.model, dialect, rooms))
    return { sketch: given, dialect, answer }
  const entering = rooms.conversations.enter({ dialect: dialect.name, sketch: given, caller: caller.id })
  const { sketch, prefers, leave } = entering instanceof Promise ? await entering : entering
  const fitting = preferKey(fitContext(rooms.planRoute(sketch.model, dialect.operation), sketch), prefers)
  const plan = planForCall(fitting, { operation: dialect.operation, sketch, headers, caller: caller.id })
  checkMaxTokens(sketch, plan, rooms.maxTokensLimit)
  return { dialect, sketch, plan, opening: openingOf({ call, caller, dialect, sketch }, rooms), ...(leave !== undefined && { leave }) }
}

interface Known {
  readonly call: Call
  readonly caller: Caller
  readonly dialect: Dialect
  readonly sketch: Sketch
}

function openingOf({ call, caller, dialect, sketch }: Known, { clock }: PipelineRooms): CallOpening {
  return {
    id: call.id,
    startedAt: Math.round(clock.wallNow() - (clock.now() - call.startedAt)),
    operation: dialect.operation,
    dialect: dialect.name,
    // A key may have been pasted where the model's name belongs.
    asked: scrubbed(sketch.model),
    stream: sketch.stream,
    caller: caller.id,
  }
}

async function carryOut(call: Call, accepted: Accepted, rooms: PipelineRooms): Promise<void> {
  const { opening, dialect, sketch } = accepted
  await rooms.openRecord(opening)
  rooms.bus.emit('call.admitted', opening)
  const { clock, keepAliveMs, slowReaderMs } = rooms
  const keepAlive = sketch.keepAlive ?? dialect.keepAlive
  const streamType = sketch.streamType ?? dialect.streamType
  const events = new EventWriter(call, { clock, keepAliveMs, slowReaderMs, keepAlive, streamType })
  const relay = relayFor(dialect, sketch, rooms.cutStreams)
  const underWay: CallUnderWay = { call, accepted, log: new AttemptLog(call, rooms), events, relay }
  try {
    const delivered = await pursueAndDeliver(underWay, rooms)
    finish(settledRecord(underWay, delivered, rooms.clock), rooms)
  } catch (error) {
    // A bug or a refusal after the record was opened: the row is closed all the same.
    const refusal = refuseCall(call, error, dialect, { ...rooms, bus: undefined })
    // Where the stream has begun, only an event can tell.
    if (events.isOpen) endUnfinished(refusal, { call, events, dialect, sketch })
    finish(settledRecord(underWay, { refusal }, rooms.clock), rooms)
  }
}

function finish(record: CallRecord, rooms: PipelineRooms): void {
  const settled = settledCall(record)
  rooms.closeRecord(settled)
  rooms.bus.emit('call.settled', settled)
}

async function pursueAndDeliver(underWay: CallUnderWay, rooms: PipelineRooms): Promise<Delivered> {
  const { call, accepted, log, events } = underWay
  const { dialect, sketch, plan } = accepted
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  call.response.once('close', leave)
  using _stop = call.stopping.onEnd(leave)
  // An answer that turns out to be no stream of events could not be told behind an early beginning.
  const mayBeginEarly = sketch.stream && dialect.formOf === undefined
  using early = new EarlyCommit(events, mayBeginEarly ? rooms.earlyCommitMs : 0, rooms.clock)
  using generation = generationOf(accepted, rooms, leave)
  const chase: Chase = (chased, signal, judge) => pursueCall({ underWay: chased, signal, generation, judge }, rooms)
  const pursued = await (rooms.batches?.join(underWay, leaving.signal, chase) ?? chase(underWay, leaving.signal))
  early.stop()
  call.response.off('close', leave)
  log.conclude(pursued)
  if (pursued.kind === 'failed') throw refusalOf(call, pursued, plan)
  const continuation = continuationOf(underWay, pursued, { rooms, generation })
  let delivered: Delivered | undefined
  try {
    const headers = answerHeaders(underWay, pursued, rooms.clock)
    delivered = await deliver(pursued.answer, { call, dialect, sketch, events, headers, ended: leaving.signal, continuation })
    keepAnswer(accepted, continuation?.current ?? pursued, delivered)
    return delivered
  } finally {
    if (continuation === undefined) pursued.finish(endingOf(delivered?.ending))
    else continuation.current.finish(endingOf(continuation.last))
  }
}

const stopped = 'The gateway is being stopped. Try again in a moment.'

function refusalOf({ stopping, response }: Call, pursued: FailedPursuit, plan: RoutePlan): RefusedCall {
  // Given up because the gateway ends, and not because its caller has left.
  const isStopped = pursued.failure.reason === 'cancelled' && stopping.endsCalls && !response.destroyed
  return isStopped ? refuse('shutting-down', stopped, { headers: ['retry-after', '1'] }) : explainFailure(pursued, plan)
}

/** What the keyring learns of it. */
function endingOf(ending: StreamEnding | undefined): Ending {
  if (ending === undefined) return {}
  const { failure, usage } = ending
  return {
    ...(failure !== undefined && { failure }),
    ...(usage !== undefined && { tokens: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens }),
  }
}

interface Pursuing {
  readonly underWay: CallUnderWay
  readonly signal: AbortSignal
  readonly generation: Generation | undefined
  readonly judge: Judge | undefined
  /** Where it is not the call's own. */
  readonly plan?: RoutePlan
  /** Attempts that were made for this answer already. */
  readonly isUsed?: (ask: Ask) => boolean
}

/** Only for calls whose text is written here. */
function continuationOf(
  underWay: CallUnderWay,
  pursued: AnsweredCall,
  { rooms, generation }: { readonly rooms: PipelineRooms; readonly generation: Generation | undefined },
): CutContinuation | undefined {
  const { relay } = underWay
  if (relay === undefined || pursued.answer.kind !== 'stream') return undefined
  const isUsed = (ask: Ask): boolean => continuation.hasUsed(ask)
  const continuation: CutContinuation = new CutContinuation({ underWay, relay, pursued }, rooms, (plan, signal) =>
    pursueCall({ underWay, signal, generation, judge: undefined, plan, isUsed }, rooms),
  )
  return continuation
}

function pursueCall(
  { underWay, signal, generation, judge, isUsed, plan = underWay.accepted.plan }: Pursuing,
  rooms: PipelineRooms,
): Promise<PursuedCall> {
  const { accepted, log } = underWay
  const { sketch } = accepted
  const asking = { bridged: bridgedCall(underWay, rooms, generation), maxTokensFor: maxTokensFor(sketch), onStaleSocket: log.onStaleSocket }
  const attempt: Attempting = (ask) => (isUsed?.(ask) === true ? Promise.resolve(usedUp) : rooms.attempts.attempt(asking, ask))
  return pursue(plan, judge === undefined ? attempt : async (ask) => judge(await attempt(ask)), {
    keyring: rooms.keyring,
    limits: rooms.retry,
    clock: rooms.clock,
    chance: rooms.chance,
    signal,
    onAttempt: log.onAttempt,
    onFailure: log.onFailure,
  })
}

/** Callers that can name what is generated for them can also end it by another call. */
function generationOf({ opening, sketch }: Accepted, { generations }: PipelineRooms, end: () => void): Generation | undefined {
  return sketch.generation === undefined ? undefined : generations.begin(opening.caller, sketch.generation, end)
}

function bridgedCall({ call, accepted, relay }: CallUnderWay, rooms: PipelineRooms, generation: Generation | undefined): BridgedCall {
  const { dialect, sketch, opening } = accepted
  return new BridgedCall({
    caller: dialect,
    sketch,
    callId: call.id,
    createdAt: Math.floor(rooms.clock.wallNow() / 1000),
    memory: rooms.memoryFor(opening.caller),
    hear: generation?.hear,
    elapsedMs: () => rooms.clock.now() - call.startedAt,
    ...(relay !== undefined && { relay }),
  })
}
