/** Anthropic's clients in front of Anthropic's API: the bytes go through, both ways, and failures are told as Anthropic tells them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { askMessages, eventsIn, eventsText, streamReply, wholeReply, withoutRetries } from './anthropic-stand.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const fixtures = new URL('../../../../shared/fixtures/', import.meta.url)
const skip = existsSync(new URL('MANIFEST.json', fixtures))
  ? false
  : 'the recordings are not here (../shared/fixtures beside the repository)'

const ask = { model: 'anthropic/claude-opus-4-8', max_tokens: 64_000, messages: [{ role: 'user', content: 'Hello' }] }
const start = {
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
}
const textStart = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } }

/** A provider that may be silent for longer than the gateway. */
const patient = `
timeouts: { idle_ms: 600000 }
providers: { anthropic: { base_url: "\${ANTHROPIC_URL}", keys: ["${keyText('a')}"] } }
`

function open(t: TestContext): Promise<Bench> {
  return openBench(t, { providers: { anthropic: {} }, adjust: withoutRetries })
}

/** Recorded streams with their framing, but for the one that breaks the rules on purpose. */
function recordedStreams(): readonly { readonly id: string; readonly bytes: Buffer }[] {
  if (skip !== false) return []
  const { entries } = JSON.parse(readFileSync(new URL('MANIFEST.json', fixtures), 'utf8')) as {
    entries: { id: string; dialect: string; kind: string; framing: string; file: string }[]
  }
  return entries
    .filter(({ dialect, kind, framing }) => dialect === 'anthropic-messages' && kind === 'stream' && framing === 'sse')
    .map(({ id, file }) => ({ id, bytes: readFileSync(new URL(file, fixtures)) }))
}

test('every recorded stream of Anthropic goes through the gateway untouched, one byte at a time', { skip }, async (t) => {
  const bench = await open(t)
  for (const { id, bytes } of recordedStreams()) {
    bench.upstream.script('*', streamReply(bytes))
    const response = await askMessages(bench, { ...ask, stream: true })
    assert.equal(response.status, 200, id)
    assert.equal(await response.text(), `${bytes.toString().trimEnd()}\n\n`, id)
  }
  const rows = await bench.rows()
  assert.ok(rows.length > 0 && rows.every(({ end, outputTokens }) => end === 'answered' && outputTokens !== null))
})

test('a whole answer and its request go through as they are, but for the model’s name; version and betas go along', async (t) => {
  const bench = await open(t)
  const answer =
    '{"id":"msg_1",  "content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","new_field":{"a":[1]},"usage":{"input_tokens":5,"output_tokens":2}}'
  bench.upstream.script('*', wholeReply(answer))
  const body = { ...ask, temperature: 0.3, thinking: { type: 'adaptive' }, context_management: { edits: [] }, new_field: 1 }
  const response = await askMessages(bench, body, { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'one-1, two-2' })
  assert.equal(await response.text(), answer)
  assert.match(response.headers.get('request-id') ?? '', /^req_/)
  const [call] = bench.upstream.calls
  assert.equal(call?.path, '/v1/messages')
  assert.equal(call?.body.toString(), JSON.stringify({ ...body, model: 'claude-opus-4-8' }))
  const { 'anthropic-version': version, 'anthropic-beta': betas, 'x-api-key': key, authorization } = call?.headers ?? {}
  assert.deepEqual([version, betas, key, authorization], ['2026-10-21', 'one-1, two-2', keyText('a'), undefined])
})

test('a caller that names no version gets the usual one', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', wholeReply({ content: [], usage: { input_tokens: 1, output_tokens: 1 } }))
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ask) }
  assert.equal((await fetch(`${bench.url}/messages`, init)).status, 200)
  assert.equal(bench.upstream.calls[0]?.headers['anthropic-version'], '2023-06-01')
})

test('a request without `max_tokens` is refused in Anthropic’s shape, naming the field', async (t) => {
  const bench = await open(t)
  const response = await askMessages(bench, { model: ask.model, messages: ask.messages })
  const {
    type,
    error,
    request_id: id,
  } = (await response.json()) as { type: string; error: { type: string; message: string }; request_id: string }
  assert.deepEqual([response.status, type, error.type, id], [400, 'error', 'invalid_request_error', response.headers.get('request-id')])
  assert.match(error.message, /`max_tokens`/)
})

