import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureReasons } from '@keywheel/keyring'
import * as fc from 'fast-check'
import { readProviderFailure } from './provider-failure.ts'

function read(status: number, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof readProviderFailure> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readProviderFailure({ status, headers, body: Buffer.from(text), wallNow: 0 })
}

const openAi = (message: string, type: string, code: string | null = null, param: string | null = null): object => ({
  error: { message, type, param, code },
})

/** Every shape that a provider has been seen to explain itself in. */
for (const [what, status, body, reason, message] of [
  [
    'OpenAI, a bad key',
    401,
    openAi('Incorrect API key provided: sk-abcdefgh********wxyz.', 'invalid_request_error', 'invalid_api_key'),
    'key-rejected',
    /^Incorrect API key/,
  ],
  [
    'OpenAI, no such model',
    404,
    openAi('The model `gpt-9` does not exist', 'invalid_request_error', 'model_not_found'),
    'model-missing',
    /gpt-9/,
  ],
  [
    'OpenAI, no such model on responses',
    400,
    openAi("The requested model 'gpt-9' does not exist.", 'invalid_request_error', 'model_not_found', 'model'),
    'model-missing',
    /gpt-9/,
  ],
  [
    'OpenAI, too long',
    400,
    openAi('Your input exceeds the context window of this model.', 'invalid_request_error', 'context_length_exceeded', 'input'),
    'context-too-long',
    /context window/,
  ],
  [
    'OpenAI, no money',
    429,
    openAi('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota', 'insufficient_quota'),
    'billing',
    /quota/,
  ],
  [
    'OpenAI, too fast',
    429,
    openAi('Rate limit reached for gpt-5 in organization org-x on requests per min.', 'requests', 'rate_limit_exceeded'),
    'rate-limited',
    /Rate limit/,
  ],
  [
    'OpenAI, a hard limit',
    400,
    openAi('Billing hard limit has been reached', 'invalid_request_error', 'billing_hard_limit_reached'),
    'billing',
    /hard limit/,
  ],
  [
    'OpenAI, an unknown parameter',
    400,
    openAi(
      "Unsupported parameter: 'max_tokens' is not supported with this model.",
      'invalid_request_error',
      'unsupported_parameter',
      'max_tokens',
    ),
    'unsupported',
    /max_tokens/,
  ],
  ['OpenAI, broken', 500, openAi('The server had an error', 'server_error'), 'upstream-broken', /server/],
  [
    'Azure, a bad key',
    401,
    { error: { code: '401', message: 'Access denied due to invalid subscription key' } },
    'key-rejected',
    /Access denied/,
  ],
  [
    'Azure, no deployment',
    404,
    {
      error: { type: 'invalid_request_error', code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' },
    },
    'model-missing',
    /deployment/,
  ],
  [
    'Azure, a filter',
    400,
    { error: { code: 'content_filter', message: 'The response was filtered', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'content-refused',
    /filtered/,
  ],
  [
    'Foundry, too fast',
    429,
    { error: { code: 'RateLimitReached', message: 'Your requests have exceeded rate limit.', details: 'Your requests' } },
    'rate-limited',
    /exceeded/,
  ],
  [
    'Anthropic, overloaded',
    529,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req' },
    'overloaded',
    /Overloaded/,
  ],
  [
    'Anthropic, no money',
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API.' } },
    'billing',
    /credit/,
  ],
  [
    'Anthropic, too long',
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 3333404 tokens > 200000 maximum' } },
    'context-too-long',
    /too long/,
  ],
  [
    'Gemini, a bad key',
    400,
    {
      error: {
        code: 400,
        message: 'API key not valid. Please pass a valid API key.',
        status: 'INVALID_ARGUMENT',
        details: [{ reason: 'API_KEY_INVALID' }],
      },
    },
    'key-rejected',
    /API key/,
  ],
  [
    'Gemini, a bad key told only in details',
    400,
    { error: { code: 400, message: 'Bad', status: 'INVALID_ARGUMENT', details: [null, { reason: 'API_KEY_INVALID' }] } },
    'key-rejected',
    /Bad/,
  ],
  [
    'Gemini, out of its quota',
    429,
    [
      {
        error: {
          code: 429,
          message: 'You exceeded your current quota, please check your plan and billing details.',
          status: 'RESOURCE_EXHAUSTED',
        },
      },
    ],
    'quota-exhausted',
    /quota/,
  ],
  [
    'Gemini, too long',
    400,
    [
      {
        error: {
          code: 400,
          message: 'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    'context-too-long',
    /1250074/,
  ],
  [
    'Gemini, an error in an array',
    400,
    [{ error: { code: 400, message: 'Function call is missing a thought_signature', status: 'INVALID_ARGUMENT' } }],
    'bad-request',
    /thought_signature/,
  ],
  [
    'Bedrock, too long',
    400,
    { message: 'Input Tokens Exceeded: Number of input tokens exceeds maximum length' },
    'context-too-long',
    /Exceeded/,
  ],
  ['Bedrock, no such client', 403, { message: 'The security token included in the request is invalid.' }, 'key-forbidden', /token/],
  ['Bedrock, the model failed', 424, { message: 'The model returned the following errors: x' }, 'upstream-broken', /model/],
  ['Mistral, a bad key', 401, { detail: 'Invalid API Key' }, 'key-rejected', /^Invalid API Key$/],
  [
    'Mistral, a bad request',
    400,
    {
      object: 'error',
      message: 'Expected last role User',
      type: 'invalid_request_message_order',
      param: null,
      code: '3230',
      raw_status_code: 400,
    },
    'bad-request',
    /last role/,
  ],
  [
    'Mistral, a bad field',
    422,
    { detail: [{ loc: ['body', 'x'], msg: 'field required' }, { msg: 'not a number' }, 1] },
    'bad-request',
    /^field required; not a number$/,
  ],
  ['Cohere, a bad key', 401, { id: 'x', message: 'invalid api token' }, 'key-rejected', /token/],
  ['Cohere, too long', 400, { error_type: 'TOO_MANY_TOKENS', id: 'x', message: 'too many' }, 'context-too-long', /too many/],
  [
    'Groq, too large for a minute',
    413,
    openAi('Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 12903', 'tokens', 'rate_limit_exceeded'),
    'rate-limited',
    /TPM/,
  ],
  [
    'Groq, a day’s tokens',
    429,
    openAi('Rate limit reached for model `m` on tokens per day (TPD): Limit 100000', 'tokens', 'rate_limit_exceeded'),
    'quota-exhausted',
    /TPD/,
  ],
  [
    'Groq, a broken tool call',
    400,
    { error: { message: 'Failed to call a function.', type: 'invalid_request_error', code: 'tool_use_failed', failed_generation: 'x' } },
    'bad-request',
    /function/,
  ],
  ['Groq, no capacity', 498, openAi('Flex tier capacity exceeded', 'x'), 'overloaded', /Flex/],
  [
    'DeepSeek, a bad key',
    401,
    openAi('Authentication Fails, Your api key is invalid', 'authentication_error', 'invalid_request_error'),
    'key-rejected',
    /Authentication/,
  ],
  ['DeepSeek, no money', 402, openAi('Insufficient Balance', 'unknown_error', 'invalid_request_error'), 'billing', /Balance/],
  [
    'DeepSeek, too long',
    400,
    openAi("This model's maximum context length is 1048565 tokens. However, you requested 2000000", 'invalid_request_error'),
    'context-too-long',
    /maximum/,
  ],
  ['xAI, a bad key', 400, { code: 'invalid-argument', error: 'Incorrect API key provided: xa***ab.' }, 'key-rejected', /^Incorrect/],
  [
    'OpenRouter, too fast',
    429,
    {
      error: { message: 'Provider returned error', code: 429, metadata: { provider_name: 'Google', raw: 'temporarily rate-limited' } },
      user_id: 'u',
    },
    'rate-limited',
    /Provider returned/,
  ],
  [
    'OpenRouter, too long',
    400,
    { error: { message: "This endpoint's maximum context length is 200000 tokens.", code: 400 } },
    'context-too-long',
    /endpoint/,
  ],
  [
    'OpenRouter, moderation',
    403,
    { error: { message: 'm requires moderation on P. Your input was flagged for "x". No credits were charged.', code: 403 } },
    'content-refused',
    /flagged/,
  ],
  [
    'Perplexity, too long',
    400,
    { error: { message: 'The total length of all messages is too long.', type: 'too_many_prompt_tokens', code: 400 } },
    'context-too-long',
    /total length/,
  ],
  ['Ollama, no such model', 404, { error: "model 'x' not found" }, 'model-missing', /^model 'x' not found$/],
  ['Ollama, too long', 400, { error: 'prompt too long; exceeded max context length by 4 tokens' }, 'context-too-long', /prompt/],
  ['Hugging Face, loading', 503, { error: 'Model is currently loading', estimated_time: 20 }, 'overloaded', /loading/],
  [
    'KoboldCpp, busy',
    503,
    { detail: { msg: 'Server is busy; please try again later.', type: 'service_unavailable' } },
    'overloaded',
    /^Server is busy/,
  ],
  ['a web page', 502, '<html><body>502 Bad Gateway</body></html>', 'upstream-broken', /status 502 and no readable/],
  ['a page of a firewall', 403, '  <!DOCTYPE html>Just a moment...', 'key-forbidden', /no readable/],
  ['nothing', 400, '', 'bad-request', /no readable/],
  ['nothing, unauthorized', 401, ' \n', 'key-rejected', /no readable/],
  ['half a JSON text', 500, '{"error":{"message":"The ser', 'upstream-broken', /no readable/],
  ['plain words', 503, 'upstream connect error or disconnect/reset before headers', 'overloaded', /^upstream connect/],
  ['a JSON text that is a word', 400, '"nope"', 'bad-request', /nope/],
  ['null', 500, 'null', 'upstream-broken', /null/],
  ['an error that is null', 500, '{"error":null}', 'upstream-broken', /no readable/],
  ['an error that is an empty list', 500, '[]', 'upstream-broken', /no readable/],
  ['a gateway’s timeout', 504, 'stream timeout', 'timed-out', /timeout/],
  ['a strange 4xx', 418, openAi('teapot', 'x'), 'bad-request', /teapot/],
  ['a strange 5xx', 599, openAi('odd', 'x'), 'upstream-broken', /odd/],
] as const) {
  test(`${what}: ${status} is ${reason}`, () => {
    const failure = read(status, body)
    assert.equal(failure.reason, reason)
    assert.match(failure.message, message)
    assert.deepEqual([failure.status, failure.sent], [status, 'yes'])
  })
}

test('type, code and param are kept, numbers as texts', () => {
  assert.deepEqual(read(400, openAi('x', 'a', 'b', 'c')).told, { type: 'a', code: 'b', param: 'c' })
  assert.deepEqual(read(429, { error: { code: 429, message: 'x' } }).told, { type: undefined, code: '429', param: undefined })
  assert.deepEqual(read(400, { error_type: 'T', message: 'x' }).told, { type: 'T', code: undefined, param: undefined })
})

test('the caller’s own words cannot put a key to rest', () => {
  assert.equal(
    read(400, openAi("Invalid value: 'billing'. Supported values are: 'a'.", 'invalid_request_error', 'invalid_value')).reason,
    'bad-request',
  )
  assert.equal(read(400, openAi("Invalid 'tools[0].function.name': 'quota_per_day'", 'invalid_request_error')).reason, 'bad-request')
})

test('keys are masked in whatever a provider repeats', () => {
  const key = 'sk-proj-abcDEF0123456789abcdef'
  for (const body of [
    openAi(`Bad key ${key}.`, 'x'),
    `Bad key ${key}`,
    { detail: [{ msg: key }] },
    { error: { message: 'x', type: key, code: key, param: key } },
  ]) {
    assert.ok(!JSON.stringify(read(401, body)).includes('abcDEF'), JSON.stringify(body))
  }
})

test('a long explanation is cut, and so are its words', () => {
  const failure = read(400, openAi('m'.repeat(50_000), 't'.repeat(5000), 'c'.repeat(5000)))
  assert.equal(failure.message.length, 2000)
  assert.ok((failure.told?.type?.length ?? 0) <= 200 && (failure.told?.code?.length ?? 0) <= 200)
})

test('a hint to wait comes along, and only when there is one', () => {
  assert.equal(read(429, openAi('Please try again in 1.2s', 'x')).retryAfterMs, 1200)
  assert.equal(read(503, '', { 'retry-after': '9' }).retryAfterMs, 9000)
  assert.ok(!('retryAfterMs' in read(429, openAi('x', 'x'))))
})

test('64 KiB made to be slow take less than 20 ms', () => {
  const pieces = [
    'model ',
    'model',
    'retry in ',
    'retry in 1',
    'try again in 1s',
    '1',
    '1.1',
    '1h',
    'a',
    ' ',
    '\\"',
    '[',
    '{"a":',
    'eyJ',
    'api_key=',
    'does not ',
    'context',
    '<',
    'é',
    'insufficient ',
    'billing',
    'retryDelay',
    ';r=0',
    '\\u0000',
  ]
  for (const piece of pieces) {
    const filler = piece.repeat(Math.floor(65_000 / piece.length))
    for (const body of [
      filler,
      `{"error":{"message":"${filler.replaceAll('"', '')}"}}`,
      `[{"error":{"details":[{"retryDelay":"${filler}`,
      `{"detail":[${'{"msg":"a"},'.repeat(5000)}{}]}`,
    ]) {
      for (const status of [400, 413, 429]) {
        const tookMs = Math.min(
          ...[1, 2, 3].map(() =>
            timed(() => read(status, body, { 'retry-after': filler.slice(0, 16_000), ratelimit: filler.slice(0, 16_000) })),
          ),
        )
        assert.ok(tookMs < 20, `${JSON.stringify(piece)} with ${status} took ${tookMs} ms`)
      }
    }
  }
})

test('whatever comes, there is a failure and never an exception', () => {
  const field = fc.oneof(fc.anything(), fc.string(), fc.constantFrom('x', 429, null))
  const errors = fc.record(
    { message: field, type: field, code: field, param: field, detail: field, details: fc.oneof(field, fc.array(field)), status: field },
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .oneof(errors, fc.record({ error: fc.oneof(errors, field) }), fc.array(errors))
      .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  )
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'retry-after-ms', 'date', 'x-ratelimit-reset'),
    fc.oneof(fc.string(), fc.array(fc.string())),
  )
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), body, headers, (status, bytes, told) => {
      const failure = readProviderFailure({ status, headers: told, body: bytes, wallNow: 0 })
      assert.ok(failureReasons.includes(failure.reason))
      assert.ok(failure.message !== '' && failure.message.length <= 2000)
    }),
    { seed: 10, numRuns: 3000 },
  )
})

function timed(work: () => unknown): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}
