import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readMembers } from '../dialects/sketch-json.ts'
import { sessionOf } from './session-of.ts'

interface Given {
  readonly headers?: Record<string, string>
  readonly caller?: string
  readonly operation?: 'chat' | 'embed'
}

/** Long enough to be kept in a prompt cache. */
const tools = 'x'.repeat(4096)

function session(body: object | string, { headers = {}, caller = 'a', operation = 'chat' }: Given = {}): string | undefined {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify({ tools, ...body }))
  return sessionOf({ operation, sketch: { bytes, members: readMembers(bytes) }, headers, caller })
}

const user = (content: unknown): object => ({ role: 'user', content })
const assistant = (content: unknown): object => ({ role: 'assistant', content })
const system = (content: unknown): object => ({ role: 'system', content })
const turn = (text: string, role?: string): object => ({ ...(role !== undefined && { role }), parts: [{ text }] })
const item = (role: string, text: string): object => ({ type: 'message', role, content: [{ type: 'input_text', text }] })
const hello = { messages: [user('hello')] }
const bye = { messages: [user('good bye')] }

test('an explicit id goes before everything else, wherever it stands', () => {
  const id = session(hello, { headers: { 'x-session-id': 'one' } })
  assert.ok(id !== undefined && /^[\w-]{22}$/.test(id))
  assert.notEqual(id, session(hello))
  assert.equal(session(bye, { headers: { 'x-session-id': ' one ' } }), id)
  for (const name of ['session_id', 'conversation_id', 'thread_id', 'chat_id', 'sessionId', 'conversationId', 'threadId', 'chatId']) {
    assert.equal(session({ ...bye, [name]: 'one' }), id, name)
  }
  for (const name of ['x-conversation-id', 'x-claude-code-session-id', 'session-id', 'thread-id', 'x-session-affinity']) {
    assert.equal(session(bye, { headers: { [name]: 'one' } }), id, name)
  }
  assert.equal(session({ ...bye, prompt_cache_key: 'one' }), id)
  assert.equal(session({ ...bye, session_id: 'two' }, { headers: { 'x-session-id': 'one' } }), id)
  assert.notEqual(session({ ...bye, session_id: 'two' }), id)
})

test('two callers never share a session', () => {
  for (const body of [hello, { ...hello, session_id: 'one' }]) {
    assert.notEqual(session(body, { caller: 'a' }), session(body, { caller: 'b' }))
  }
})

test('an id that says nothing is none', () => {
  for (const id of ['', '  ', null, {}]) assert.equal(session({ ...hello, session_id: id }), session(hello))
  assert.equal(session({ ...hello, session_id: 'x'.repeat(5000) }), session(hello))
  assert.equal(session(hello, { headers: { 'x-session-id': ' ' } }), session(hello))
})

test('a person is no conversation, but Claude Code hides a session’s id in the person’s', () => {
  const id = '0b0c1c3e-0000-4000-8000-000000000001'
  assert.equal(session({ ...hello, user: 'someone' }), session(hello))
  assert.equal(session({ ...hello, metadata: { user_id: 'someone' } }), session(hello))
  const told = session({ ...hello, metadata: { user_id: JSON.stringify({ device_id: 'd', account_uuid: '', session_id: id }) } })
  assert.equal(told, session(bye, { headers: { 'x-claude-code-session-id': id } }))
  assert.equal(session({ ...bye, metadata: { user_id: `user_${'0'.repeat(64)}_account__session_${id}` } }), told)
  assert.equal(session({ ...bye, client_metadata: { session_id: id } }), told)
})

/** The first call of a conversation and a later one of the same, in every dialect. */
for (const [what, first, later] of [
  ['one text', [user('hello')], [user('hello'), assistant('hi'), user('and now?')]],
  ['a system before it', [system('Be brief.'), user('hello')], [system('Be brief.'), user('hello'), assistant('hi'), user('so?')]],
  ['a greeting before it', [assistant('Ahoy!'), user('hello')], [assistant('Ahoy!'), user('hello'), assistant('hi')]],
  [
    'a mark for the cache that moves on',
    [user([{ type: 'text', text: 'hello', cache_control: { type: 'ephemeral' } }])],
    [user('hello'), assistant('hi'), user([{ type: 'text', text: 'so?', cache_control: { type: 'ephemeral' } }])],
  ],
] as const) {
  test(`later calls of a conversation belong to the session of its first: ${what}`, () => {
    const id = session({ model: 'm', messages: first })
    assert.ok(id !== undefined)
    assert.equal(session({ model: 'other', temperature: 1, messages: later }), id)
  })
}

