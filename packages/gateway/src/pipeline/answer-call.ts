/**
 * The story of a call: identify → sketch → plan → open the record → pursue (choose key → attempt) → deliver → settle.
 * There is no second way to a provider.
 */
import { pursue } from '@keywheel/keyring'
import type { Chance, Clock, Keyring, PursueLimits } from '@keywheel/keyring'
import { BridgedCall } from '../dialects/bridge.ts'
import type { ConversationMemory } from '../dialects/bridge.ts'
import { dialectOf } from '../dialects/list.ts'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import type { EventBus } from '../domain/events.ts'
import type { DialectName, Operation } from '../domain/operation.ts'
import type { Secret } from '../domain/secret.ts'
import { scrubbed } from '../domain/scrub.ts'
import { settledCall } from '../domain/usage.ts'
import type { CallOpening, CallRecord, SettledCall } from '../domain/usage.ts'
import type { Call } from '../http/call.ts'
import { EventWriter } from '../http/event-writer.ts'
import { readBody } from '../http/read-body.ts'
import type { BodyLimits } from '../http/read-body.ts'
import type { RoutePlan } from '../routing/plan.ts'
import type { Attempts } from '../upstream/attempt.ts'
import { answerHeaders } from './answer-headers.ts'
import { AttemptLog } from './attempt-log.ts'
import { checkMaxTokens } from './check-max-tokens.ts'
import { deliver } from './deliver.ts'
import type { Delivered } from './deliver.ts'
import { EarlyCommit } from './early-commit.ts'
import { explainFailure } from './explain-failure.ts'
import type { Accepted, CallUnderWay } from './call-under-way.ts'
import type { Access, Caller } from './identify.ts'
import { maxTokensFor } from './max-tokens-for.ts'
import { refuseCall } from './refuse-call.ts'
import { settledRecord } from './settle.ts'

/** What an endpoint asks for. */
export interface Operating {
  readonly operation: Operation
  readonly dialect: DialectName
  /** Whether the path says that the answer is streamed, or not; absent: the body says it. */
  readonly streams?: boolean
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
  readonly keepAliveMs: number
  readonly earlyCommitMs: number
  readonly slowReaderMs: number
  readonly planRoute: (asked: string, operation: Operation) => RoutePlan
  /** For callers that cannot name a model. */
  readonly defaultModel: () => string | undefined
  readonly memory?: ConversationMemory
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
    await carryOut(call, accepted, rooms)
  } catch (error) {
    refuseCall(call, error, dialect, rooms)
  }
}

interface Asking {
  readonly dialect: Dialect
  readonly asked: Operating
  readonly pathModel: string
}

async function accept(call: Call, { dialect, asked, pathModel }: Asking, rooms: PipelineRooms): Promise<Accepted> {
  const { headers } = call.request
  const caller = rooms.access.identify(headers)
  const body = await readBody(call, rooms.bodyLimits, rooms.clock)
  const sketch = dialect.sketch(body, {
    headers,
    query: call.query,
    defaultModel: rooms.defaultModel,
    ...(pathModel !== '' && { model: pathModel }),
    ...(asked.streams !== undefined && { stream: asked.streams }),
  })
  const plan = rooms.planRoute(sketch.model, dialect.operation)
  checkMaxTokens(sketch, plan, rooms.maxTokensLimit)
  return { dialect, sketch, plan, opening: openingOf({ call, caller, dialect, sketch }, rooms) }
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
  const { opening, dialect } = accepted
  await rooms.openRecord(opening)
  rooms.bus.emit('call.admitted', opening)
  const { keepAlive, streamType } = dialect
  const events = new EventWriter(call, {
    ...rooms,
    ...(keepAlive !== undefined && { keepAlive }),
    ...(streamType !== undefined && { streamType }),
  })
  const underWay: CallUnderWay = { call, accepted, log: new AttemptLog(call, rooms), events }
  try {
    const delivered = await pursueAndDeliver(underWay, rooms)
    finish(settledRecord(underWay, delivered, rooms.clock), rooms)
  } catch (error) {
    // A bug or a refusal after the record was opened: the row is closed all the same.
    const refusal = refuseCall(call, error, dialect, { ...rooms, bus: undefined })
    // Where the stream has begun, only an event can tell.
    if (underWay.events.isOpen) underWay.events.breakOff(dialect.writeStreamFailure(refusal.failure))
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
  using early = new EarlyCommit(events, sketch.stream ? rooms.earlyCommitMs : 0, rooms.clock)
  const bridged = new BridgedCall({
    caller: dialect,
    sketch,
    callId: call.id,
    createdAt: Math.floor(rooms.clock.wallNow() / 1000),
    memory: rooms.memory,
  })
  const asking = { bridged, maxTokensFor: maxTokensFor(sketch), onStaleSocket: log.onStaleSocket }
  const pursued = await pursue(plan, (ask) => rooms.attempts.attempt(asking, ask), {
    keyring: rooms.keyring,
    limits: rooms.retry,
    clock: rooms.clock,
    chance: rooms.chance,
    signal: leaving.signal,
    onAttempt: log.onAttempt,
    onFailure: log.onFailure,
  })
  early.stop()
  call.response.off('close', leave)
  log.conclude(pursued)
  if (pursued.kind === 'failed') throw explainFailure(pursued, plan)
  let delivered: Delivered | undefined
  try {
    const headers = answerHeaders(underWay, pursued, rooms.clock)
    delivered = await deliver(pursued.answer, { call, dialect, events, headers })
    return delivered
  } finally {
    const failure = delivered?.ending.failure
    const usage = delivered?.ending.usage
    pursued.finish({
      ...(failure !== undefined && { failure }),
      ...(usage !== undefined && { tokens: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens }),
    })
  }
}
