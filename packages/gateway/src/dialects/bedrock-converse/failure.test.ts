import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recorded, recordings, withoutRecordings } from '../harness.test.ts'
import { isRecord } from '../wire.ts'
import { readBedrockFailure } from './failure.ts'

function failureOf(status: number, kind: string, message: string): ReturnType<typeof readBedrockFailure> {
  const headers = { 'x-amzn-errortype': `${kind}:http://internal.amazon.com/coral/com.amazon.bedrock/` }
  return readBedrockFailure({ status, headers, body: Buffer.from(JSON.stringify({ message })), wallNow: 0 })
}

for (const [status, kind, message, reason] of [
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'rate-limited'],
  [429, 'ModelNotReadyException', 'The model is warming up.', 'overloaded'],
  [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota.', 'quota-exhausted'],
  [400, 'ValidationException', 'Malformed input request.', 'bad-request'],
  [400, 'ValidationException', 'Input is too long for requested model.', 'context-too-long'],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'model-missing'],
  [400, 'ValidationException', 'Invocation of model ID x with on-demand throughput isn’t supported.', 'model-missing'],
  [400, 'ValidationException', "This model doesn't support tool use.", 'unsupported'],
  [403, 'AccessDeniedException', 'You don’t have access to the model with the specified model ID.', 'key-forbidden'],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'key-rejected'],
  [403, 'InvalidSignatureException', 'The request signature we calculated does not match.', 'key-rejected'],
  [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'key-rejected'],
  [404, 'ResourceNotFoundException', 'Could not resolve the foundation model.', 'model-missing'],
  [408, 'ModelTimeoutException', 'Model has timed out.', 'timed-out'],
  [424, 'ModelErrorException', 'The system encountered an unexpected error.', 'upstream-broken'],
  [500, 'InternalServerException', 'Internal error.', 'upstream-broken'],
  [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.', 'overloaded'],
] as const) {
  test(`${kind} ${status} (${message.slice(0, 30)}) is ${reason}`, () => {
    const failure = failureOf(status, kind, message)
    assert.equal(failure.reason, reason)
    assert.equal(failure.told?.type, kind)
    assert.equal(failure.message, message)
  })
}

test('recorded errors mean what they meant', { skip: withoutRecordings }, () => {
  const meanings: Record<string, string> = {}
  for (const { id, file, files, status } of recordings('bedrock-converse', 'error')) {
    const meta: unknown = JSON.parse(recorded(files['meta'] ?? '').toString())
    const told = isRecord(meta) && isRecord(meta['response_headers']) ? meta['response_headers'] : {}
    const headers = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, String(value)]))
    meanings[id.replace('aws-bedrock/bedrock-converse/', '')] = readBedrockFailure({
      status,
      headers,
      body: recorded(file),
      wallNow: 0,
    }).reason
  }
  assert.deepEqual(meanings, {
    'error-400-stream-invalid-model': 'model-missing',
    'error-400-validation-context': 'context-too-long',
    'error-403-unrecognized-client': 'key-rejected',
  })
})
