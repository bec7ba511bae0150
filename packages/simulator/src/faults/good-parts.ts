/** The sound parts that faults are cut from: a whole answer, and the events of a stream. */
import type { AnswerPlan } from '../answer-plan.ts'
import { chunkOf, headOf, lastChunk } from '../http-head.ts'
import type { HeaderFields, Step, WireReply } from '../reply.ts'
import { streamEvents } from '../stream-events.ts'
import { chatAnswer } from '../whole-answers.ts'

/** How the end of a body is known. */
export type Framing = 'chunked' | 'close-delimited'

export function wire(...steps: readonly Step[]): WireReply {
  return { is: 'wire', steps }
}

export function write(...bytes: readonly (string | Uint8Array)[]): Step {
  const [only] = bytes
  return { do: 'write', bytes: bytes.length === 1 && only !== undefined ? only : Buffer.concat(bytes.map((part) => Buffer.from(part))) }
}

/** A whole chat answer as JSON text. */
export function goodBody(text: string): string {
  return JSON.stringify(chatAnswer(goodPlan(text)))
}

/** A head for JSON; `length` in bytes. */
export function jsonHead(length: number, more: HeaderFields = {}): string {
  return headOf(200, { 'content-type': 'application/json', 'content-length': String(length) }, more)
}

export function streamHead(framing: Framing): string {
  const ends: HeaderFields = framing === 'chunked' ? { 'transfer-encoding': 'chunked' } : { connection: 'close' }
  return headOf(200, { 'content-type': 'text/event-stream' }, ends)
}

/** The bytes of a body in the given framing. */
export function framed(framing: Framing, text: string | Uint8Array): string | Uint8Array {
  return framing === 'chunked' ? chunkOf(text) : text
}

/** Ends a body as its framing ends cleanly. */
export function cleanEnd(framing: Framing): readonly Step[] {
  return framing === 'chunked' ? [write(lastChunk), { do: 'keep' }] : [{ do: 'fin' }]
}

/** One event of a stream, as it stands on the wire. */
export function eventOf(json: string): string {
  return `data: ${json}\n\n`
}

export const doneEvent = 'data: [DONE]\n\n'

/** The events of a good stream, without `[DONE]`: the role first, the finish last. */
export function goodEvents(text: string): readonly string[] {
  return [...streamEvents(goodPlan(text), { kind: 'chat', includeUsage: false })].map(eventOf)
}

/** The first event, with the role, and after it `events` content events; and the one that would come next. */
export function goodStart(text: string, events: number): { readonly start: string; readonly next: string } {
  const words = Array.from({ length: events + 1 }, (_, index) => text.split(' ')[index] ?? `w${index}`)
  const all = goodEvents(words.join(' '))
  return { start: all.slice(0, events + 1).join(''), next: all[events + 1] ?? '' }
}

/** A good plan; its tokens are the words of the text. */
export function goodPlan(text: string): AnswerPlan {
  const tokens = text.match(/\s*\S+|\s+$/g) ?? []
  return {
    id: 'chatcmpl-fault',
    created: 1_700_000_000,
    model: 'sim-small',
    tokens,
    reasoning: [],
    toolCalls: [],
    finish: 'stop',
    usage: { prompt_tokens: 1, completion_tokens: tokens.length, total_tokens: tokens.length + 1 },
    extra: {},
  }
}
