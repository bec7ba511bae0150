/** What a provider of OpenAI's chat is asked when the caller spoke another dialect, and what is lost on the way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../../domain/failure.ts'
import type { Quirks } from '../../domain/quirks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { loop, plain, system, user, write } from './writing.test.ts'

test('a plain request is model and messages, and a stream asks for usage (U4)', () => {
  assert.deepEqual(write({}).body, { model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  assert.deepEqual(write({ stream: true }).body['stream_options'], { include_usage: true })
  assert.equal(write({ stream: true }, { removed: ['stream_options'] }).body['stream_options'], undefined)
})

test('calls and results keep together, and arguments are never empty (D5, D9)', () => {
  assert.deepEqual(write({ turns: loop }).messages.slice(1), [
    { role: 'assistant', content: 'Let me look.', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'a', content: 'Rain' },
  ])
})

test('an assistant that only calls has the content null (D9)', () => {
  const [, message] = write({
    turns: loop.map((turn) => (turn.role === 'assistant' ? { ...turn, blocks: turn.blocks.slice(1) } : turn)),
  }).messages
  assert.equal(message?.['content'], null)
})

function once(id: string): readonly Turn[] {
  return [
    { role: 'assistant', blocks: [{ is: 'tool-call', id, name: 'f', argumentsText: '{}' }] },
    { role: 'tool', results: [{ callId: id, parts: [{ is: 'text', text: 'x' }], isError: false }] },
  ]
}

test('ids that are too long or used twice are made anew, for call and result alike (ID1 to ID4)', () => {
  const long = 'a_tool_with_a_very_long_name_indeed_for_its_kind_1a2b3c4d5e6f'
  const { messages } = write({ turns: [...once(long), ...once('call_0'), ...once('call_0')] })
  const called = messages.filter(({ role }) => role === 'assistant').map((message) => (message['tool_calls'] as { id: string }[])[0]?.id)
  assert.equal(new Set(called).size, 3)
  assert.ok(called.every((id) => id !== undefined && id.length <= 40))
  assert.deepEqual(
    messages.filter(({ role }) => role === 'tool').map((message) => message['tool_call_id']),
    called,
  )
})

test('a result without a call becomes text, and a call without a result gets one (R1)', () => {
  const [orphan] = write({
    turns: [{ role: 'tool', results: [{ callId: 'x', parts: [{ is: 'text', text: 'Rain' }], isError: false }] }],
  }).messages
  assert.deepEqual([orphan?.['role'], String(orphan?.['content']).includes('Rain')], ['user', true])
  const { messages } = write({ turns: [...loop.slice(0, 2), user({ is: 'text', text: 'And?' })] })
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'user'],
  )
  assert.equal(messages[2]?.['content'], 'Error: (no result)')
})

test('results come before what the user says with them (R2)', () => {
  const { messages } = write({ turns: [...loop.slice(0, 2), user({ is: 'text', text: 'Be quick.' }), ...loop.slice(2)] })
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'user'],
  )
})

test('pictures in results move into a message of the user behind them (R3)', () => {
  const image: Part = { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' } }
  const result: Turn = { role: 'tool', results: [{ callId: 'a', parts: [{ is: 'text', text: 'See' }, image], isError: false }] }
  const { messages } = write({ turns: [...loop.slice(0, 2), result, user({ is: 'text', text: 'And?' })] })
  assert.deepEqual(messages.slice(2), [
    { role: 'tool', tool_call_id: 'a', content: 'See' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'From the result of the tool call a:' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'text', text: 'And?' },
      ],
    },
  ])
})

function resultOf(text: string, isError: boolean): unknown {
  return write({
    turns: [...loop.slice(0, 2), { role: 'tool', results: [{ callId: 'a', parts: text === '' ? [] : [{ is: 'text', text }], isError }] }],
  }).messages[2]?.['content']
}

test('an empty result says that it is empty, and a failed one that it failed (R4, mo3)', () => {
  assert.equal(resultOf('', false), '(empty)')
  assert.equal(resultOf('boom', true), 'Error: boom')
})

test('system turns are told in the role that the provider knows, or all at the front (O1)', () => {
  const turns = [system('One.'), system('Two.'), ...plain.turns, system('Three.')]
  assert.deepEqual(
    write({ turns }).messages.map(({ role, content }) => [role, content]),
    [
      ['system', 'One.\n\nTwo.'],
      ['user', 'Hi'],
      ['system', 'Three.'],
    ],
  )
  assert.equal(write({ turns }, { quirks: { systemRole: 'developer' } }).messages[0]?.['role'], 'developer')
  assert.deepEqual(
    write({ turns }, { quirks: { oneSystemMessage: true } }).messages.map(({ role, content }) => [role, content]),
    [
      ['system', 'One.\n\nTwo.'],
      ['user', 'Hi\n\n<system>Three.</system>'],
    ],
  )
})

test('texts alone become one text, and other parts a list', () => {
  const { messages } = write({ turns: [user({ is: 'text', text: 'a' }, { is: 'text', text: 'b' })] })
  assert.equal(messages[0]?.['content'], 'a\n\nb')
})

test('names go where names are known, and into the text elsewhere (O5)', () => {
  const turns: readonly Turn[] = [{ role: 'user', name: 'Ann', parts: [{ is: 'text', text: 'Hi' }] }]
  assert.deepEqual(write({ turns }).messages, [{ role: 'user', content: 'Ann:\n\nHi' }])
  assert.deepEqual(write({ turns }, { quirks: { takes: ['name'] } }).messages, [{ role: 'user', content: 'Hi', name: 'Ann' }])
})

test('cache marks go to providers that take them, and are lost elsewhere (O8)', () => {
  const turns = [user({ is: 'text', text: 'a', cache: { ttl: '1h' } })]
  assert.deepEqual(write({ turns }).losses, ['cacheMarks'])
  const kept = write({ turns }, { quirks: { takes: ['cache_control'] } })
  assert.deepEqual(kept.losses, [])
  assert.deepEqual(kept.messages[0]?.['content'], [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }])
})

test('what the provider cannot be shown is refused, not left out', () => {
  const refused: readonly (readonly [Partial<CanonicalRequest>, string])[] = [
    [{ turns: [user({ is: 'file', source: { is: 'url', url: 'https://a.org/b.pdf' } })] }, 'messages'],
    [{ turns: [user({ is: 'file', source: { is: 'id', id: 'f', origin: 'anthropic-messages' } })] }, 'messages'],
    [{ turns: [user({ is: 'video', source: { is: 'url', url: 'https://a.org/b.mp4' } })] }, 'messages'],
    [{ turns: [user({ is: 'opaque', type: 'search_result', origin: 'anthropic-messages', value: {} })] }, 'messages'],
    [{ tools: [{ is: 'server', type: 'bash_20250124', origin: 'anthropic-messages', value: {} }] }, 'tools'],
    [{ extras: { mcp_servers: [{}] } }, 'mcp_servers'],
  ]
  for (const [request, param] of refused) {
    assert.throws(
      () => write(request),
      (error) => error instanceof RefusedCall && error.failure.reason === 'unsupported' && error.details.param === param,
      JSON.stringify(request),
    )
  }
})

test('tools, choices and custom tools are put into words that every server knows', () => {
  const tools: CanonicalRequest['tools'] = [
    { is: 'function', name: 'f' },
    { is: 'function', name: 'a.name with too much in it', parameters: { type: 'object' }, strict: true },
    { is: 'custom', name: 'g', description: 'Patches' },
  ]
  const { body } = write({ tools, toolChoice: { is: 'allowed', names: ['f', 'g'], required: true }, parallelToolCalls: false })
  assert.deepEqual([body['tool_choice'], body['parallel_tool_calls']], ['required', false])
  assert.deepEqual(body['tools'], [
    { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
    {
      type: 'function',
      function: {
        name: 'g',
        description: 'Patches',
        parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
      },
    },
  ])
  const all = write({ tools, toolChoice: { is: 'allowed', names: ['f'], required: true } }).body
  assert.deepEqual(all['tool_choice'], { type: 'function', function: { name: 'f' } })
  const own = write({ tools: tools.slice(2) }, { quirks: { takes: ['custom-tools'] } }).body
  assert.deepEqual(own['tools'], [{ type: 'custom', custom: { name: 'g', description: 'Patches' } }])
  const renamed = JSON.stringify(write({ tools: tools.slice(1, 2) }).body['tools'])
  assert.match(renamed, /"name":"[A-Za-z0-9_-]{1,64}"/)
  assert.equal(write({ toolChoice: { is: 'auto' } }).body['tool_choice'], undefined)
})

test('the answer is no longer than caller, target and model allow', () => {
  assert.equal(write({ maxTokens: 64_000 }, { maxOutputTokens: 8192 }).body['max_tokens'], 8192)
  assert.equal(
    write({ maxTokens: 64_000 }, { maxTokens: 100, quirks: { maxTokensField: 'max_completion_tokens' } }).body['max_completion_tokens'],
    100,
  )
})

test('stop texts, ids of users and knobs are brought to what the family takes', () => {
  const { body, losses } = write({
    stop: ['1', '2', '3', '4', '5'],
    user: 'u'.repeat(80),
    sampling: { topK: 4, minP: 0.1, seed: 7, topLogprobs: 0 },
  })
  assert.deepEqual(body['stop'], ['1', '2', '3', '4'])
  assert.match(String(body['user']), /^[0-9a-f]{64}$/)
  assert.deepEqual([body['seed'], body['logprobs'], body['top_logprobs']], [7, true, undefined])
  assert.deepEqual(losses, ['topK', 'minP', 'stop'])
  assert.equal(write({ sampling: { topK: 4 } }, { quirks: { takes: ['top_k'] } }).body['top_k'], 4)
})

test('a schema has a name even where the caller gave none (J3)', () => {
  const { body } = write({ format: { is: 'json-schema', schema: { type: 'object' } } })
  assert.deepEqual(body['response_format'], { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'object' } } })
})

test('what the target refuses is lost by name, renamed fields are renamed, and defaults fill gaps', () => {
  const { body, losses } = write(
    { sampling: { temperature: 1, seed: 7, presencePenalty: 1 }, maxTokens: 5, reasoning: { effort: 'low' } },
    {
      reasoning: true,
      removed: ['presence_penalty'],
      renamed: { max_tokens: 'max_completion_tokens' },
      defaults: { temperature: 0.2, top_p: 0.9, reasoning_effort: 'high' },
    },
  )
  assert.deepEqual(losses, ['presencePenalty'])
  assert.deepEqual(body, {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    max_completion_tokens: 5,
    reasoning_effort: 'high',
    temperature: 1,
    seed: 7,
    top_p: 0.9,
  })
})

test("the provider's own touch is the last", () => {
  const quirks: Quirks = { adjustRequest: (body, model) => ({ ...body, model: `${model}!`, extra: true }) }
  assert.deepEqual(write({}, { quirks }).body, { model: 'm!', messages: [{ role: 'user', content: 'Hi' }], extra: true })
})

test('fields that only the caller knows are lost elsewhere and come back as they were in its own dialect', () => {
  const request = { extras: { safe: true }, metadata: { a: 'b' }, serviceTier: 'flex', cacheKey: 'k', verbosity: 'low' } as const
  assert.deepEqual([...write(request).losses].toSorted(), ['cacheKey', 'extras.safe', 'metadata', 'serviceTier', 'verbosity'])
  const { body, losses } = write({ ...request, from: 'openai-chat' })
  assert.deepEqual(losses, [])
  assert.deepEqual(
    [body['safe'], body['metadata'], body['service_tier'], body['prompt_cache_key'], body['verbosity']],
    [true, { a: 'b' }, 'flex', 'k', 'low'],
  )
})
