/** Amazon Bedrock behind the gateway: signed requests and binary streams on a real socket, callers of other dialects in front. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Reply, SeenCall, Step } from '@keywheel/simulator'
import { verifyAwsSignature } from '../src/credentials/verify-aws-signature.test.ts'
import { blockStop, delta, ending, exception, messageStart, toolStart } from '../src/dialects/bedrock-converse/frame-bytes.test.ts'
import { streams } from './contract/bedrock-converse/make-streams.ts'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const secretKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const accessKey = `AKIDEXAMPLE0000:${secretKey}`
const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0'

function open(t: TestContext, keys: readonly string[] = [accessKey]): Promise<Bench> {
  const listed = keys.map((key) => `"${key}"`).join(', ')
  const yaml = `providers:\n  box: { base_url: "\${BOX_URL}", dialect: bedrock-converse, variables: { region: eu-central-1 }, keys: [${listed}] }\n`
  return openBench(t, { providers: { box: {} }, yaml, chance: () => 0 })
}

/** Pieces of 5 bytes, which cut every length and checksum. */
function framed(bytes: Buffer): Reply {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n'
  const steps: Step[] = [{ do: 'write', bytes: head }]
  for (let at = 0; at < bytes.length; at += 5) {
    const piece = bytes.subarray(at, at + 5)
    steps.push({ do: 'write', bytes: Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]) })
  }
  return { is: 'wire', steps: [...steps, { do: 'write', bytes: '0\r\n\r\n' }, { do: 'keep' }] }
}

function whole(content: readonly object[], stopReason: string): Reply {
  const usage = { inputTokens: 12, cacheReadInputTokens: 30, cacheWriteInputTokens: 4, outputTokens: 9, totalTokens: 55 }
  return { is: 'status', status: 200, body: { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: {} } }
}

function refusal(status: number, kind: string, message: string): Reply {
  return { is: 'status', status, headers: { 'x-amzn-errortype': `${kind}:http://internal.amazon.com/coral/` }, body: { message } }
}

const hi = { messages: [{ role: 'user', content: 'Hi' }] }

interface ChatAnswer {
  readonly choices: readonly {
    readonly finish_reason: string
    readonly message: { readonly content: string | null; readonly reasoning_content?: string; readonly tool_calls?: readonly unknown[] }
  }[]
  readonly usage: unknown
}

async function answerOf(response: Response): Promise<ChatAnswer> {
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return JSON.parse(body)
}

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string; readonly tool_calls?: readonly CallPiece[] }
    readonly finish_reason?: string | null
  }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
  readonly error?: { readonly message: string; readonly code: string }
}

/** What came of a stream, also where it broke off. */
async function chunksOf(response: Response): Promise<{ chunks: Chunk[]; done: boolean }> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array)
  } catch {
    // Told by what is missing.
  }
  const data = Buffer.concat(parts)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
  return { chunks: data.filter((text) => text !== '[DONE]').map((text): Chunk => JSON.parse(text)), done: data.at(-1) === '[DONE]' }
}

function textIn(chunks: readonly Chunk[]): string {
  return chunks.map(({ choices = [] }) => choices[0]?.delta?.content ?? '').join('')
}

function seenOf({ method, path, headers, body }: SeenCall): Parameters<typeof verifyAwsSignature>[0] {
  return { method, path, headers, body }
}

test('what arrives is signed: the very bytes, the path as it stands, the host and the region', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', whole([{ text: 'Grüße' }], 'end_turn'))
  await answerOf(await bench.ask({ model: `box/${claude}`, messages: [{ role: 'user', content: 'Grüße 👋🏽' }] }))
  const [call] = bench.upstream.calls
  assert.ok(call)
  assert.equal(call.path, '/v1/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse')
  assert.match(call.headers['authorization'] ?? '', /Credential=AKIDEXAMPLE0000\/\d{8}\/eu-central-1\/bedrock\/aws4_request/)
  assert.ok(verifyAwsSignature(seenOf(call), secretKey))
  assert.ok(!verifyAwsSignature({ ...seenOf(call), body: Buffer.from('{}') }, secretKey))
})

test('an inference profile is one segment of the path, and a temporary key brings its token', async (t) => {
  const bench = await open(t, [`${accessKey}:IQoJb3JpZ2luX2VjEXAMPLE==`])
  bench.upstream.script('*', whole([{ text: 'a' }], 'end_turn'))
  await answerOf(
    await bench.ask({ ...hi, model: 'box/arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0' }),
  )
  const [call] = bench.upstream.calls
  assert.ok(call)
  assert.equal(call.path.split('/').length, 5)
  assert.ok(call.path.endsWith('%3Ainference-profile%2Feu.amazon.nova-lite-v1%3A0/converse'))
  assert.equal(call.headers['x-amz-security-token'], 'IQoJb3JpZ2luX2VjEXAMPLE==')
  assert.ok(verifyAwsSignature(seenOf(call), secretKey))
})