test('an overloaded provider is told as 529, also where it says so inside the stream before anything else', async (t) => {
  const bench = await open(t)
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  for (const reply of [wholeReply(overloaded, 529), streamReply(eventsText(overloaded)), streamReply(eventsText(start, overloaded))]) {
    bench.upstream.script('*', reply)
    const response = await askMessages(bench, { ...ask, stream: true })
    assert.equal(response.status, 529)
    const { error } = (await response.json()) as { error: { type: string } }
    assert.equal(error.type, 'overloaded_error')
  }
})

test('an error in the middle of a stream is an error event, and the stream ends unfinished', async (t) => {
  const bench = await open(t)
  bench.upstream.script(
    '*',
    streamReply(eventsText(start, textStart, text, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })),
  )
  const heard = await hearBroken(await askMessages(bench, { ...ask, stream: true }))
  assert.ok(heard.brokenOff)
  const events = eventsIn(heard.text)
  assert.deepEqual(events.at(-1), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  assert.ok(!events.some(({ type }) => type === 'message_stop'))
})

test('a stream that the provider cuts is an error for its caller', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', streamReply(eventsText(start, textStart, text)))
  const { text: told, brokenOff } = await hearBroken(await askMessages(bench, { ...ask, stream: true }))
  assert.ok(brokenOff)
  assert.equal(eventsIn(told).at(-1)?.type, 'error')
})

test('F39 a stream with a reason to stop and without `message_stop` is an error for its caller', async (t) => {
  const bench = await open(t)
  const stop = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }
  bench.upstream.script('*', streamReply(eventsText(start, textStart, text, { type: 'content_block_stop', index: 0 }, stop)))
  const { text: told, brokenOff } = await hearBroken(await askMessages(bench, { ...ask, stream: true }))
  assert.deepEqual([eventsIn(told).at(-1)?.type, brokenOff], ['error', true])
})

test('a silent stream gets a ping, which Anthropic’s clients pass over', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { providers: { anthropic: {} }, clock, yaml: patient })
  const reply = streamReply(eventsText(start, textStart, text))
  assert.ok(reply.is === 'wire')
  const [begun] = reply.steps
  assert.ok(begun?.do === 'write')
  // Without the last chunk the stream goes on.
  const unended = Buffer.from(begun.bytes).subarray(0, -'0\r\n\r\n'.length)
  bench.upstream.script('*', { is: 'wire', steps: [{ do: 'write', bytes: unended }, { do: 'stall' }] })
  const response = await askMessages(bench, { ...ask, stream: true })
  const decoder = new TextDecoder()
  let heard = ''
  for await (const part of response.body ?? []) {
    heard += decoder.decode(part as Uint8Array, { stream: true })
    if (heard.includes('ping')) break
    if (heard.includes('Half') && heard.endsWith('\n\n')) clock.advance(15_000)
  }
  assert.ok(heard.endsWith('\n\nevent: ping\ndata: {"type":"ping"}\n\n'))
})

test('the provider’s refusal of the owner’s key is never the caller’s 401', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', wholeReply({ type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }, 401))
  const response = await askMessages(bench, ask)
  assert.deepEqual([response.status, ((await response.json()) as { error: { type: string } }).error.type], [502, 'api_error'])
})

test('an answer in the wrong dialect is no answer', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', wholeReply({ choices: [{ message: { content: 'Hi' } }] }))
  assert.equal((await askMessages(bench, ask)).status, 500)
})

test('tokens are counted by the provider where it can', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', wholeReply('{"input_tokens":  14}'))
  const init = { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' } }
  const body = JSON.stringify({ model: ask.model, messages: ask.messages })
  const response = await fetch(`${bench.url}/messages/count_tokens?beta=true`, { ...init, body })
  assert.equal(await response.text(), '{"input_tokens":  14}')
  assert.equal(bench.upstream.calls[0]?.path, '/v1/messages/count_tokens')
  assert.equal(bench.upstream.calls[0]?.model, 'claude-opus-4-8')
})

/** Reads to wherever the answer ends. */
async function hearBroken(response: Response): Promise<{ text: string; brokenOff: boolean }> {
  const decoder = new TextDecoder()
  let heard = ''
  try {
    for await (const part of response.body ?? []) heard += decoder.decode(part as Uint8Array, { stream: true })
  } catch {
    return { text: heard, brokenOff: true }
  }
  return { text: heard, brokenOff: false }
}
