import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { refuse } from '../../domain/failure.ts'
import type { FailureReason } from '../../domain/failure.ts'
import { orderedBlocks } from '../canonical/arbitraries.test.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { replay } from '../canonical/replay.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import type { Sketch, WriterAsk } from '../dialect.ts'
import { fixtureText } from '../harness.test.ts'
import { kobold } from './index.ts'

const ask = { ...bareAsk, stream: true, defaultModel: () => 'probe' }

function sketchOf(body: object): Sketch {
  return kobold.sketch(Buffer.from(JSON.stringify({ prompt: 'Once', ...body })), ask)
}

function read(body: object): CanonicalRequest {
  return kobold.caller?.readRequest(sketchOf(body)) ?? assert.fail()
}

function writerAsk(body: object): WriterAsk {
  return { callId: 'c', model: 'probe', createdAt: 0, sketch: sketchOf(body), request: read(body) }
}

/** What Kobold Lite makes of a stream. */
function found(text: string): { token: string; finish_reason: string | null }[] {
  const events: { token: string; finish_reason: string | null }[] = []
  let rest = text
  for (;;) {
    const event = /^event: (.*)\ndata: (.*)(\r?\n){2}/m.exec(rest)
    if (event === null) break
    assert.equal(event.index, 0)
    assert.equal(event[1], 'message')
    events.push(JSON.parse(event[2] ?? ''))
    rest = rest.slice(event[0].length)
  }
  assert.equal(rest, '', 'nothing is left that the page does not see')
  return events
}

function streamed(answer: CanonicalAnswer, body: object = { trim_stop: true }): { token: string; finish_reason: string | null }[] {
  const writer = kobold.caller?.openWriter(writerAsk(body))
  return found(
    replay(answer)
      .map((event) => writer?.write(event) ?? '')
      .join(''),
  )
}

function whole(answer: CanonicalAnswer, body: object = { trim_stop: true }): Record<string, unknown> {
  return JSON.parse(kobold.caller?.writeAnswer(answer, writerAsk(body)).toString() ?? '').results[0]
}

/** `role: text` */
function said(turns: readonly Turn[]): string[] {
  return turns.map((turn) => {
    const items: readonly object[] = turn.role === 'assistant' ? turn.blocks : turn.role === 'tool' ? [] : turn.parts
    return `${turn.role}: ${items.map((item) => ('text' in item ? String(item.text) : '*')).join(' ')}`
  })
}

test('the model is the one that the gateway names, and one that the body names all the same', () => {
  assert.equal(sketchOf({}).model, 'probe')
  assert.equal(sketchOf({ model: 'groq/x' }).model, 'groq/x')
  assert.throws(
    () => kobold.sketch(Buffer.from('{"prompt":""}'), bareAsk),
    (error: Error & { status?: number }) => error.status === 503,
  )
})

test('the limit and the name of the generation are read from the body, and the stream from the path', () => {
  const { maxTokens, generation, stream } = sketchOf({ max_length: 768, genkey: 'KCPP3582' })
  assert.deepEqual([maxTokens, generation, stream], [768, 'KCPP3582', true])
  assert.equal(sketchOf({}).generation, '')
  assert.equal(kobold.sketch(Buffer.from('{"prompt":"a"}'), { ...ask, stream: false }).stream, false)
})

test('marks of who speaks become turns, with the memory in front for the model alone', () => {
  const memory = '[Ann is a sailor.]\n'
  const prompt =
    '{{[SYSTEM]}}Be brief.{{[SYSTEM_END]}}\n{{[INPUT]}}\nHello{{[INPUT_END]}}{{[OUTPUT]}}Hi.{{[OUTPUT_END]}}\n{{[INPUT]}}Go on{{[OUTPUT]}}'
  assert.deepEqual(said(read({ memory, prompt }).turns), [
    'system: [Ann is a sailor.]',
    'system: Be brief.',
    'user: Hello',
    'assistant: Hi.',
    'user: Go on',
  ])
})

