/** What was said, as Gemini's providers are sent it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Turn } from '../canonical/request.ts'
import { call, hello, image, pixel, refuses, result, rule, said, say, text, user, write } from './asked.test.ts'
import type { Json } from './asked.test.ts'

test('the body names no model, and a plain question needs no more than its contents', () => {
  assert.deepEqual(write({}), { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], losses: [] })
})

test('leading rules are the system instruction, later ones stay where they are, and roles take turns (dialects O1)', () => {
  const { contents, ...others } = write({
    turns: [rule('A'), rule('B'), say('1'), say('2'), said(text('3')), rule('C'), say('4'), said(text('5'))],
  })
  assert.deepEqual(others['systemInstruction'], { parts: [{ text: 'A\n\nB' }] })
  assert.deepEqual(contents, [
    { role: 'user', parts: [{ text: '1' }, { text: '2' }] },
    { role: 'model', parts: [{ text: '3' }] },
    { role: 'user', parts: [{ text: '<system>C</system>' }, { text: '4' }] },
    { role: 'model', parts: [{ text: '5' }] },
  ])
})

test('Gemma has no place for rules but the user’s first turn', () => {
  const { contents, systemInstruction } = write({ turns: [rule('A'), say('1')] }, { model: 'gemma-3-27b-it' })
  assert.equal(systemInstruction, undefined)
  assert.deepEqual(contents, [{ role: 'user', parts: [{ text: '<system>A</system>' }, { text: '1' }] }])
})

test('the user has the first word, also where nobody said any (dialects O2, g12)', () => {
  assert.deepEqual(write({ turns: [said(text('Hi'))] }).contents[0], { role: 'user', parts: [{ text: '.' }] })
  for (const turns of [[], [rule('A')], [say('')], [said(text(''))]]) {
    assert.deepEqual(write({ turns }).contents, [{ role: 'user', parts: [{ text: '.' }] }])
  }
})

test('an answer that was begun is gone on with, or, where the model refuses to, left to stand (dialects O3)', () => {
  const turns = [say('Give JSON'), said(text('{'))]
  assert.deepEqual(write({ turns }, { model: 'gemini-2.5-pro' }).contents.at(-1), { role: 'model', parts: [{ text: '{' }] })
  const { contents, losses } = write({ turns }, { model: 'gemini-3.8-flash' })
  assert.deepEqual(contents.slice(1), [
    { role: 'model', parts: [{ text: '{' }] },
    { role: 'user', parts: [{ text: '.' }] },
  ])
  assert.deepEqual(losses, ['prefill'])
})

test('all results of a turn stand in one content behind their calls, by the names of these (dialects R, g1)', () => {
  const { contents } = write(
    {
      turns: [
        say('Weather?'),
        said(
          text('Looking.'),
          call('1', 'weather', '{"city":"Bern"}'),
          call('2', 'weather', ''),
          call('3', 'clock', '{"a":'),
          call('4', 'gone'),
        ),
        { role: 'tool', results: [result('3', '[1]')] },
        { role: 'tool', results: [result('1', '{"degrees":7}'), result('2', 'No such city', true)] },
        say('And?'),
      ],
    },
    { model: 'gemini-2.5-flash' },
  )
  assert.deepEqual(contents.slice(1), [
    {
      role: 'model',
      parts: [
        { text: 'Looking.' },
        { functionCall: { id: '1', name: 'weather', args: { city: 'Bern' } } },
        { functionCall: { id: '2', name: 'weather', args: {} } },
        { functionCall: { id: '3', name: 'clock', args: { _raw: '{"a":' } } },
        { functionCall: { id: '4', name: 'gone', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'weather', response: { degrees: 7 } } },
        { functionResponse: { id: '2', name: 'weather', response: { error: 'No such city' } } },
        { functionResponse: { id: '3', name: 'clock', response: { output: '[1]' } } },
        { functionResponse: { id: '4', name: 'gone', response: { error: '(no result)' } } },
        { text: 'And?' },
      ],
    },
  ])
})

function shot(id: string, output: string, more: Json = {}): Json {
  return { functionResponse: { id, name: 'shoot', response: { output }, ...more } }
}

test('an image that a tool gave goes inside its result, or behind all of them for older models (dialects R3)', () => {
  const turns: Turn[] = [
    hello,
    said(call('1', 'shoot'), call('2', 'shoot')),
    { role: 'tool', results: [{ callId: '1', parts: [{ is: 'text', text: 'Here' }, image()], isError: false }, result('2', 'No')] },
  ]
  const inlineData = { mimeType: 'image/png', data: pixel }
  assert.deepEqual(write({ turns }).contents[2]?.parts, [shot('1', 'Here', { parts: [{ inlineData }] }), shot('2', 'No')])
  assert.deepEqual(write({ turns }, { model: 'gemini-2.5-pro' }).contents[2]?.parts, [
    shot('1', 'Here'),
    shot('2', 'No'),
    { text: '[result of shoot]' },
    { inlineData },
  ])
})

test('bytes of every kind go inline under what they are, and files by address where Google keeps them (dialects, section 10)', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg=='
  const file = 'https://generativelanguage.googleapis.com/v1beta/files/abc'
  const { contents, losses } = write({
    turns: [
      user(
        { is: 'image', source: { is: 'base64', mediaType: 'image/jpeg', data: png }, detail: 'low' },
        { is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: 'AAAA' } },
        { is: 'video', source: { is: 'url', url: 'https://www.youtube.com/watch?v=1' } },
        { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, name: 'a.pdf' },
        { is: 'file', source: { is: 'text', text: 'Plain' } },
        { is: 'image', source: { is: 'url', url: 'gs://bucket/a.png', mediaType: 'image/png' } },
        { is: 'file', source: { is: 'id', id: file, origin: 'gemini-generate' } },
      ),
    ],
  })
  assert.deepEqual(contents[0]?.parts, [
    { inlineData: { mimeType: 'image/png', data: png } },
    { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    { fileData: { fileUri: 'https://www.youtube.com/watch?v=1' } },
    { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } },
    { text: 'Plain' },
    { fileData: { mimeType: 'image/png', fileUri: 'gs://bucket/a.png' } },
    { fileData: { fileUri: file } },
  ])
  assert.deepEqual(losses, ['fileName'])
})

test('what cannot be sent is refused by name', () => {
  refuses({ turns: [user({ is: 'image', source: { is: 'url', url: 'https://example.org/a.png' } })] }, /Send its bytes/)
  refuses({ turns: [user({ is: 'file', source: { is: 'id', id: 'file-1', origin: 'openai-chat' } })] }, /another vendor/)
  refuses({ turns: [user({ is: 'opaque', type: 'search_result', origin: 'anthropic-messages', value: {} })] }, /search_result/)
  refuses({ tools: [{ is: 'server', type: 'web_search_20250305', origin: 'anthropic-messages', value: {} }] }, /web_search_20250305/)
  refuses({ extras: { web_search_options: {} } }, /web_search_options/)
})

test('a name is the same in the offer, in the call and in the result (dialects C3)', () => {
  const turns = [hello, said(call('1', 'a/b')), { role: 'tool', results: [result('1', 'x')] } as const]
  const names = [...JSON.stringify(write({ turns, tools: [{ is: 'function', name: 'a/b' }] })).matchAll(/"name":"([^"]+)"/g)].map(
    ([, name]) => name,
  )
  assert.equal(names.length, 3)
  assert.deepEqual(new Set(names).size, 1)
})

test('Vertex refuses ids of calls: there the order alone says which result belongs to which call', () => {
  const turns: Turn[] = [
    hello,
    { role: 'assistant', blocks: [{ is: 'tool-call', id: 'call_1', name: 'shoot', argumentsText: '{}' }] },
    { role: 'tool', results: [{ callId: 'call_1', parts: [{ is: 'text', text: 'done' }], isError: false }] },
  ]
  const { contents } = write({ turns }, { provider: 'vertex', quirks: { callsWithoutIds: true } })
  assert.doesNotMatch(JSON.stringify(contents), /"id"/)
  assert.match(JSON.stringify(write({ turns }).contents), /"id":"call_1"/)
})
