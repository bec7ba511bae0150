/** Sound as it comes, and streams of images, speech and transcripts: complete, cut, stalled, or not streamed at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply, Step } from '@keywheel/simulator'
import { RawCall } from './faults/raw-call.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'
import { form, formHeaders, hearOut, sound } from './operations/operations.ts'

const lastChunk = '0\r\n\r\n'

function head(type: string, framing = 'transfer-encoding: chunked'): Step {
  return { do: 'write', bytes: `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n` }
}

function chunk(bytes: string | Buffer): Step {
  const content = Buffer.from(bytes)
  return { do: 'write', bytes: Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]) }
}

function wire(...steps: readonly Step[]): Reply {
  return { is: 'wire', steps }
}

function events(...texts: readonly string[]): Reply {
  const chunks = texts.flatMap((text): readonly Step[] => [chunk(text), { do: 'flush' }])
  return wire(head('text/event-stream'), ...chunks, { do: 'write', bytes: lastChunk })
}

function speak(stand: Stand, fields: object = {}, model = 'alpha/m'): RawCall {
  return new RawCall(stand.port, { path: '/v1/audio/speech', body: { model, input: 'Hello', voice: 'alloy', ...fields } })
}

function draw(stand: Stand, model = 'alpha/m'): RawCall {
  return new RawCall(stand.port, { path: '/v1/images/generations', body: { model, prompt: 'a cat', stream: true, partial_images: 1 } })
}

function transcribe(stand: Stand, model = 'alpha/m'): RawCall {
  const fields = [
    { name: 'model', value: model },
    { name: 'stream', value: 'true' },
    { name: 'file', value: sound, fileName: 'a.wav' },
  ]
  return new RawCall(stand.port, { path: '/v1/audio/transcriptions', body: form(...fields), headers: formHeaders })
}

test('sound goes on as it comes, before the provider has made the rest of it', async (t) => {
  const stand = await openStand(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  const steps: readonly Step[] = [
    head('audio/mpeg'),
    chunk(sound.subarray(0, 5000)),
    { do: 'hold', until: promise },
    chunk(sound.subarray(5000)),
  ]
  stand.alpha.script('*', wire(...steps, { do: 'write', bytes: lastChunk }))
  const call = speak(stand)
  await until(() => call.soFar?.body.length === 5000)
  resolve()
  const { body, headers, finished } = await call.ended()
  assert.deepEqual([headers['content-type'], finished], ['audio/mpeg', true])
  assert.deepEqual(body, sound)
  await leaves(stand, 'answered 200 seen')
})

for (const [how, framing] of [
  ['of an announced length', 'content-length: 100000'],
  ['in chunks', 'transfer-encoding: chunked'],
] as const) {
  test(`sound ${how} that breaks off breaks the caller’s connection, with not one byte of ours in it`, async (t) => {
    const stand = await openStand(t)
    const part = sound.subarray(0, 40_000)
    const write: Step = framing.startsWith('content-length') ? { do: 'write', bytes: part } : chunk(part)
    stand.alpha.script('*', wire(head('audio/mpeg', framing), write, { do: 'flush' }, { do: 'fin' }))
    const { status, body, finished } = await speak(stand).ended()
    assert.deepEqual([status, finished], [200, false])
    assert.deepEqual(body, part)
    await leaves(stand, 'broken 200 truncated')
  })
}

test('a silence in the middle of sound is not filled with anything, and ends with the connection', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', wire(head('audio/mpeg'), chunk('abc'), { do: 'stall' }))
  const call = speak(stand)
  await call.holds('abc')
  stand.clock.advance(59_000)
  await aWhile()
  assert.equal(call.soFar?.body.toString(), 'abc')
  stand.clock.advance(1001)
  const { body, finished } = await call.ended()
  assert.deepEqual([body.toString(), finished], ['abc', false])
  await leaves(stand, 'broken 200 stalled')
})

test('a caller that does not read its sound stops the provider', async (t) => {
  const stand = await openStand(t)
  const block = chunk(Buffer.alloc(256 * 1024, 1))
  stand.alpha.script('*', wire(head('audio/mpeg'), { do: 'repeat', steps: [block] }))
  const call = speak(stand)
  call.stopReading()
  await stand.alpha.seen(1)
  for (let before = -1; before !== process.memoryUsage().external; before = process.memoryUsage().external) await aWhile()
  assert.equal(stand.alpha.calls[0]?.ended, 'running')
  call.leave()
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'cancelled 499 cancelled')
})

test('sound of no length is none, and the next provider is asked', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', { is: 'status', status: 200, headers: { 'content-type': 'audio/mpeg' }, body: '' })
  stand.beta.script('*', { is: 'status', status: 200, headers: { 'content-type': 'audio/mpeg' }, body: sound })
  assert.deepEqual((await hearOut(speak(stand, {}, 'chain'), stand.clock)).body, sound)
})

for (const [what, type] of [
  ['events that were not asked for', 'text/event-stream'],
  ['text', 'text/plain'],
  ['JSON', 'application/json'],
] as const) {
  test(`${what} in place of sound is no answer, and the next provider is asked`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', { is: 'status', status: 200, headers: { 'content-type': type }, body: '{"a":1}' })
    stand.beta.script('*', { is: 'status', status: 200, headers: { 'content-type': 'audio/wav' }, body: sound })
    assert.deepEqual((await hearOut(speak(stand, {}, 'chain'), stand.clock)).body, sound)
  })
}

const spoken: readonly [string, ...string[]] = [
  'data: {"type":"speech.audio.delta","audio":"aGk="}\n\n',
  'data: {"type":"speech.audio.done","usage":{"input_tokens":5,"output_tokens":80,"total_tokens":85}}\n\n',
]

test('speech as events passes through with its usage', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', events(...spoken))
  const { body, headers, finished } = await speak(stand, { stream_format: 'sse' }).ended()
  assert.deepEqual([body.toString(), headers['content-type'], finished], [spoken.join(''), 'text/event-stream; charset=utf-8', true])
  const [row] = await stand.rows()
  assert.deepEqual([row?.stream, row?.inputTokens, row?.outputTokens, row?.terminator], [1, 5, 80, 'seen'])
})

test('a server that answers with sound although events were asked for is taken at its word', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', { is: 'status', status: 200, headers: { 'content-type': 'audio/mpeg' }, body: sound })
  const { body, headers } = await speak(stand, { stream_format: 'sse' }).ended()
  assert.equal(headers['content-type'], 'audio/mpeg')
  assert.deepEqual(body, sound)
})

/** Longer than an event of a chat may be. */
const bigImage = 'aGk='.repeat(1_500_000)
const drawn: readonly [string, ...string[]] = [
  'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"aGk="}\n\n',
  `event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"${bigImage}","usage":{"input_tokens":8,"output_tokens":4160,"total_tokens":4168}}\n\n`,
]