test('an answer that the caller has begun is gone on with', () => {
  const turns = said(read({ prompt: '{{[INPUT]}}Sing.{{[OUTPUT]}}La la' }).turns)
  assert.deepEqual(turns.slice(0, 2), ['user: Sing.', 'assistant: La la'])
  assert.match(turns[2] ?? '', /^user: Go on with your last message from exactly where it stops/)
})

test('a prompt without marks is a text to go on with, kept to the letter', () => {
  for (const prompt of ['The cat sat', '\n### Instruction:\nHello\n### Response:\n', ' leading and trailing \n', '{{[SYSTEM]}}only this']) {
    const turns = read({ memory: 'm ', prompt }).turns
    assert.deepEqual(turns[1], { role: 'user', parts: [{ is: 'text', text: `m ${prompt}` }] })
    assert.match(said(turns)[0] ?? '', /^system: .*Write what comes next/)
    assert.equal(turns.length, 2)
  }
})

test('images and sound go along with what the user said last', () => {
  const prompt = '{{[INPUT]}}First{{[OUTPUT]}}Yes.{{[INPUT]}}And here?{{[OUTPUT]}}'
  const { turns } = read({ prompt, images: ['iVBORw0KGgo=', 'data:image/jpeg;base64,/9j/'], audio: ['UklGRgAAAABXQVZF'] })
  const last = turns.at(-1)
  assert.ok(last?.role === 'user')
  assert.deepEqual(
    last.parts.map((part) => ('source' in part && part.source.is === 'base64' ? part.source.mediaType : part.is)),
    ['image/png', 'image/jpeg', 'audio/wav', 'text'],
  )
})

const liteSettings = JSON.parse(fixtureText('lite-settings.json')) as Record<string, unknown>

test('what Lite always sends costs nothing and loses nothing', () => {
  const { sampling, extras, maxTokens } = read(liteSettings)
  assert.deepEqual(sampling, { temperature: 0.75, topP: 0.92, topK: 100, repetitionPenalty: 1.05 })
  assert.deepEqual([extras, maxTokens], [{}, 768])
})

test('knobs that no other model has are carried as extras, so that their loss is told', () => {
  const { extras, sampling } = read({ top_a: 0.2, mirostat: 2, mirostat_tau: 5, grammar: 'root ::= "a"', sampler_seed: 7, logprobs: true })
  assert.deepEqual(extras, { top_a: 0.2, mirostat: 2, mirostat_tau: 5, grammar: 'root ::= "a"' })
  assert.deepEqual(sampling, { seed: 7, topLogprobs: 5 })
  assert.throws(() => read({ n: 2 }), /Send `n` as 1/)
})

test('the provider is told of four stop texts, all are watched for here, and marks are none', () => {
  const stop_sequence = ['{{[INPUT]}}', '\nYou:', '\n', 'a', 'b', 'c', '', '{{[OUTPUT_END]}}\n']
  assert.deepEqual(read({ stop_sequence, trim_stop: true }).stop, ['\nYou:', 'a', 'b', 'c'])
  assert.deepEqual(kobold.caller?.stopsHere?.(sketchOf({ stop_sequence })), ['\nYou:', '\n', 'a', 'b', 'c'])
  assert.equal(read({ stop_sequence }).stop, undefined, 'the provider would cut the text that the caller wants to keep')
})

test('a field of the wrong kind is named', () => {
  assert.throws(() => read({ prompt: ['a'] }), /`prompt` must be a text/)
  assert.throws(() => read({ memory: 5 }), /`memory`/)
  assert.throws(() => read({ images: 'a' }), /`images`/)
  assert.throws(() => read({ stop_sequence: [1] }), /`stop_sequence`/)
  assert.throws(() => sketchOf({ max_length: 0 }), /`max_length` must be a whole number/)
})

