/** Whose words a fault is in: the same whole answer, stream and refusal as different vendors write them. */
import { messageAnswer, messageEvents } from '../messages-answers.ts'
import type { MessageEvent } from '../messages-answers.ts'
import type { RetryAfterForm } from '../rate-limits.ts'
import type { StatusReply } from '../reply.ts'
import { field } from '../unknown-json.ts'
import { doneEvent, eventOf, goodBody, goodEvents, goodPlan } from './good-parts.ts'

export type SpeechName = 'openai' | 'anthropic'

export interface Speech {
  /** A whole answer as JSON text. */
  body(text: string): string
  /** The events of a good stream but for the one that ends it. */
  events(text: string): readonly string[]
  /** The event that ends a stream. */
  readonly done: string
  /** A refusal written in OpenAI's words; what is no refusal stays as it is. */
  refusal(reply: StatusReply): StatusReply
  /** Where the headers of this vendor say when a limit is new again. */
  readonly resetForm: RetryAfterForm
  /** The same refusal inside a stream. */
  errorEvent(reply: StatusReply): string
}

const openAi: Speech = {
  body: goodBody,
  events: goodEvents,
  done: doneEvent,
  refusal: (reply) => reply,
  resetForm: 'reset-header-duration',
  errorEvent: ({ body }) => eventOf(JSON.stringify(body)),
}

const anthropic: Speech = {
  body: (text) => JSON.stringify(messageAnswer(goodPlan(text))),
  events: (text) => [...messageEvents(goodPlan(text))].slice(0, -1).map(named),
  done: named({ type: 'message_stop' }),
  refusal: inAnthropicWords,
  resetForm: 'reset-header-date',
  errorEvent: (reply) => `event: error\n${eventOf(JSON.stringify(inAnthropicWords(reply).body))}`,
}

export const speeches: Readonly<Record<SpeechName, Speech>> = { openai: openAi, anthropic }

function named(event: MessageEvent): string {
  return `event: ${event.type}\n${eventOf(JSON.stringify(event))}`
}

interface AnthropicWords {
  readonly type: string
  readonly status?: number
  readonly message?: string
}

const invalid = { type: 'invalid_request_error', status: 400 }

/** What Anthropic says where OpenAI gives this code. */
const anthropicWords: Readonly<Record<string, AnthropicWords>> = {
  rate_limit_exceeded: { type: 'rate_limit_error' },
  invalid_api_key: { type: 'authentication_error', message: 'invalid x-api-key' },
  permission_denied: { type: 'permission_error' },
  insufficient_quota: { ...invalid, message: 'Your credit balance is too low to access the Anthropic API.' },
  insufficient_balance: { type: 'billing_error' },
  server_is_overloaded: { type: 'overloaded_error', message: 'Overloaded' },
  context_length_exceeded: { ...invalid, message: 'prompt is too long: 210000 tokens > 200000 maximum' },
  content_policy_violation: { ...invalid, message: 'Output blocked by content filtering policy' },
  model_not_found: { type: 'not_found_error' },
}

function inAnthropicWords(reply: StatusReply): StatusReply {
  const error = field(reply.body, 'error')
  const message = field(error, 'message')
  // Not OpenAI's: Google's has no type, and Anthropic's own says `type` beside the error.
  if (typeof message !== 'string' || typeof field(error, 'type') !== 'string' || field(reply.body, 'type') === 'error') return reply
  const words = anthropicWords[String(field(error, 'code'))] ?? { type: 'api_error' }
  return {
    ...reply,
    status: words.status ?? reply.status,
    body: { type: 'error', error: { type: words.type, message: words.message ?? message }, request_id: 'req_fault' },
  }
}
