/** Callers and providers that both speak the Responses API: bytes go through, and nothing is left at the provider. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { test } from 'node:test'
import { codeIn, eventsIn, openResponses, readBroken, streamOf, streamReply } from './responses-bench.ts'

const recordings = new URL('../../../../shared/fixtures/', import.meta.url)
const withoutRecordings = existsSync(new URL('MANIFEST.json', recordings))
  ? false
  : 'the recordings are not here (../shared/fixtures beside the repository)'

test('recorded streams reach the caller byte for byte', { skip: withoutRecordings }, async (t) => {
  const { entries } = JSON.parse(readFileSync(new URL('MANIFEST.json', recordings), 'utf8')) as {
    entries: { id: string; file: string; dialect: string; kind: string; framing: string }[]
  }
  const bench = await openResponses(t)
  const streams = entries.filter(({ dialect, kind, framing }) => dialect === 'openai-responses' && kind === 'stream' && framing === 'sse')
  assert.ok(streams.length > 10)
  for (const { id, file } of streams) {
    const bytes = readFileSync(new URL(file, recordings))
    bench.upstream.script('*', streamReply(bytes, 700))
    const response = await bench.respond({ stream: true, store: false })
    assert.equal(response.headers.get('x-keywheel-translated'), null)
    assert.equal(Buffer.from(await response.arrayBuffer()).compare(bytes), 0, id)
  }
})

test('the request of a caller that keeps its conversation itself goes on untouched but for the model’s name', async (t) => {
  const bench = await openResponses(t)
  bench.upstream.script('*', streamReply(streamOf('1', 'Hi')))
  const body = '{ "store":false, "model":"alpha/m","stream": true,"input":[{"type":"future_item","x":1.0}], "unknown":  [1,2] }'
  await (await fetch(`${bench.url}/responses`, { method: 'POST', body })).text()
  assert.equal(bench.upstream.calls[0]?.body.toString(), body.replace('alpha/m', 'm'))
  assert.equal(bench.upstream.calls[0]?.path, '/v1/responses')
  const [row] = await bench.rows()
  assert.deepEqual(
    [row?.dialect, row?.passedThrough, row?.inputTokens, row?.outputTokens, row?.terminator],
    ['openai-responses', 1, 5, 3, 'seen'],
  )
})

test('what breaks after the first event is told as a failed answer under the next number', async (t) => {
  const bench = await openResponses(t)
  const begun = streamOf('1', 'Hi').split('event: response.completed')[0] ?? ''
  for (const [ending, code] of [
    ['', 'server_error'],
    [
      'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"Slow down.","param":null,"sequence_number":4}\n\n',
      'rate_limit_exceeded',
    ],
  ] as const) {
    bench.upstream.script('*', streamReply(begun + ending))
    const { text, brokenOff } = await readBroken(await bench.respond({ stream: true, store: false }))
    assert.ok(brokenOff)
    assert.ok(text.startsWith(begun))
    const { type, sequence_number: number, response } = eventsIn(text).at(-1) ?? {}
    assert.deepEqual([type, number, response?.['id'], response?.['status']], ['response.failed', 4, 'resp_1', 'failed'])
    assert.equal(codeIn(eventsIn(text).at(-1)), code)
  }
})

test('what breaks before the first content is an error with a status, and another key is asked first', async (t) => {
  const bench = await openResponses(t, { keys: ['a', 'b'] })
  const created = streamOf('1', 'Hi').split('event: response.output_item')[0] ?? ''
  const failed = {
    type: 'response.failed',
    sequence_number: 1,
    response: { id: 'resp_1', status: 'failed', error: { code: 'server_error', message: 'Oops.' } },
  }
  bench.upstream.script('*', streamReply(`${created}data: ${JSON.stringify(failed)}\n\n`), streamReply(streamOf('2', 'Hi')))
  const text = await (await bench.respond({ stream: true, store: false })).text()
  assert.equal(eventsIn(text).at(-1)?.response?.['id'], 'resp_2')
  assert.equal(bench.upstream.calls.length, 2)
})

test('a request for a WebSocket gets a 426 at once, and a plain GET a 405', async (t) => {
  const bench = await openResponses(t)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; upgrade: string | undefined }>()
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'openai-beta': 'responses_websockets=2026-02-06',
  }
  request(`${bench.url}/responses`, { headers })
    .on('response', (response) => {
      response.resume()
      resolve({ status: response.statusCode, upgrade: response.headers.upgrade })
    })
    .on('error', reject)
    .end()
  assert.deepEqual(await promise, { status: 426, upgrade: 'HTTP/1.1' })
  const plain = await fetch(`${bench.url}/responses`)
  assert.equal(plain.status, 405)
  assert.match(plain.headers.get('allow') ?? '', /^POST/)
  assert.equal(bench.upstream.calls.length, 0)
})

test('errors of the provider keep their words, their code and their field', async (t) => {
  const bench = await openResponses(t)
  const error = {
    message: 'Your input exceeds the context window of this model.',
    type: 'invalid_request_error',
    param: 'input',
    code: 'context_length_exceeded',
  }
  bench.upstream.script('*', { is: 'status', status: 400, body: { error } })
  const response = await bench.respond({ stream: true, store: false })
  assert.equal(response.status, 400)
  assert.deepEqual(await response.json(), { error })
})

test('background and conversations are refused by name', async (t) => {
  const bench = await openResponses(t)
  for (const [body, param] of [
    [{ background: true }, 'background'],
    [{ conversation: 'conv_1' }, 'conversation'],
  ] as const) {
    const response = await bench.respond(body)
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as { error: { param: string } }).error.param, param)
  }
  assert.equal(bench.upstream.calls.length, 0)
})