test('images in the making pass through, however large, with their usage', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', events(...drawn))
  const { body, finished } = await draw(stand).ended()
  assert.ok(body.equals(Buffer.from(drawn.join(''))))
  assert.equal(finished, true)
  const [row] = await stand.rows()
  assert.deepEqual([row?.operation, row?.stream, row?.inputTokens, row?.outputTokens], ['image', 1, 8, 4160])
})

test('a request for a stream of images gets no fields that only chat has', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', events(...drawn))
  await draw(stand).ended()
  assert.deepEqual(stand.alpha.calls[0]?.json, { model: 'm', prompt: 'a cat', stream: true, partial_images: 1 })
})

const transcript: readonly [string, ...string[]] = [
  'data: {"type":"transcript.text.delta","delta":"Grü"}\n\n',
  'data: {"type":"transcript.text.delta","delta":"ße"}\n\n',
  'data: {"type":"transcript.text.done","text":"Grüße","usage":{"type":"tokens","input_tokens":14,"output_tokens":2,"total_tokens":16}}\n\n',
]

test('a transcript in the making passes through; `[DONE]` behind it may come or not', async (t) => {
  const stand = await openStand(t)
  for (const more of [[], ['data: [DONE]\n\n']]) {
    stand.alpha.script('*', events(...transcript, ...more))
    const { body, finished } = await transcribe(stand).ended()
    assert.deepEqual([body.toString(), finished], [[...transcript, ...more].join(''), true])
  }
  await leaves(stand, 'answered 200 seen', 'answered 200 seen')
})

for (const [what, begin, reply] of [
  ['a transcript', transcribe, { is: 'status', status: 200, body: { text: 'Grüße' } }],
  ['images', draw, { is: 'status', status: 200, body: { created: 1, data: [{ b64_json: 'aGk=' }] } }],
] as const) {
  test(`${what} of a model that cannot stream comes whole, as it does without a gateway`, async (t) => {
    const stand = await openStand(t, { settings: 'server: { early_commit_ms: 1000 }' })
    const { promise, resolve } = Promise.withResolvers<void>()
    const body = JSON.stringify(reply.body)
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length + 2}\r\n\r\n${body}  `
    stand.alpha.script('*', wire({ do: 'hold', until: promise }, { do: 'write', bytes: Buffer.from(answer) }))
    const call = begin(stand)
    await stand.alpha.seen(1)
    // Begun early, it could not be answered in JSON any more.
    stand.clock.advance(5000)
    resolve()
    const heard = await call.ended()
    assert.deepEqual([heard.headers['content-type'], JSON.parse(heard.body.toString())], ['application/json', reply.body])
    await leaves(stand, 'answered 200 seen')
  })
}

for (const [what, begin, good] of [
  ['speech', (stand: Stand, model?: string) => speak(stand, { stream_format: 'sse' }, model), spoken],
  ['images', draw, drawn],
  ['a transcript', transcribe, transcript],
] as const) {
  test(`a stream of ${what} that breaks off ends with an error event, unfinished, and a row that says so`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', wire(head('text/event-stream'), chunk(good[0]), { do: 'flush' }, { do: 'fin' }))
    const { body, finished } = await begin(stand).ended()
    assert.equal(finished, false)
    assert.ok(body.toString().startsWith(good[0]))
    assert.match(
      body.toString().slice(good[0].length),
      /^data: \{"error":\{"message":".*","type":"server_error","param":null,"code":"answer_truncated"\}\}\n\n$/,
    )
    await leaves(stand, 'broken 200 truncated')
  })

  test(`a stream of ${what} that ends without its last event was cut`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', events(good[0]))
    assert.equal((await begin(stand).ended()).finished, false)
    await leaves(stand, 'broken 200 truncated')
  })

  test(`a stream of ${what} that begins with an error is passed on to nobody`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script(
      '*',
      events('event: error\ndata: {"type":"error","error":{"message":"Too many requests","code":"rate_limit_exceeded"}}\n\n'),
    )
    stand.beta.script('*', events(...good))
    const { body, headers, finished } = await hearOut(begin(stand, 'chain'), stand.clock)
    assert.deepEqual([headers['x-keywheel-provider'], body.toString() === good.join(''), finished], ['beta', true, true])
  })
}
