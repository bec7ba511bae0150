/** The official OpenAI SDK speaks the Responses API to models that have another, and cannot tell. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, rateLimited } from '@keywheel/simulator'
import { BadRequestError, NotFoundError, OpenAI, RateLimitError } from 'openai'
import { keyText } from './harness.ts'
import { asked, openResponses } from './responses-bench.ts'
import type { ResponsesBench } from './responses-bench.ts'

const model = 'alpha/m'
const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
}
const toolCalls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"東京"}' },
]

/** In front of a provider that only knows chat completions. */
async function openSdk(t: TestContext): Promise<{ bench: ResponsesBench; sdk: OpenAI }> {
  const bench = await openResponses(t, { dialect: 'openai-chat', env: { PROXY_API_KEY: keyText('proxy') } })
  return { bench, sdk: new OpenAI({ baseURL: bench.url, apiKey: keyText('proxy'), maxRetries: 0 }) }
}

test('a whole answer, with its text and what it used', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Good day to you.' }))
  const response = await sdk.responses.create({ model, input: 'Hello', instructions: 'Be brief.', temperature: 0.5 })
  assert.equal(response.output_text, 'Good day to you.')
  assert.deepEqual([response.status, response.model, response.instructions, response.temperature], ['completed', model, 'Be brief.', 0.5])
  assert.equal(response.usage?.output_tokens, 4)
  assert.match(response.id, /^resp_\w{40}$/)
})

test('a streamed answer adds up to the whole one', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Good day to you.', reasoning: 'They greet.', chunkSize: 7 }))
  let text = ''
  let thought = ''
  const stream = sdk.responses.stream({ model, input: 'Hello' })
  stream.on('response.output_text.delta', ({ delta }) => (text += delta))
  stream.on('response.reasoning_summary_text.delta', ({ delta }) => (thought += delta))
  const response = await stream.finalResponse()
  assert.deepEqual([text, thought, response.output_text], ['Good day to you.', 'They greet.', 'Good day to you.'])
  const [reasoning] = response.output
  assert.ok(reasoning?.type === 'reasoning' && reasoning.summary[0]?.text === 'They greet.')
  const { usage } = response
  assert.ok(usage !== undefined && usage.total_tokens === usage.input_tokens + usage.output_tokens)
})

for (const stream of [false, true]) {
  test(`tools are called and their results go back, by id of the answer, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const { bench, sdk } = await openSdk(t)
    const ask = async (body: {
      input: OpenAI.Responses.ResponseInput
      previous_response_id?: string
    }): Promise<OpenAI.Responses.Response> => {
      const asking = { model, tools: [weather], ...body }
      return stream ? sdk.responses.stream(asking).finalResponse() : sdk.responses.create(asking)
    }
    bench.upstream.script('*', answer({ toolCalls, chunkSize: 11 }))
    const first = await ask({ input: [{ role: 'user', content: 'Weather?' }] })
    const calls = first.output.filter((item) => item.type === 'function_call')
    assert.deepEqual(
      calls.map(({ call_id: id, name, arguments: text }) => ({ id, name, arguments: text })),
      toolCalls,
    )
    bench.upstream.script('*', answer({ text: 'Rain.' }))
    const input = calls.toReversed().map(({ call_id: id }) => ({ type: 'function_call_output', call_id: id, output: `of ${id}` }) as const)
    const second = await ask({ input, previous_response_id: first.id })
    assert.deepEqual([second.output_text, second.previous_response_id], ['Rain.', first.id])
    const { messages } = asked(bench) as { messages: { role: string; content: unknown; tool_call_id?: string }[] }
    assert.deepEqual(
      messages.map(({ role, tool_call_id: id, content }) => (role === 'tool' ? [id, content] : role)),
      ['user', 'assistant', ['call_1', 'of call_1'], ['call_2', 'of call_2']],
    )
  })
}

test('an answer is retrieved, its input listed in pages, and deleted', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Hi.' }))
  const input = ['one', 'two', 'three'].map((content) => ({ type: 'message', role: 'user', content }) as const)
  const { id, output } = await sdk.responses.create({ model, input })
  const retrieved = await sdk.responses.retrieve(id)
  assert.deepEqual([retrieved.output_text, retrieved.output], ['Hi.', output])
  for (const [order, expected] of [
    ['asc', ['one', 'two', 'three']],
    ['desc', ['three', 'two', 'one']],
  ] as const) {
    const items: unknown[] = []
    for await (const item of sdk.responses.inputItems.list(id, { order, limit: 2 })) items.push('content' in item && item.content)
    assert.deepEqual(items, expected)
  }
  await sdk.responses.delete(id)
  await assert.rejects(sdk.responses.retrieve(id), NotFoundError)
  await assert.rejects(sdk.responses.delete(id), NotFoundError)
  await assert.rejects(sdk.responses.inputItems.list(id), NotFoundError)
})

test('an answer that is complete cannot be cancelled, and one that nobody knows cannot either', async (t) => {
  const { sdk } = await openSdk(t)
  const { id } = await sdk.responses.create({ model, input: 'Hello' })
  await assert.rejects(sdk.responses.cancel(id), BadRequestError)
  await assert.rejects(sdk.responses.cancel('resp_x'), NotFoundError)
})

test('refusals are the errors that the SDK knows, each with its field', async (t) => {
  const { bench, sdk } = await openSdk(t)
  const refused = async (body: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>): Promise<unknown[]> => {
    let found: unknown[] = []
    await assert.rejects(sdk.responses.create({ model, input: 'x', ...body }), (error) => {
      assert.ok(error instanceof BadRequestError)
      found = [error.code, error.param]
      return true
    })
    return found
  }
  assert.deepEqual(await refused({ previous_response_id: 'resp_x' }), ['previous_response_not_found', 'previous_response_id'])
  assert.deepEqual(await refused({ background: true }), ['unsupported_parameter', 'background'])
  assert.deepEqual(await refused({ tools: [{ type: 'file_search', vector_store_ids: ['v'] }] }), ['unsupported', 'tools'])
  assert.equal(bench.upstream.calls.length, 0)
  bench.upstream.script('*', rateLimited({ afterSeconds: 600 }))
  await assert.rejects(sdk.responses.create({ model, input: 'x' }), RateLimitError)
})

test('a limit that was met leaves the answer incomplete', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', answer({ text: 'Half', finish: 'length' }))
  const { status, incomplete_details: details } = await sdk.responses.create({ model, input: 'x', max_output_tokens: 100 })
  assert.deepEqual([status, details], ['incomplete', { reason: 'max_output_tokens' }])
})
