/** Cohere behind the gateway, callers of other dialects in front. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answerFrom } from './contract/stand.ts'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

function open(t: TestContext): Promise<Bench> {
  return openBench(t, { providers: { cohere: {} }, keys: { cohere: ['a', 'b'] }, chance: () => 0 })
}

const hi = { model: 'cohere/command-a-03-2025', messages: [{ role: 'user', content: 'Hi' }] }

interface ChatAnswer {
  readonly choices: readonly { readonly finish_reason: string; readonly message: Readonly<Record<string, unknown>> }[]
  readonly usage: Readonly<Record<string, unknown>>
}

async function answerOf(response: Response): Promise<ChatAnswer> {
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return JSON.parse(body)
}

/** What came of a stream, also where it broke off. */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array)
  } catch {
    // Told by what is missing.
  }
  return Buffer.concat(parts).toString()
}

test('a call in OpenAI’s words is asked in Cohere’s own, and only in them', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', answerFrom('cohere-chat', 'text', false))
  const asked = { ...hi, max_completion_tokens: 90, top_p: 0.5, stop: 'END', user: 'u', store: true }
  const { choices, usage } = await answerOf(await bench.ask(asked))
  assert.equal(choices[0]?.message['content'], 'Grüße 👋🏽 from the model.')
  assert.deepEqual([usage['prompt_tokens'], usage['completion_tokens']], [42, 9])
  const [call] = bench.upstream.calls
  assert.deepEqual({ path: call?.path, key: call?.headers['authorization'] }, { path: '/v1/chat', key: 'Bearer key-a-0123456789abcdef' })
  assert.deepEqual(call?.json, {
    model: 'command-a-03-2025',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: false,
    max_tokens: 90,
    stop_sequences: ['END'],
    p: 0.5,
  })
})

test('parallel calls come with their ids, and their plan as thinking', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', answerFrom('cohere-chat', 'parallel-tools', false))
  const { choices } = await answerOf(await bench.ask(hi))
  assert.equal(choices[0]?.finish_reason, 'tool_calls')
  const calls = choices[0]?.message['tool_calls'] as readonly { readonly id: string; readonly function: { readonly arguments: string } }[]
  assert.deepEqual(
    calls.map(({ id, function: told }) => [id, JSON.parse(told.arguments)]),
    [
      ['get_weather_5fdj252rgk1f', { city: 'Zürich' }],
      ['get_weather_qxep73hcps93', { city: 'Oslo' }],
    ],
  )
})

test('thinking is thinking', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', answerFrom('cohere-chat', 'reasoning', false))
  const message = (await answerOf(await bench.ask(hi))).choices[0]?.message
  assert.deepEqual([message?.['reasoning_content'], message?.['content']], ['The user greets. I greet back.', 'Hello!'])
})

test('a stream ends with [DONE] where Cohere has ended it, and with an error where it could not', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', answerFrom('cohere-chat', 'text', true), answerFrom('cohere-chat', 'broken', true))
  assert.match(await textOf(await bench.ask({ ...hi, stream: true })), /"finish_reason":"stop"[^]*data: \[DONE\]\n\n$/)
  const broken = await textOf(await bench.ask({ ...hi, stream: true }))
  assert.match(broken, /data: \{"error":\{"message":"internal server error/)
  assert.doesNotMatch(broken, /\[DONE\]/)
})

test('a month that is used up puts the key to rest, and the next one answers', async (t) => {
  const bench = await open(t)
  const spent = { id: 'x', message: 'You are using a Trial key, which is limited to 1000 API calls / month.' }
  bench.upstream.script('*', { is: 'status', status: 429, body: spent }, answerFrom('cohere-chat', 'text', false))
  await answerOf(await bench.ask(hi))
  assert.deepEqual(
    bench.upstream.calls.map(({ key }) => key?.slice(0, 5)),
    ['key-a', 'key-b'],
  )
})

test('embeddings in OpenAI’s words are vectors of Cohere’s', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', {
    is: 'status',
    status: 200,
    body: { id: 'x', embeddings: { float: [[0.5], [1]] }, meta: { billed_units: { input_tokens: 3 } } },
  })
  const response = await fetch(`${bench.url}/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'cohere/embed-v4.0', input: ['a', 'b'] }),
  })
  assert.equal(response.status, 200)
  const { data } = (await response.json()) as { data: { embedding: number[] }[] }
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    [[0.5], [1]],
  )
  assert.deepEqual(bench.upstream.calls[0]?.json, {
    model: 'embed-v4.0',
    texts: ['a', 'b'],
    input_type: 'search_document',
    embedding_types: ['float'],
  })
})