test('an API key of Bedrock goes as it is', async (t) => {
  const bench = await open(t, ['ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl'])
  bench.upstream.script('*', whole([{ text: 'a' }], 'end_turn'))
  await answerOf(await bench.ask({ ...hi, model: `box/${claude}` }))
  assert.equal(bench.upstream.calls[0]?.headers['authorization'], 'Bearer ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl')
})

test('a key that is only half there rests, and the next one answers', async (t) => {
  const bench = await open(t, ['AKIDEXAMPLE0001:', accessKey])
  bench.upstream.script('*', whole([{ text: 'a' }], 'end_turn'))
  await answerOf(await bench.ask({ ...hi, model: `box/${claude}` }))
  assert.equal(bench.upstream.calls.length, 1)
})

test('text, calls and thinking of a whole answer, with usage that adds up', async (t) => {
  const bench = await open(t)
  const content = [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
    { text: 'Let me look.' },
    { toolUse: { toolUseId: 'tooluse_a', name: 'get_weather', input: { city: 'Zürich' } } },
    { toolUse: { toolUseId: 'tooluse_b', name: 'get_weather', input: { city: 'Oslo' } } },
  ]
  bench.upstream.script('*', whole(content, 'tool_use'))
  const { choices, usage } = await answerOf(await bench.ask({ ...hi, model: `box/${claude}` }))
  const [{ message, finish_reason: finish } = { message: undefined, finish_reason: '' }] = choices
  assert.equal(finish, 'tool_calls')
  assert.equal(message?.content, 'Let me look.')
  assert.equal(message.reasoning_content, 'Hm.')
  assert.deepEqual(
    message.tool_calls,
    ['a', 'b'].map((letter, at) => ({
      id: `tooluse_${letter}`,
      type: 'function',
      function: { name: 'get_weather', arguments: JSON.stringify({ city: at === 0 ? 'Zürich' : 'Oslo' }) },
    })),
  )
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage as Record<string, number>
  assert.deepEqual([prompt, completion, total], [46, 9, 55])
})

test('a stream of binary frames, cut anywhere, is a stream of events for the caller', async (t) => {
  const bench = await open(t)
  bench.upstream.script(
    '*',
    framed(Buffer.concat([messageStart, delta(0, { text: 'Grü' }), delta(0, { text: 'ße 👋🏽' }), blockStop(0), ending('end_turn')])),
  )
  const response = await bench.ask({ ...hi, model: `box/${claude}`, stream: true, stream_options: { include_usage: true } })
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const { chunks, done } = await chunksOf(response)
  assert.equal(textIn(chunks), 'Grüße 👋🏽')
  assert.ok(done)
  assert.equal(chunks.findLast(({ usage }) => usage !== undefined && usage !== null)?.usage?.completion_tokens, 9)
  const [call] = bench.upstream.calls
  assert.ok(call?.path.endsWith('/converse-stream'))
  assert.equal(call?.headers['accept'], 'application/vnd.amazon.eventstream')
  assert.ok(call !== undefined && verifyAwsSignature(seenOf(call), secretKey))
})

interface CallPiece {
  readonly index: number
  readonly id?: string
  readonly function?: { readonly arguments?: string }
}

/** By the index that the pieces name. */
function callsIn(chunks: readonly Chunk[]): { id: string; args: string }[] {
  const calls: { id: string; args: string }[] = []
  const pieces = chunks.flatMap(({ choices = [] }) => choices[0]?.delta?.tool_calls ?? [])
  for (const { index, id, function: told } of pieces) {
    const known = (calls[index] ??= { id: '', args: '' })
    known.id ||= id ?? ''
    known.args += told?.arguments ?? ''
  }
  return calls
}

