/** Failures of the Responses API: what an error event means, and the event that ends a stream which has begun. */
import type { Failure, FailureReason, ProviderFailure } from '../../domain/failure.ts'
import { openAiErrors } from '../openai/failure.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { escapeSeparators, isRecord, textIn } from '../wire.ts'

/** Events behind which nothing comes: the answer is complete, as far as it goes. */
export const terminal: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])
/** Events that tell of a failure, often one behind the other. */
export const failing: ReadonlySet<string> = new Set(['response.failed', 'error'])

/** Codes of the API that say more than their words, as the status they would have had. */
const statusByCode: Readonly<Record<string, number>> = {
  server_error: 500,
  server_is_overloaded: 503,
  slow_down: 503,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  usage_not_included: 429,
  context_length_exceeded: 400,
  invalid_prompt: 400,
  invalid_request_error: 400,
  image_content_policy_violation: 400,
  bio_policy: 400,
  cyber_policy: 400,
  vector_store_timeout: 504,
}

/** An `error` event in either of its shapes, or a `response.failed`. */
export function eventFailure(event: Record<string, unknown>): ProviderFailure {
  const error = errorIn(event)
  const code = textIn(error['code']) ?? textIn(error['type']) ?? ''
  const status = statusByCode[code] ?? (/^(?:invalid|image|unsupported|empty)_/.test(code) ? 400 : undefined)
  return streamErrorFailure(JSON.stringify({ error: status === undefined ? error : { ...error, status_code: status } }))
}

function errorIn(event: Record<string, unknown>): Record<string, unknown> {
  if (isRecord(event['error'])) return event['error']
  const { response } = event
  if (isRecord(response)) return isRecord(response['error']) ? response['error'] : {}
  // The older shape: code and message beside the type, which is no type of error.
  const { type: _, ...error } = event
  return error
}

/** The few codes that clients act on (Codex waits, shortens its history, or gives up); others are told as they are. */
const codeByReason: Partial<Record<FailureReason, string>> = {
  'rate-limited': 'rate_limit_exceeded',
  'quota-exhausted': 'rate_limit_exceeded',
  'limit-reached': 'rate_limit_exceeded',
  'context-too-long': 'context_length_exceeded',
  'budget-spent': 'insufficient_quota',
  billing: 'insufficient_quota',
  'bad-request': 'invalid_prompt',
  unsupported: 'invalid_prompt',
  'content-refused': 'invalid_prompt',
  'too-large': 'invalid_prompt',
  'unknown-model': 'model_not_found',
  'model-missing': 'model_not_found',
  'not-allowed': 'invalid_prompt',
}

interface ResponseError {
  readonly code: string
  readonly message: string
}

function responseError({ reason, message, retryAfterMs }: Failure): ResponseError {
  const code = codeByReason[reason] ?? 'server_error'
  if (code !== 'rate_limit_exceeded' || retryAfterMs === undefined) return { code, message: withType(reason, message) }
  // Codex reads the pause out of the sentence.
  return { code, message: `${message} Please try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))}s.` }
}

/** The gateway's own word for the reason would be lost with the code. */
function withType(reason: FailureReason, message: string): string {
  return message === '' ? (openAiErrors[reason].code ?? reason) : message
}

/** The event that ends a stream. @param response what is known of the answer so far. */
export function failedEvent(failure: Failure, response: Record<string, unknown>, sequenceNumber: number): string {
  const failed = { ...response, status: 'failed', error: responseError(failure), incomplete_details: null }
  return eventText({ type: 'response.failed', sequence_number: sequenceNumber, response: failed })
}

/** One event, named after its type as the API does. */
export function eventText(event: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return `event: ${event.type}\ndata: ${escapeSeparators(JSON.stringify(event))}\n\n`
}

/** An answer of which nothing is known: the fields that readers insist on. */
export const unknownResponse: Readonly<Record<string, unknown>> = {
  id: 'resp_0',
  object: 'response',
  created_at: 0,
  model: '',
  output: [],
  tools: [],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  instructions: null,
  metadata: {},
  temperature: null,
  top_p: null,
  usage: null,
}

/** For a stream that was begun and in which no event has been sent. */
export function writeResponsesStreamFailure(failure: Failure): Buffer {
  return Buffer.from(failedEvent(failure, unknownResponse, 0))
}
