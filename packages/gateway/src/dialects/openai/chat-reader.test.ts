/** What the reader of chat streams makes of everything that servers of the family are known to send. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { collect } from '../canonical/collect.ts'
import { readChatAnswer } from './chat-answer.ts'
import { answer, call, choice, done, origin, read, stop, stream } from './chat-streams.test.ts'
import type { Fields } from './chat-streams.test.ts'

test("Azure's first chunk without choices and names is passed over (z2)", () => {
  const first = { id: '', model: '', object: '', created: 0, choices: [], prompt_filter_results: [{}] }
  const { events } = read(stream(first, choice({ role: 'assistant', content: '' }), choice({ content: 'Hi' }), stop, done))
  assert.deepEqual(events[0], { is: 'answer-start', id: 'chatcmpl-1', model: 'm', createdAt: 7 })
  assert.deepEqual(collect(events).blocks, [{ is: 'text', text: 'Hi' }])
})

for (const field of ['reasoning_content', 'reasoning']) {
  test(`thinking in ${field} is told before the text, and an empty text between opens nothing (TR1)`, () => {
    const told = answer([
      choice({ content: '', [field]: 'Hm' }),
      choice({ content: '', [field]: 'm.' }),
      choice({ content: 'Yes', [field]: null }),
      stop,
    ])
    assert.deepEqual(told.blocks, [
      { is: 'reasoning', text: 'Hmm.' },
      { is: 'text', text: 'Yes' },
    ])
  })
}

test('details of thinking say the text once, and what must go back is kept with it (SG3)', () => {
  const detail = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 }
  const told = answer([
    choice({ reasoning: 'Hm', reasoning_details: [{ ...detail, text: 'Hm' }] }),
    choice({ reasoning: 'm.', reasoning_details: [{ ...detail, text: 'm.' }] }),
    choice({ reasoning_details: [{ ...detail, signature: 'sig' }] }),
    choice({ content: 'Yes' }),
    choice({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'xyz', index: 1, id: 'rs_1', format: null }] }),
    stop,
  ])
  assert.deepEqual(told.blocks, [
    { is: 'reasoning', text: 'Hmm.', opaque: { origin, data: JSON.stringify({ ...detail, signature: 'sig' }) } },
    { is: 'text', text: 'Yes' },
    {
      is: 'reasoning',
      text: '',
      opaque: { origin, data: JSON.stringify({ type: 'reasoning.encrypted', data: 'xyz', index: 1, id: 'rs_1' }), redacted: true },
    },
  ])
})

function thinking(text: string): Fields {
  return { type: 'thinking', thinking: [{ type: 'text', text }] }
}

test("Mistral's content changes from parts to text, and one chunk holds both (TR1)", () => {
  const told = answer([
    choice({ content: [thinking('Let')] }),
    choice({ content: [thinking(' us'), { type: 'text', text: '1' }] }),
    choice({ content: '44' }),
    stop,
  ])
  assert.deepEqual(told.blocks, [
    { is: 'reasoning', text: 'Let us' },
    { is: 'text', text: '144' },
  ])
})

function pieces(text: string): Fields[] {
  return text.split('').map((content) => choice({ content }))
}

function tagged(text: string): CanonicalAnswer['blocks'] {
  return answer([...pieces(text), stop], { thinkTags: true }).blocks
}

test('tags at the beginning are thinking where the provider is known for them, cut anywhere (TR2)', () => {
  assert.deepEqual(tagged('\n<think>\nHm <b> </thin\n</think>\n\nYes <think>no</think>'), [
    { is: 'reasoning', text: '\nHm <b> </thin\n' },
    { is: 'text', text: 'Yes <think>no</think>' },
  ])
  assert.deepEqual(tagged('<thinking aloud>'), [{ is: 'text', text: '<thinking aloud>' }])
  assert.deepEqual(tagged('<thi'), [{ is: 'text', text: '<thi' }])
  assert.deepEqual(tagged('<think>never closed'), [{ is: 'reasoning', text: 'never closed' }])
  assert.deepEqual(answer([choice({ content: '<think>a</think>b' }), stop]).blocks, [{ is: 'text', text: '<think>a</think>b' }])
})

test('a refusal is a refusal and no text (FR4)', () => {
  const told = answer([choice({ content: null, refusal: 'I' }), choice({ refusal: ' cannot.' }), stop])
  assert.deepEqual(told.blocks, [{ is: 'refusal', text: 'I cannot.' }])
  assert.equal(told.finish, 'stop')
})

test('the reason to stop is told once, at the end, though it is said twice or early (T3)', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  const { events, ended } = read(
    stream(
      choice({ content: 'a' }),
      choice({ content: 'b' }, 'length'),
      choice({ content: '' }, 'stop'),
      { ...choice({ content: '' }, 'stop'), usage },
      done,
    ),
  )
  assert.deepEqual(
    events.map(({ is }) => is),
    ['answer-start', 'text-start', 'text-delta', 'text-end', 'usage', 'finish'],
  )
  assert.equal(collect(events).finish, 'stop')
  assert.equal(ended, 'done')
})

test('a stream without [DONE] ends at its end, and one without a reason to stop does not (T1, T2, S9)', () => {
  const finished = read(stream(choice({ content: 'a' }), stop))
  assert.equal(finished.ended, 'finish')
  assert.equal(finished.events.at(-1)?.is, 'finish')
  const cut = read(stream(choice({ content: 'a' })))
  assert.equal(cut.ended, 'no')
  assert.ok(cut.events.every(({ is }) => is !== 'finish'))
})

test('xAI leaves the reason out until the end, and one that never comes is unknown', () => {
  const event = { id: 'x', choices: [{ index: 0, delta: { content: 'a' } }] }
  const { events } = read(stream(event, done))
  assert.deepEqual(events.at(-1), { is: 'finish', finish: 'other', raw: undefined })
})

test('[DONE] alone is no answer', () => {
  assert.deepEqual(read(stream(choice({ role: 'assistant', content: '' }), done)).events, [
    { is: 'answer-start', id: 'chatcmpl-1', model: 'm', createdAt: 7 },
  ])
})

const counts = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }
for (const [name, event] of Object.entries({
  'without choices': { choices: [], usage: counts },
  'on the last chunk': { ...stop, usage: counts },
  "in Groq's own field": { ...stop, x_groq: { usage: counts } },
  'in the choice (Moonshot)': { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: counts }] },
})) {
  test(`usage is found ${name} (T4)`, () => {
    const { usage } = read(
      stream({ ...choice({ content: 'a' }), usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13 } }, stop, event, done),
    )
    assert.equal(usage?.outputTokens, 3)
  })
}

test('an error in the stream ends it, whatever its shape, and nothing is finished (M2, M4, S6)', () => {
  const begun = choice({ content: 'a' })
  const shapes = [
    stream(begun, { error: { message: 'Overloaded', code: 503 } }),
    stream(begun, { ...choice({ content: '' }), error: { code: 429, message: 'Rate limit' } }, stop, done),
    stream(begun, choice({}, 'stop'), { choices: [{ index: 0, delta: {}, finish_reason: 'error', error: { code: 502, message: 'x' } }] }),
    stream(begun, { object: 'error', message: 'Service unavailable', type: 'service_unavailable', code: '3505' }),
    Buffer.concat([stream(begun), Buffer.from('event: error\ndata: {"error":{"message":"no","status_code":400}}\n\n')]),
    Buffer.concat([stream(begun), Buffer.from('event: error\ndata: {"message":"no"}\n\n')]),
    Buffer.concat([stream(begun), Buffer.from('error: {"error":{"message":"failed to decode"}}\n\n')]),
    stream(begun, '{"cut'),
  ]
  for (const bytes of shapes) {
    const { events, reason } = read(bytes)
    assert.notEqual(reason, undefined, bytes.toString())
    assert.equal(events.at(-1)?.is, 'failure')
    assert.ok(events.every(({ is }) => is !== 'finish'))
  }
})

test('reasons to stop that are errors are failures (FR1)', () => {
  for (const [raw, reason] of Object.entries({
    error: 'upstream-broken',
    insufficient_system_resource: 'overloaded',
    'function_call_filter: MALFORMED_FUNCTION_CALL': 'upstream-broken',
  })) {
    assert.equal(read(stream(choice({ content: 'a' }), choice({}, raw), done)).reason, reason)
  }
})

test('of several choices the first is told', () => {
  const other = { choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'stop' }] }
  assert.deepEqual(answer([choice({ content: 'yes' }), other, stop]).blocks, [{ is: 'text', text: 'yes' }])
})

test('annotations belong to the text, also those that come before it (I4)', () => {
  const annotation = { type: 'url_citation', url_citation: { url: 'https://a.org/', title: 'A', start_index: 0, end_index: 0 } }
  const placed = { type: 'url_citation', url_citation: { url: 'https://b.org/', title: 'B', start_index: 1, end_index: 3 } }
  const told = answer([
    choice({ content: '', annotations: [annotation] }),
    choice({ content: 'Said' }),
    choice({ annotations: [placed] }),
    stop,
  ])
  assert.deepEqual(told.blocks, [
    {
      is: 'text',
      text: 'Said',
      citations: [
        { url: 'https://a.org/', title: 'A', origin: 'openai-chat', value: annotation },
        { url: 'https://b.org/', title: 'B', start: 1, end: 3, origin: 'openai-chat', value: placed },
      ],
    },
  ])
})

test("Perplexity's list comes with every event and is told once (p1)", () => {
  const sources = { citations: ['https://a.org/'], search_results: [{ title: 'A', url: 'https://a.org/' }] }
  const told = answer([
    { ...choice({ content: 'a' }), ...sources },
    { ...choice({ content: 'b' }), ...sources },
    { ...stop, ...sources },
  ])
  const [text] = told.blocks
  assert.ok(text?.is === 'text')
  assert.deepEqual(text.citations, [{ url: 'https://a.org/', title: 'A', origin: 'openai-chat', value: sources.search_results[0] }])
})

test('log probabilities and pictures are told', () => {
  const logprobs = { content: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }] }
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  const told = answer([
    { choices: [{ index: 0, delta: { content: 'a' }, logprobs, finish_reason: null }] },
    choice({ images: [image] }),
    stop,
  ])
  assert.deepEqual(told.logprobs, logprobs.content)
  assert.deepEqual(told.blocks[1], { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' } })
})

function signed(text: string): Fields {
  return { extra_content: { google: { thought_signature: text } } }
}

test("Google's signatures stay with their call and their text (SG2)", () => {
  const told = answer([
    choice({ content: 'a', ...signed('one') }),
    call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' }, ...signed('two') }),
    choice({}, 'tool_calls'),
  ])
  assert.deepEqual(
    told.blocks.map((block) => ('opaque' in block ? block.opaque : undefined)),
    [
      { origin, data: 'one' },
      { origin, data: 'two' },
    ],
  )
})

function whole(fields: Fields): ReturnType<typeof readChatAnswer> {
  return readChatAnswer(Buffer.from(JSON.stringify(fields)), { origin })
}

test('a whole answer of a choice without a message, or without any word, throws nothing (FR3)', () => {
  const filtered = whole({ id: 'x', choices: [{ index: 0, finish_reason: 'content_filter', content_filter_results: {} }] })
  assert.ok(filtered.failure === undefined)
  assert.deepEqual([filtered.answer.blocks, filtered.answer.finish], [[], 'content-filter'])
  const silent = whole({ choices: [{ index: 0, message: { role: 'assistant', content: null } }] })
  assert.ok(silent.failure === undefined)
  assert.deepEqual([silent.answer.blocks, silent.answer.finish], [[], 'other'])
})

test('what is no answer is a failure', () => {
  for (const body of [
    '',
    '[]',
    '"a"',
    '{}',
    '{"choices":[]}',
    '{"choices":[],"error":{"message":"m","code":500}}',
    '[{"error":{"code":400,"message":"m"}}]',
  ]) {
    assert.notEqual(readChatAnswer(Buffer.from(body), { origin }).failure, undefined, body)
  }
})
