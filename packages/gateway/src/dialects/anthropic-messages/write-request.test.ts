/** Requests of other dialects on their way to an Anthropic server: who says what, in which order, and with which media. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Turn } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'
import { refused, roles, says, text, tool, user, write } from './writing.test.ts'

test('the smallest request has a limit, and names the version of the API', () => {
  const { body, losses, headers } = write({})
  assert.deepEqual(body, {
    model: 'claude-opus-4-6',
    max_tokens: 4096,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  })
  assert.deepEqual([losses, headers], [[], ['anthropic-version', '2023-06-01']])
})

test('the limit is the target’s own, else the caller’s, else the model’s, else the usual one', () => {
  const limits = { maxTokens: 100, maxOutputTokens: 64_000 }
  assert.equal(write({ maxTokens: 500 }, 'm', limits).body.max_tokens, 100)
  assert.equal(write({ maxTokens: 500 }, 'm', { maxOutputTokens: 64_000 }).body.max_tokens, 500)
  assert.equal(write({}, 'm', { maxOutputTokens: 64_000 }).body.max_tokens, 64_000)
})

test('leading system turns go to their own field; later ones stay where they are or become text of the user', () => {
  const turns = [text('system', 'One.'), text('system', 'Two.'), user, text('system', 'Later.'), says({ is: 'text', text: 'Hi' }), user]
  const older = write({ turns }, 'claude-opus-4-6')
  assert.deepEqual(older.body.system, [
    { type: 'text', text: 'One.' },
    { type: 'text', text: 'Two.' },
  ])
  assert.deepEqual(
    older.body.messages[0]?.content.map(({ text: said }) => said),
    ['Hello', '<system>Later.</system>'],
  )
  const newer = write({ turns }, 'claude-opus-4-8')
  assert.deepEqual(roles(newer), ['user', 'system', 'assistant', 'user'])
  const misplaced = write({ turns: [user, says({ is: 'text', text: 'Hi' }), text('system', 'Later.'), user] }, 'claude-opus-4-8')
  assert.deepEqual(roles(misplaced), ['user', 'assistant', 'user'])
})

test('the user begins, neighbours of one role are one message, and what is empty is left out', () => {
  const turns = [
    says({ is: 'text', text: 'Welcome' }),
    user,
    text('user', ' '),
    text('user', 'there'),
    says({ is: 'text', text: '' }),
    user,
  ]
  const { body } = write({ turns })
  assert.deepEqual(roles({ body }), ['user', 'assistant', 'user'])
  assert.deepEqual(body.messages[2]?.content.length, 3)
})

test('a schema goes to the models that take one, closed and without what they refuse; others are told in words', () => {
  const schema = {
    type: 'object',
    properties: { minimum: { type: 'integer', minimum: 1 }, list: { type: 'array', items: { type: 'object', properties: {} } } },
  }
  const { body, losses } = write({ format: { is: 'json-schema', name: 'x', schema } }, 'claude-opus-4-6')
  assert.deepEqual(body.output_config?.format?.schema, {
    type: 'object',
    properties: {
      minimum: { type: 'integer' },
      list: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false } },
    },
    additionalProperties: false,
  })
  assert.deepEqual(losses, [])
  const older = write({ turns: [text('system', 'Be brief.'), user], format: { is: 'json-schema', schema } }, 'claude-3-7-sonnet-20250219')
  assert.match(String(older.body.system?.[1]?.text), /"minimum":\{"type":"integer","minimum":1\}/)
  assert.deepEqual(older.losses, ['format'])
  assert.match(write({ format: { is: 'json' } }).body.system?.[0]?.text ?? '', /JSON object/)
})

test('images and documents are sent as what they are', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'
  const parts = [
    { is: 'image', source: { is: 'base64', mediaType: 'image/jpeg', data: png }, detail: 'high' },
    { is: 'image', source: { is: 'url', url: 'https://example.org/a.png' } },
    { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0xLjQK' }, name: 'a.pdf' },
    { is: 'file', source: { is: 'base64', mediaType: 'text/plain', data: Buffer.from('Grüße').toString('base64') } },
  ] as const
  const { body, losses } = write({ turns: [{ role: 'user', parts }] })
  assert.deepEqual(body.messages[0]?.content, [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
    { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' }, title: 'a.pdf' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
  ])
  assert.deepEqual(losses, ['detail'])
})

test('what no Anthropic model takes is refused by name, with a remedy', () => {
  const audio = { role: 'user', parts: [{ is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: '' } }] } as const
  assert.match('Audio cannot be sent to this model. Ask for one that can take it.', refused({ turns: [audio] }))
  refused({ turns: [{ role: 'user', parts: [{ is: 'image', source: { is: 'base64', mediaType: 'image/tiff', data: 'AAAA' } }] }] })
  refused({ turns: [{ role: 'user', parts: [{ is: 'file', source: { is: 'id', id: 'file-1', origin: 'openai-chat' } }] }] })
  refused({ tools: [{ is: 'server', type: 'web_search_preview', origin: 'openai-responses', value: {} }] })
  refused({ extras: { web_search_options: {} } })
})

const marked = (said: string): Turn => ({ role: 'user', parts: [{ is: 'text', text: said, cache: { ttl: '1h' } }] })

test('cache marks go along, but no more than four: the last ones', () => {
  const turns = [{ role: 'system', parts: [{ is: 'text', text: 'S', cache: {} }] } as const, ...['a', 'b', 'c', 'd'].map(marked)]
  const { body, losses } = write({ turns, tools: [{ ...tool, cache: {} }] })
  assert.deepEqual([body.tools?.[0]?.cache_control, body.system?.[0]?.cache_control], [undefined, undefined])
  assert.ok(
    body.messages[0]?.content.every(
      (block: unknown) => isRecord(block) && isRecord(block['cache_control']) && block['cache_control']['ttl'] === '1h',
    ),
  )
  assert.deepEqual(losses, ['cacheMarks'])
})

const userIdFor = (name: string): unknown => write({ user: name }).body.metadata?.user_id

test('the user’s id is passed on, but no address and no number', () => {
  assert.equal(userIdFor('user-17'), 'user-17')
  assert.doesNotMatch(String(userIdFor('ann@example.org')), /@/)
  assert.doesNotMatch(String(userIdFor('+41 79 123 45 67')), /79 123/)
})

test('stop texts of nothing but space are lost', () => {
  const { body, losses } = write({ stop: ['END', '\n'] })
  assert.deepEqual([body.stop_sequences, losses], [['END'], ['stop']])
})
