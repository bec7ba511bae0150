/** What the tests of this dialect share: streams built event by event, and what a writer is asked with. */
import type { CanonicalRequest } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import type { Sketch, WriterAsk } from '../dialect.ts'
import { isRecord, parseJson } from '../wire.ts'
import { readResponsesRequest } from './read-request.ts'
import { sketchResponses } from './sketch.ts'

export const origin = { dialect: 'openai-responses', provider: 'openai', model: 'm', keyId: 'k' } as const
export const target = { provider: 'openai', model: 'm', dialect: 'openai-responses', keyId: 'k', quirks: {} } as const

/** A stream as OpenAI sends it, its events numbered from 0. */
export function streamOf(events: readonly (Record<string, unknown> & { type: string })[]): Buffer {
  const text = events.map((event, at) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`)
  return Buffer.from(text.join(''))
}

export const created: Record<string, unknown> & { type: string } = {
  type: 'response.created',
  response: { id: 'resp_1', model: 'gpt-x', created_at: 7, status: 'in_progress', output: [] },
}

export function completed(output: readonly unknown[] = [], more: object = {}): Record<string, unknown> & { type: string } {
  const usage = {
    input_tokens: 42,
    input_tokens_details: { cached_tokens: 30 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 51,
  }
  return { type: 'response.completed', response: { id: 'resp_1', model: 'gpt-x', status: 'completed', output, usage, ...more } }
}

export function sketchOf(body: object): Sketch {
  return sketchResponses(Buffer.from(JSON.stringify({ model: 'm', ...body })), bareAsk)
}

export function requestOf(body: object): CanonicalRequest {
  return readResponsesRequest(sketchOf(body))
}

export function askOf(body: object = {}): WriterAsk {
  const sketch = sketchOf(body)
  return { callId: 'req_1', model: 'm', createdAt: 7, sketch, request: readResponsesRequest(sketch) }
}

/** What an event tells of the answer as a whole. */
export function responseIn(event: Record<string, unknown> | undefined): Record<string, unknown> {
  const response = event?.['response']
  return isRecord(response) ? response : {}
}

/** The items of the answer that the last event of a stream tells. */
export function outputIn(text: string): Record<string, unknown>[] {
  const { output } = responseIn(eventsIn(text).at(-1))
  return Array.isArray(output) ? output.filter(isRecord) : []
}

/** The events of a stream in this dialect, parsed. */
export function eventsIn(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => parseJson(line.slice('data: '.length)))
    .filter(isRecord)
}
