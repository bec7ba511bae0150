/** Both generations of the official Anthropic SDK take the gateway for the API that they were made for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer } from '@keywheel/simulator'
import * as current from '@anthropic-ai/sdk'
import * as older from 'anthropic-sdk-0'
import { eventsText, streamReply, wholeReply, withoutRetries } from './anthropic-stand.ts'
import type { Told } from './anthropic-stand.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const params = { model: 'anthropic/claude-opus-4-8', max_tokens: 1000, messages: [{ role: 'user' as const, content: 'Hello' }] }
const usage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 30, output_tokens: 9 }
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-8',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage,
}
const weather = { name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }
const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Zürich' } }

function streamOf(...blocks: readonly (readonly [block: object, ...deltas: readonly object[]])[]): string {
  const told = blocks.flatMap(([block, ...deltas], index): Told[] => [
    { type: 'content_block_start', index, content_block: block },
    ...deltas.map((delta): Told => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ])
  const stopReason = blocks.some(([block]) => 'name' in block) ? 'tool_use' : 'end_turn'
  const stop = { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage }
  return eventsText({ type: 'message_start', message }, { type: 'ping' }, ...told, stop, { type: 'message_stop' })
}

const textStream = streamOf([
  { type: 'text', text: '' },
  { type: 'text_delta', text: 'Grüße ' },
  { type: 'text_delta', text: '👋🏽' },
])
const toolStream = streamOf([
  { ...call, input: {} },
  { type: 'input_json_delta', partial_json: '{"city":' },
  { type: 'input_json_delta', partial_json: '"Zürich"}' },
])

/** The one sends its key as a bearer token and speaks the version of October 2026, the other as `x-api-key` with that of 2023. */
const generations = [
  { name: 'the current SDK', sdk: current, version: '2026-10-21' },
  { name: 'the SDK before 1.0', sdk: older, version: '2023-06-01' },
] as const

/** What both generations have in common is typed as the current one. */
type Client = current.Anthropic

