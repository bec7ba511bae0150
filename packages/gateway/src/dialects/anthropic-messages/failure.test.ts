/** Failures in Anthropic's shape, and what those of Anthropic mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall, refuse } from '../../domain/failure.ts'
import type { FailureReason } from '../../domain/failure.ts'
import { parseJson } from '../wire.ts'
import { anthropicErrors, readAnthropicFailure, writeAnthropicFailure, writeAnthropicStreamFailure } from './failure.ts'

function written(reason: FailureReason, message: string = 'Because.'): { status: number; json: unknown } {
  const { status, body } = writeAnthropicFailure(new RefusedCall({ reason, message, sent: 'no' }), 'req_1')
  return { status, json: parseJson(body.toString()) }
}

function read(status: number, error: object): string {
  const body = Buffer.from(JSON.stringify({ type: 'error', error }))
  return readAnthropicFailure({ status, headers: {}, body, wallNow: 0 }).reason
}

test('a refusal is an error with its type, its message and the id of the request', () => {
  const error = { type: 'error', error: { type: 'invalid_request_error', message: 'Because.' }, request_id: 'req_1' }
  assert.deepEqual(written('bad-request'), { status: 400, json: error })
})

test('every class of failure has the status and the type that Anthropic gives it', () => {
  const expected: Partial<Record<FailureReason, readonly [number, string]>> = {
    unauthorized: [401, 'authentication_error'],
    'not-allowed': [403, 'permission_error'],
    'unknown-model': [404, 'not_found_error'],
    'model-missing': [404, 'not_found_error'],
    'too-large': [413, 'request_too_large'],
    'rate-limited': [429, 'rate_limit_error'],
    billing: [402, 'billing_error'],
    overloaded: [529, 'overloaded_error'],
    'timed-out': [504, 'timeout_error'],
    'deadline-passed': [504, 'timeout_error'],
    'upstream-broken': [500, 'api_error'],
    'key-rejected': [502, 'api_error'],
    'key-forbidden': [502, 'api_error'],
  }
  for (const [reason, [status, type]] of Object.entries(expected)) {
    assert.deepEqual([written(reason as FailureReason).status, anthropicErrors[reason as FailureReason].type], [status, type], reason)
  }
})

test('no failure of the owner’s keys looks like one of the caller’s', () => {
  for (const reason of Object.keys(anthropicErrors) as FailureReason[]) {
    if (reason !== 'unauthorized') assert.notEqual(written(reason).status, 401, reason)
  }
})

const told = (message: string): unknown =>
  parseJson(writeAnthropicFailure(new RefusedCall({ reason: 'context-too-long', message, sent: 'yes' }), '').body.toString())

test('a prompt that is too long is told in the words that Claude Code looks for', () => {
  const own = 'prompt is too long: 3333404 tokens > 200000 maximum'
  const foreign = 'This model’s maximum context length is 8192 tokens.'
  assert.deepEqual(told(own), { type: 'error', error: { type: 'invalid_request_error', message: own }, request_id: null })
  assert.deepEqual(told(foreign), {
    type: 'error',
    error: { type: 'invalid_request_error', message: `prompt is too long: ${foreign}` },
    request_id: null,
  })
  assert.match(writeAnthropicStreamFailure({ reason: 'context-too-long', message: foreign, sent: 'yes' }).toString(), /prompt is too long/)
})

test('a refusal of the edge has the type of its status', () => {
  const { status, body } = writeAnthropicFailure(refuse('bad-request', 'Busy.', { status: 503 }), 'req_1')
  assert.deepEqual(
    [status, parseJson(body.toString())],
    [503, { type: 'error', error: { type: 'api_error', message: 'Busy.' }, request_id: 'req_1' }],
  )
})

test('what Anthropic refuses with means what it says', () => {
  assert.equal(read(529, { type: 'overloaded_error', message: 'Overloaded' }), 'overloaded')
  assert.equal(read(429, { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' }), 'rate-limited')
  assert.equal(
    read(400, { type: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API.' }),
    'billing',
  )
  assert.equal(read(400, { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' }), 'billing')
  assert.equal(read(400, { type: 'invalid_request_error', message: 'prompt is too long: 5 tokens > 4 maximum' }), 'context-too-long')
  assert.equal(read(404, { type: 'not_found_error', message: 'model: claude-x' }), 'model-missing')
})