test('every event of every stream is found by the page, and together they are the text', () => {
  fc.assert(
    fc.property(orderedBlocks, fc.constantFrom('stop', 'length', 'content-filter', 'tool-calls'), (blocks, finish) => {
      const text = blocks.map((block) => (block.is === 'text' ? block.text : '')).join('')
      const events = streamed({ blocks, finish })
      assert.equal(events.map(({ token }) => token).join(''), text)
      const reason = finish === 'length' ? 'length' : 'stop'
      assert.deepEqual(
        events.map(({ finish_reason: told }) => told),
        [...Array.from({ length: events.length - 1 }, () => null), reason],
      )
      assert.deepEqual(whole({ blocks, finish }), { text, finish_reason: reason })
    }),
  )
})

test('separators that break the regular expression go as escapes, and a leading space stays', () => {
  const writer = kobold.caller?.openWriter(writerAsk({}))
  const text = writer?.write({ is: 'text-delta', index: 0, text: ' a\u2028b\u2029c\u0085\nd' }) ?? ''
  assert.deepEqual(found(text), [{ token: ' a\u2028b\u2029c\u0085\nd', finish_reason: null }])
  assert.equal(text.split('\n').length, 4)
})

const thoughtful: CanonicalAnswer = {
  blocks: [
    { is: 'reasoning', text: 'Hm.' },
    { is: 'text', text: 'Yes.' },
  ],
  finish: 'stop',
}

test('thinking is left out, or stands between tags where the caller wants to see it', () => {
  assert.equal(whole(thoughtful)['text'], 'Yes.')
  assert.equal(whole(thoughtful, { reasoning: 'show' })['text'], '<think>Hm.</think>\nYes.')
  const tokens = streamed(thoughtful, { reasoning: 'show' }).map(({ token }) => token)
  assert.deepEqual(tokens, ['<think>Hm.', '</think>\n', 'Yes.', ''])
})

test('the text that ended the answer belongs to it unless the caller has it trimmed', () => {
  const answer: CanonicalAnswer = { blocks: [{ is: 'text', text: 'Hi.' }], finish: 'stop-sequence', stopSequence: '\nYou:' }
  assert.equal(whole(answer, {})['text'], 'Hi.\nYou:')
  assert.equal(whole(answer)['text'], 'Hi.')
  assert.deepEqual(streamed(answer, {}).at(-1), { token: '\nYou:', finish_reason: 'stop' })
})

const told = (reason: FailureReason, status?: number): unknown => {
  const written = kobold.writeFailure(refuse(reason, 'Why.', status === undefined ? {} : { status }), 'c')
  return [written.status, JSON.parse(written.body.toString())]
}

test('what goes away by itself is told as busy, and the caller’s own end is no error', () => {
  for (const reason of ['rate-limited', 'queue-full', 'overloaded', 'nobody-fit', 'quota-exhausted', 'shutting-down'] as const) {
    assert.deepEqual(told(reason), [503, { detail: { msg: 'Why.', type: 'service_unavailable' } }], reason)
  }
  assert.deepEqual(told('bad-request'), [400, { detail: { msg: 'Why.', type: 'bad_input' } }])
  assert.deepEqual(told('unauthorized'), [401, { detail: { msg: 'Why.', type: 'unauthorized' } }])
  assert.deepEqual(told('bad-request', 404), [404, { detail: { msg: 'Why.', type: 'not_found' } }])
  assert.deepEqual(told('upstream-broken'), [502, { detail: { msg: 'Why.', type: 'server_error' } }])
  assert.deepEqual(told('cancelled'), [200, { results: [{ text: '', finish_reason: 'stop' }] }])
})

test('an error in a stream is nothing that the page could take for text', () => {
  const text = kobold.writeStreamFailure({ reason: 'stalled', message: 'It\nstopped.\u2028', sent: 'yes' }).toString()
  assert.equal(text, ': error: It stopped. \n\n')
  assert.deepEqual(/^event: (.*)\ndata: (.*)(\r?\n){2}/m.exec(text), null)
})