for (const { name, sdk, version } of generations) {
  const open = async (t: TestContext, apiKey: string = keyText('proxy')): Promise<{ bench: Bench; client: Client }> => {
    const env = { PROXY_API_KEY: keyText('proxy') }
    const bench = await openBench(t, {
      providers: { anthropic: { models: ['claude-opus-4-8', 'claude-haiku-5-5'] } },
      env,
      adjust: withoutRetries,
    })
    return { bench, client: new sdk.Anthropic({ baseURL: bench.origin, apiKey, maxRetries: 0 }) as unknown as Client }
  }

  test(`${name}: a whole answer`, async (t) => {
    const { bench, client } = await open(t)
    bench.upstream.script('*', wholeReply({ ...message, content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' }))
    const whole = await client.messages.create(params)
    assert.deepEqual([whole.content[0]?.type === 'text' && whole.content[0].text, whole.stop_reason], ['Hi', 'end_turn'])
    assert.match(whole._request_id ?? '', /^req_/)
    assert.deepEqual([whole.usage.input_tokens, whole.usage.cache_read_input_tokens], [12, 30])
    assert.deepEqual([bench.upstream.calls[0]?.headers['anthropic-version'], bench.upstream.calls[0]?.key], [version, keyText('a')])
  })

  test(`${name}: a streamed answer, event by event and put together`, async (t) => {
    const { bench, client } = await open(t)
    bench.upstream.script('*', streamReply(textStream, 7))
    let text = ''
    const stream = client.messages.stream(params)
    stream.on('text', (piece: string) => void (text += piece))
    const streamed = await stream.finalMessage()
    assert.equal(text, 'Grüße 👋🏽')
    assert.deepEqual([streamed.content[0]?.type === 'text' && streamed.content[0].text, streamed.usage.output_tokens], [text, 9])
    const types: string[] = []
    for await (const event of await client.messages.create({ ...params, stream: true })) types.push(event.type)
    assert.deepEqual([types[0], types.at(-1)], ['message_start', 'message_stop'])
  })

  test(`${name}: tools, whole and streamed`, async (t) => {
    const { bench, client } = await open(t)
    bench.upstream.script('*', wholeReply({ ...message, content: [call], stop_reason: 'tool_use' }), streamReply(toolStream, 11))
    const whole = await client.messages.create({ ...params, tools: [weather] })
    const streamed = await client.messages.stream({ ...params, tools: [weather] }).finalMessage()
    for (const { content, stop_reason: reason } of [whole, streamed]) {
      const [block] = content
      assert.ok(block?.type === 'tool_use')
      assert.deepEqual([block.id, block.name, block.input, reason], ['toolu_1', 'weather', { city: 'Zürich' }, 'tool_use'])
    }
  })

  test(`${name}: an answer of another vendor is put together from its stream all the same`, async (t) => {
    const bench = await openBench(t)
    const client = new sdk.Anthropic({ baseURL: bench.origin, apiKey: 'any', maxRetries: 0 }) as unknown as Client
    const toolCalls = [{ id: 'call_1', name: 'weather', arguments: '{"city":"Zürich"}' }]
    bench.upstream.script('*', answer({ reasoning: 'Hm.', text: 'I will look.', toolCalls, chunkSize: 5 }))
    const {
      content,
      stop_reason: reason,
      usage: counts,
    } = await client.messages.stream({ ...params, model: 'alpha/m', tools: [weather] }).finalMessage()
    const [thinking, text, called] = content
    assert.ok(thinking?.type === 'thinking' && text?.type === 'text' && called?.type === 'tool_use')
    assert.deepEqual([thinking.thinking, text.text, called.input, reason], ['Hm.', 'I will look.', { city: 'Zürich' }, 'tool_use'])
    assert.ok(thinking.signature.length > 0)
    assert.ok(counts.input_tokens > 0 && counts.output_tokens > 0)
  })

  test(`${name}: failures are the SDK’s own errors`, async (t) => {
    const { bench, client } = await open(t)
    const failures = [
      [{ type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' }, 400, sdk.BadRequestError],
      [{ type: 'rate_limit_error', message: 'This request would exceed your rate limit.' }, 429, sdk.RateLimitError],
      [{ type: 'overloaded_error', message: 'Overloaded' }, 529, sdk.InternalServerError],
      [{ type: 'not_found_error', message: 'model: claude-x' }, 404, sdk.NotFoundError],
    ] as const
    for (const [error, status, kind] of failures) {
      bench.upstream.script('*', wholeReply({ type: 'error', error }, status))
      await assert.rejects(client.messages.create({ ...params, model: `anthropic/claude-${status}` }), (thrown) => {
        assert.ok(thrown instanceof kind, String(thrown))
        assert.deepEqual([thrown.status, thrown.type], [status, error.type])
        assert.match(thrown.requestID ?? '', /^req_/)
        return true
      })
    }
  })

  test(`${name}: an error in the middle of a stream is thrown`, async (t) => {
    const { bench, client } = await open(t)
    const begun = textStream.slice(0, textStream.indexOf('event: content_block_stop'))
    bench.upstream.script(
      '*',
      streamReply(begun + eventsText({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })),
    )
    await assert.rejects(client.messages.stream(params).finalMessage(), /Overloaded/)
  })

  test(`${name}: a wrong key, and a model that does not exist`, async (t) => {
    const { client } = await open(t, 'wrong-key-0123456789')
    await assert.rejects(
      client.messages.create(params),
      (thrown) => thrown instanceof sdk.AuthenticationError && thrown.type === 'authentication_error',
    )
    const right = await open(t)
    await assert.rejects(right.client.messages.create({ ...params, model: 'nowhere/m' }), sdk.NotFoundError)
    await assert.rejects(right.client.models.retrieve('nowhere/m'), sdk.NotFoundError)
  })

  test(`${name}: models are listed over several pages, and one is retrieved`, async (t) => {
    const { client } = await open(t)
    const ids: string[] = []
    for await (const { id } of client.models.list({ limit: 1 })) ids.push(id)
    assert.deepEqual(ids, ['anthropic/claude-opus-4-8', 'anthropic/claude-haiku-5-5'])
    assert.equal((await client.models.retrieve('anthropic/claude-opus-4-8')).display_name, 'anthropic/claude-opus-4-8')
  })

  test(`${name}: tokens are counted`, async (t) => {
    const { bench, client } = await open(t)
    bench.upstream.script('*', wholeReply({ input_tokens: 14 }))
    const { model, messages } = params
    assert.equal((await client.messages.countTokens({ model, messages })).input_tokens, 14)
  })
}