test('calls that come side by side reach the caller with their own index each', async (t) => {
  const bench = await open(t)
  const bytes = Buffer.concat([
    messageStart,
    delta(0, { text: 'Look.' }),
    blockStop(0),
    toolStart(1, 'tooluse_a', 'f'),
    toolStart(2, 'tooluse_b', 'f'),
    delta(2, { toolUse: { input: '{"b":' } }),
    delta(1, { toolUse: { input: '{"a":1}' } }),
    delta(2, { toolUse: { input: '2}' } }),
    blockStop(1),
    blockStop(2),
    ending('tool_use'),
  ])
  bench.upstream.script('*', framed(bytes))
  const { chunks } = await chunksOf(await bench.ask({ ...hi, model: `box/${claude}`, stream: true }))
  assert.deepEqual(callsIn(chunks), [
    { id: 'tooluse_a', args: '{"a":1}' },
    { id: 'tooluse_b', args: '{"b":2}' },
  ])
})

test('an exception before any content is a status of its own', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', framed(Buffer.concat([messageStart, exception('validationException', 'Malformed input request.')])))
  const response = await bench.ask({ ...hi, model: `box/${claude}`, stream: true })
  assert.equal(response.status, 400)
  assert.match(await response.text(), /Malformed input request/)
})

test('an exception behind some content is an error in the stream, which then ends unfinished', async (t) => {
  const bench = await open(t)
  bench.upstream.script(
    '*',
    framed(Buffer.concat([messageStart, delta(0, { text: 'Grü' }), exception('throttlingException', 'Too many.')])),
  )
  const { chunks, done } = await chunksOf(await bench.ask({ ...hi, model: `box/${claude}`, stream: true }))
  assert.equal(textIn(chunks), 'Grü')
  assert.match(chunks.at(-1)?.error?.message ?? '', /Too many/)
  assert.ok(!done)
})

test('a frame with a damaged byte is an error and never text', async (t) => {
  const bench = await open(t)
  const bytes = Buffer.concat([messageStart, delta(0, { text: 'Hello' }), delta(0, { text: 'World' })])
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1
  bench.upstream.script('*', framed(bytes))
  const { chunks, done } = await chunksOf(await bench.ask({ ...hi, model: `box/${claude}`, stream: true }))
  assert.equal(textIn(chunks), 'Hello')
  assert.ok(!done && chunks.at(-1)?.error !== undefined)
})

test('a key that AWS does not know rests, and the next one answers', async (t) => {
  const bench = await open(t, [accessKey, `AKIDEXAMPLE0002:${secretKey}`])
  bench.upstream.script(
    '*',
    refusal(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
    whole([{ text: 'a' }], 'end_turn'),
  )
  await answerOf(await bench.ask({ ...hi, model: `box/${claude}` }))
  const ids = bench.upstream.calls.map(({ headers }) => /Credential=(\w+)/.exec(headers['authorization'] ?? '')?.[1])
  assert.deepEqual(ids, ['AKIDEXAMPLE0000', 'AKIDEXAMPLE0002'])
})

test('a model that is not there is told as that', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', refusal(400, 'ValidationException', 'The provided model identifier is invalid.'))
  const response = await bench.ask({ ...hi, model: 'box/does-not-exist' })
  assert.equal(response.status, 404)
})

test('thinking comes back to Bedrock as it was, through a caller of Anthropic’s dialect', async (t) => {
  const bench = await open(t)
  const content = [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'ErcBCkgI' } } },
    { toolUse: { toolUseId: 'tooluse_a', name: 'now', input: {} } },
  ]
  bench.upstream.script('*', whole(content, 'tool_use'))
  const say = async (messages: readonly object[]): Promise<{ content: readonly object[] }> => {
    const body = {
      model: `box/${claude}`,
      max_tokens: 4000,
      thinking: { type: 'enabled', budget_tokens: 2000 },
      tools: [{ name: 'now', input_schema: { type: 'object', properties: {} } }],
      messages,
    }
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
    const response = await fetch(`${bench.url}/messages`, { method: 'POST', headers, body: JSON.stringify(body) })
    assert.equal(response.status, 200)
    return (await response.json()) as { content: readonly object[] }
  }
  const user = { role: 'user', content: 'What time is it?' }
  const first = await say([user])
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'tooluse_a', content: 'noon' }] }
  await say([user, { role: 'assistant', content: first.content }, result])
  const sent = bench.upstream.calls[1]?.json as { messages: { content: unknown }[]; additionalModelRequestFields: unknown }
  assert.deepEqual(sent.messages[1]?.content, content)
  assert.deepEqual(sent.additionalModelRequestFields, { thinking: { type: 'enabled', budget_tokens: 2000 } })
})

test('the contract’s binary files are what the script beside them writes', () => {
  for (const [name, bytes] of Object.entries(streams)) {
    assert.ok(readFileSync(new URL(`contract/bedrock-converse/${name}.stream`, import.meta.url)).equals(bytes), name)
  }
})
