/** Recorded answers on their way through the bridge, told to a caller as the exchange tells them. */
import assert from 'node:assert/strict'
import type { Failure } from '../../domain/failure.ts'
import type { DialectName } from '../../domain/operation.ts'
import { bridge, BridgedCall } from '../bridge.ts'
import type { Bridge } from '../bridge.ts'
import { bareAsk } from '../dialect.ts'
import type { Dialect, StreamTap } from '../dialect.ts'
import { allDialects } from '../list.ts'
import type { RecordedAnswer } from './recorded-answers.test.ts'

/** No streams of their dialect, or none that can be read to an end. */
export const unusable: Readonly<Record<string, string>> = {
  '_matrix/multimodalRequest/responses followup-response-streaming': 'events that the API never had',
  '_matrix/toolCallRequest/vertex-anthropic response-streaming': 'the whole message in place of events',
  '_matrix/toolCallRequest/vertex-anthropic followup-response-streaming': 'the whole message in place of events',
  'anthropic-compatible/anthropic-messages/spliced-message-start': 'a second message begins in the middle of the first',
}

const user = { role: 'user', content: 'Hello.' }

/** A request of each dialect that asks for all that can be told of an answer. */
const requests: Readonly<Partial<Record<DialectName, object>>> = {
  'openai-chat': { model: 'm', messages: [user], stream: true, stream_options: { include_usage: true } },
  'openai-responses': { model: 'm', input: 'Hello.', stream: true, store: false },
  'anthropic-messages': { model: 'm', max_tokens: 1000, messages: [user], stream: true },
  'gemini-generate': { contents: [{ parts: [{ text: 'Hello.' }] }], generationConfig: { thinkingConfig: { includeThoughts: true } } },
  'ollama-chat': { model: 'm', messages: [user] },
  kobold: { prompt: 'Hello.', max_length: 100, trim_stop: true },
}

export const callers: readonly Dialect[] = allDialects.filter(({ name, caller }) => caller !== undefined && requests[name] !== undefined)
const providers = new Map(allDialects.filter(({ provider }) => provider !== undefined).map((dialect) => [dialect.name, dialect]))

/** Those of providers that are spoken to. */
export function spoken(answers: readonly RecordedAnswer[]): RecordedAnswer[] {
  return answers.filter(({ dialect }) => providers.has(dialect))
}

/** The way of one answer; requests are always rebuilt, so that dialects are translated to themselves too. */
export function bridgeFor(caller: Dialect, { dialect, provider }: RecordedAnswer): Bridge {
  const to = providers.get(dialect)
  assert.ok(to)
  const body = Buffer.from(JSON.stringify(requests[caller.name]))
  const sketch = caller.sketch(body, { ...bareAsk, model: 'm', stream: true, query: 'alt=sse', defaultModel: () => 'm' })
  const call = new BridgedCall({ caller, sketch, callId: 'req_1', createdAt: 7, memory: undefined })
  const changes = { model: 'm', removed: [], renamed: {}, defaults: {} }
  return bridge(call, to, { provider, model: 'm', dialect, keyId: 'k', quirks: {}, changes, rebuilds: true })
}

export interface Ran {
  readonly out: string
  readonly failure: Failure | undefined
}

/** What the caller gets of the stream, told as the exchange tells it. */
export function run(caller: Dialect, made: Bridge, pieces: readonly Buffer[]): Ran {
  const tap = made.openTap()
  assert.ok(tap)
  const out: Buffer[] = []
  const isOver = (): boolean => tap.ended === 'done' || tap.failure !== undefined
  for (const piece of pieces) if (!isOver()) out.push(tap.take(piece) ?? noBytes)
  if (!isOver()) out.push(tap.end() ?? noBytes)
  const failure = tap.failure ?? (tap.ended === 'no' ? cut : undefined)
  if (failure !== undefined) out.push(errorOf(caller, tap, failure))
  else if (tap.ended === 'finish') out.push(made.terminator)
  return { out: Buffer.concat(out).toString(), failure }
}

const noBytes = Buffer.alloc(0)
const cut: Failure = { reason: 'truncated', message: 'The provider cut the stream off.', sent: 'yes' }

function errorOf(caller: Dialect, tap: StreamTap, failure: Failure): Buffer {
  const own = tap.breakOff?.(failure)
  return own === undefined || own.length === 0 ? caller.writeStreamFailure(failure) : own
}