test('Gemini and the Responses API tell how a conversation began in their own words', () => {
  const gemini = session({ contents: [turn('hello')], systemInstruction: turn('Be brief.') })
  assert.ok(gemini !== undefined)
  assert.equal(
    session({ contents: [turn('hello', 'user'), turn('hi', 'model'), turn('so?', 'user')], systemInstruction: turn('Be brief.') }),
    gemini,
  )
  assert.notEqual(session({ contents: [turn('hello')], systemInstruction: turn('Be long.') }), gemini)
  const responses = session({ input: [item('developer', 'Be brief.'), item('user', 'hello')] })
  assert.ok(responses !== undefined)
  assert.equal(session({ input: [item('developer', 'Be brief.'), item('user', 'hello'), { type: 'function_call', id: '1' }] }), responses)
  assert.notEqual(session({ input: 'hello' }), session({ input: 'good bye' }))
})

test('conversations that begin differently are told apart, also behind a long system', () => {
  const long = system('Rules. '.repeat(30_000))
  assert.notEqual(session(hello), session(bye))
  assert.notEqual(session({ messages: [long, user('hello')] }), session({ messages: [long, user('good bye')] }))
  assert.notEqual(session({ messages: [system('A'), user('hello')] }), session({ messages: [system('B'), user('hello')] }))
  assert.notEqual(session({ messages: [user('ab'), user('c')] }), session({ messages: [user('a'), user('bc')] }))
  const image = (data: string): object => user([{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }])
  assert.notEqual(session({ messages: [image('AAAA')] }), session({ messages: [image('BBBB')] }))
})

test('nothing that was said means no session, and neither does what is no conversation', () => {
  assert.equal(session({ model: 'm' }), undefined)
  assert.equal(session({ messages: [] }), undefined)
  assert.equal(session({ messages: 'x'.length }), undefined)
  assert.equal(session({ messages: [1, null, []] }), undefined)
  assert.equal(session({ messages: [system('x')] }), undefined)
  assert.equal(session({ messages: Array.from({ length: 40 }, () => assistant('x')) }), undefined)
  assert.equal(session({ input: 'hello' }, { operation: 'embed' }), undefined)
  assert.equal(session({ ...hello, session_id: 'x' }, { operation: 'embed' }), undefined)
})

test('a name or a text may be written with escapes and blanks', () => {
  const text = `{ "tools" : "${tools}" , "messages" : [ { "role" : "user" , "content" : "say \\"hello\\" \\\\" } ] }`
  assert.equal(session(text), session({ messages: [{ content: 'say "hello" \\', role: 'user' }] }))
})

test('a prompt that is in no cache has nothing to stay for, unless it has a name', () => {
  assert.equal(session({ ...hello, tools: '' }), undefined)
  assert.ok(session({ ...hello, tools: '', session_id: 'one' }) !== undefined)
})

test('a megabyte in a turn takes hardly longer than its beginning', () => {
  const body = {
    messages: [
      system('word\n'.repeat(200_000)),
      user([
        { type: 'text', text: 'word\n'.repeat(200_000) },
        { type: 'text', text: 'x' },
      ]),
    ],
  }
  const bytes = Buffer.from(JSON.stringify(body))
  const sketch = { bytes, members: readMembers(bytes) }
  const tookMs = Math.min(...[1, 2, 3, 4, 5].map(() => timed(() => sessionOf({ operation: 'chat', sketch, headers: {}, caller: 'a' }))))
  assert.ok(tookMs < 1, String(tookMs))
})

test('whatever a body holds, a session is a short word or none', () => {
  const value = fc.json({ maxDepth: 5 }).map((text): unknown => JSON.parse(text))
  const turnOrNot = fc.oneof(value, fc.record({ role: fc.constantFrom('user', 'system', 1), content: value }), fc.record({ parts: value }))
  const fields = fc.constantFrom('messages', 'contents', 'input', 'system', 'session_id', 'metadata', 'instructions')
  fc.assert(
    fc.property(fc.dictionary(fields, fc.oneof(value, fc.array(turnOrNot))), (body) => {
      const id = session(body)
      assert.ok(id === undefined || /^[\w-]{22}$/.test(id))
    }),
    { seed: 12, numRuns: 3000 },
  )
})

function timed(work: () => unknown): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}
