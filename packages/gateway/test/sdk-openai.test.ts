/** The official OpenAI SDK cannot tell the gateway from the provider it was made for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, badRequest, closedPort, contextTooLong, faults, rateLimited, serverError } from '@keywheel/simulator'
import {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  OpenAI,
  RateLimitError,
} from 'openai'
import type { ClientOptions } from 'openai'
import { keyText, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const model = 'alpha/m'
const messages = [{ role: 'user', content: 'hello' }] satisfies OpenAI.ChatCompletionMessageParam[]
const weather: OpenAI.ChatCompletionFunctionTool = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}
const toolCalls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"東京"}' },
]

async function openSdk(t: TestContext, given: Given = {}, options: ClientOptions = {}): Promise<{ bench: Bench; sdk: OpenAI }> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') }, ...given })
  return { bench, sdk: new OpenAI({ baseURL: bench.url, apiKey: keyText('proxy'), maxRetries: 0, ...options }) }
}

test('a whole answer', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Good day to you.' }))
  const { data, response } = await sdk.chat.completions.create({ model, messages }).withResponse()
  assert.equal(data.choices[0]?.message.content, 'Good day to you.')
  assert.equal(data.usage?.completion_tokens, 4)
  assert.match(response.headers.get('x-request-id') ?? '', /^req_/)
})

test('a streamed answer, with usage when it is asked for and without when it is not', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Good day to you.', chunkSize: 7 }))
  for (const asked of [true, false]) {
    let text = ''
    let usage: unknown
    const stream = await sdk.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: asked } })
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage ??= chunk.usage ?? undefined
    }
    assert.equal(text, 'Good day to you.')
    assert.equal(usage !== undefined, asked)
  }
})

test('tool calls, whole and put together from a stream', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ toolCalls, chunkSize: 11 }))
  const expected = toolCalls.map(({ id, name, arguments: text }) => ({ id, type: 'function', function: { name, arguments: text } }))
  const whole = await sdk.chat.completions.create({ model, messages, tools: [weather] })
  assert.deepEqual(whole.choices[0]?.message.tool_calls, expected)
  assert.equal(whole.choices[0]?.finish_reason, 'tool_calls')
  const streamed = await sdk.chat.completions.stream({ model, messages, tools: [weather] }).finalChatCompletion()
  const assembled = streamed.choices[0]?.message.tool_calls?.map((call) => ({
    id: call.id,
    type: call.type,
    function: 'function' in call && { name: call.function.name, arguments: call.function.arguments },
  }))
  assert.deepEqual(assembled, expected)
})

test('the answer to a tool call goes to the provider as it is', async (t) => {
  const { bench, sdk } = await openSdk(t)
  const turns: OpenAI.ChatCompletionMessageParam[] = [
    ...messages,
    { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'call_1', content: '21 °C' },
  ]
  await sdk.chat.completions.create({ model, messages: turns, tools: [weather], parallel_tool_calls: true, user: 'someone' })
  const sent = { model: 'm', messages: turns, tools: [weather], parallel_tool_calls: true, user: 'someone' }
  assert.deepEqual(bench.upstream.calls[0]?.json, sent)
})

test('text completions', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'and a half' }))
  assert.equal((await sdk.completions.create({ model, prompt: 'two' })).choices[0]?.text, 'and a half')
  let text = ''
  for await (const chunk of await sdk.completions.create({ model, prompt: 'two', stream: true })) text += chunk.choices[0]?.text ?? ''
  assert.equal(text, 'and a half')
})

test('embeddings are the same as floats and in the base64 that the SDK asks for by itself', async (t) => {
  const { bench, sdk } = await openSdk(t)
  const vectors = [
    [0.5, -0.25, 1, 0],
    [2, 4, -8, 0.125],
  ]
  bench.upstream.script('*', answer({ embeddings: vectors }))
  const floats = await sdk.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'float' })
  const usual = await sdk.embeddings.create({ model, input: ['a', 'b'] })
  for (const { data } of [floats, usual]) {
    assert.deepEqual(
      data.map(({ embedding }) => Array.from(embedding)),
      vectors,
    )
  }
  assert.match(bench.upstream.calls[1]?.body.toString() ?? '', /"encoding_format":"base64"/)
})

test('the models are listed, and one of them retrieved', async (t) => {
  const { sdk } = await openSdk(t)
  const ids: string[] = []
  for await (const { id } of sdk.models.list()) ids.push(id)
  assert.deepEqual(ids, [model])
  assert.equal((await sdk.models.retrieve(model)).owned_by, 'alpha')
})

test('a wrong key is an AuthenticationError', async (t) => {
  const { sdk } = await openSdk(t, {}, { apiKey: 'wrong' })
  await assert.rejects(sdk.chat.completions.create({ model, messages }), (error) => {
    assert.ok(error instanceof AuthenticationError)
    assert.deepEqual([error.status, error.code, error.type], [401, 'invalid_api_key', 'authentication_error'])
    assert.match(error.requestID ?? '', /^req_/)
    return true
  })
})

test('an unknown model is a NotFoundError, here and at the provider', async (t) => {
  const { sdk } = await openSdk(t)
  await assert.rejects(sdk.chat.completions.create({ model: 'nowhere', messages }), NotFoundError)
  await assert.rejects(sdk.models.retrieve('nowhere/m'), NotFoundError)
})

test('a bad request is a BadRequestError that names its field, in the provider’s own words where it is the provider’s', async (t) => {
  const { bench, sdk } = await openSdk(t)
  await assert.rejects(sdk.chat.completions.create({ model, messages, max_tokens: 99_999 }), (error) => {
    assert.ok(error instanceof BadRequestError)
    assert.equal(error.param, 'max_tokens')
    return true
  })
  for (const [reply, says] of [[contextTooLong(4096), /maximum context length is 4096/] as const, [badRequest('Odd.'), /Odd\./] as const]) {
    bench.upstream.script('*', reply)
    await assert.rejects(sdk.chat.completions.create({ model, messages }), (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.match(error.message, says)
      return true
    })
  }
})

test('keys that are all rate limited are a RateLimitError that says when to come back', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', rateLimited({ afterSeconds: 120 }))
  await assert.rejects(sdk.chat.completions.create({ model, messages }), (error) => {
    assert.ok(error instanceof RateLimitError)
    const seconds = Number(error.headers.get('retry-after'))
    assert.ok(seconds > 100 && seconds <= 121, `retry-after: ${seconds}`)
    return true
  })
})

test('a provider without a working answer is an InternalServerError', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', serverError())
  await assert.rejects(sdk.chat.completions.create({ model, messages }), InternalServerError)
})

test('a gateway that is not there is an APIConnectionError', async () => {
  const sdk = new OpenAI({ baseURL: `http://127.0.0.1:${await closedPort()}/v1`, apiKey: 'x', maxRetries: 0 })
  await assert.rejects(sdk.models.list(), APIConnectionError)
})

test('a stream that breaks off raises an error behind the text that had come', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', faults.F35.reply({ events: 3 }))
  const stream = await sdk.chat.completions.create({ model, messages, stream: true })
  let text = ''
  await assert.rejects(async () => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  }, APIError)
  assert.notEqual(text, '')
})

test('aborting a stream ends the call at the provider', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 5 }))
  const stream = await sdk.chat.completions.create({ model, messages, stream: true })
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content === undefined) continue
    stream.controller.abort()
    break
  }
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
  const [row] = await bench.rows()
  assert.equal(row?.end, 'cancelled')
})

test('aborting before the answer has begun ends the call at the provider', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', { is: 'wire', steps: [{ do: 'stall' }] })
  const leaving = new AbortController()
  const asked = sdk.chat.completions.create({ model, messages }, { signal: leaving.signal })
  const rejected = assert.rejects(asked, APIUserAbortError)
  await bench.upstream.seen(1)
  leaving.abort()
  await rejected
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
})

test('the SDK’s own retry waits as long as it was told, and then succeeds', async (t) => {
  const { bench, sdk } = await openSdk(t, { adjust: noWaiting }, { maxRetries: 1 })
  bench.upstream.script('*', rateLimited({ afterSeconds: 1 }), answer({ text: 'at last' }))
  const startedAt = performance.now()
  const { choices } = await sdk.chat.completions.create({ model, messages })
  assert.equal(choices[0]?.message.content, 'at last')
  assert.ok(performance.now() - startedAt >= 900)
  assert.equal(bench.upstream.calls.length, 2)
})

/** The gateway does not wait for a key itself, so that the caller has to. */
const noWaiting: NonNullable<Given['adjust']> = (config) => ({
  ...config,
  retry: { ...config.retry, maxWaitMs: 0, acquireTimeoutMs: 0, maxAttemptsPerKey: 1 },
})
