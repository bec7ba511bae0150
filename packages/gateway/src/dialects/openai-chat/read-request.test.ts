/** What callers of chat write, and what is understood of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../../domain/failure.ts'
import { seal } from '../canonical/opaque.ts'
import type { Turn, CanonicalRequest } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import { openAiChat } from './index.ts'
import { readChatRequest } from './read-request.ts'

type Fields = Record<string, unknown>

function read(fields: Fields): CanonicalRequest {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields }))
  return readChatRequest(openAiChat.sketch(body, bareAsk))
}

function turns(...messages: Fields[]): readonly Turn[] {
  return read({ messages }).turns
}

function refusal(fields: Fields): RefusedCall {
  try {
    read(fields)
  } catch (error) {
    if (error instanceof RefusedCall) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('content is a text or a list of parts on every role (O7)', () => {
  const parts = [{ type: 'text', text: 'a' }]
  const call = { role: 'assistant', content: parts, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] }
  const results = [
    { role: 'tool', tool_call_id: 'c', content: 'x' },
    { role: 'tool', tool_call_id: 'd', content: parts },
  ]
  const text = [{ is: 'text', text: 'a' }]
  assert.deepEqual(
    turns(
      { role: 'system', content: 'a' },
      { role: 'developer', content: parts },
      { role: 'user', name: 'Ann', content: parts },
      call,
      ...results,
    ),
    [
      { role: 'system', parts: text },
      { role: 'system', parts: text },
      { role: 'user', parts: text, name: 'Ann' },
      { role: 'assistant', blocks: [...text, { is: 'tool-call', id: 'c', name: 'f', argumentsText: '{}' }] },
      {
        role: 'tool',
        results: [
          { callId: 'c', parts: [{ is: 'text', text: 'x' }], isError: false },
          { callId: 'd', parts: text, isError: false },
        ],
      },
    ],
  )
})

test('every kind of part is understood, and an unknown one is carried along', () => {
  const png = { mediaType: 'image/png', data: 'iVBORw0KGgo=' }
  const content = [
    { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
    { type: 'image_url', image_url: { url: 'data:image/PNG;charset=x;base64,iVBO Rw0KGgo=', detail: 'low' } },
    { type: 'image_url', image_url: 'https://a.org/b.png' },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    { type: 'video_url', video_url: { url: 'https://a.org/b.mp4' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    { type: 'file', file: { file_id: 'file-1' } },
    { type: 'hologram', size: 3 },
  ]
  const [turn] = turns({ role: 'user', content })
  assert.deepEqual(turn?.role === 'user' && turn.parts, [
    { is: 'text', text: 'a', cache: { ttl: '1h' } },
    { is: 'image', source: { is: 'base64', ...png }, detail: 'low' },
    { is: 'image', source: { is: 'url', url: 'https://a.org/b.png' } },
    { is: 'audio', source: { is: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
    { is: 'video', source: { is: 'url', url: 'https://a.org/b.mp4' } },
    { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, name: 'a.pdf' },
    { is: 'file', source: { is: 'id', id: 'file-1', origin: 'openai-chat' } },
    { is: 'opaque', type: 'hologram', origin: 'openai-chat', value: { type: 'hologram', size: 3 } },
  ])
})

test('a format of sound that is called like what every object has is a format like any other', () => {
  const [turn] = turns({ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'constructor' } }] })
  const source = { is: 'base64', mediaType: 'audio/constructor', data: 'AAAA' }
  assert.deepEqual(turn?.role === 'user' && turn.parts, [{ is: 'audio', source }])
})

test('a refusal is one, as a field and as a part', () => {
  assert.deepEqual(
    turns({ role: 'assistant', content: null, refusal: 'No.' }, { role: 'assistant', content: [{ type: 'refusal', refusal: 'Nope.' }] }),
    [
      { role: 'assistant', blocks: [{ is: 'refusal', text: 'No.' }] },
      { role: 'assistant', blocks: [{ is: 'refusal', text: 'Nope.' }] },
    ],
  )
})

test('functions and function_call of the old kind are tools; the result belongs to the latest call of its name (D11)', () => {
  const {
    tools,
    toolChoice,
    parallelToolCalls,
    turns: read_,
  } = read({
    functions: [{ name: 'f', parameters: { type: 'object' } }],
    function_call: { name: 'f' },
    messages: [
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
      { role: 'function', name: 'f', content: 'x' },
    ],
  })
  assert.deepEqual(tools, [{ is: 'function', name: 'f', parameters: { type: 'object' } }])
  assert.deepEqual(toolChoice, { is: 'allowed', names: ['f'], required: true })
  assert.equal(parallelToolCalls, false)
  const [asked, given] = read_
  const [call] = asked?.role === 'assistant' ? asked.blocks : []
  assert.ok(call?.is === 'tool-call' && given?.role === 'tool')
  assert.equal(given.results[0]?.callId, call.id)
})

test('tools are functions, custom tools, or something that only its vendor runs', () => {
  const { tools } = read({
    tools: [
      {
        type: 'function',
        function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        cache_control: { type: 'ephemeral' },
      },
      { type: 'custom', custom: { name: 'g', format: { type: 'text' } } },
      { type: 'function', name: 'h', parameters: {} },
      { name: 'i', input_schema: { type: 'object' } },
      { type: 'openrouter:web_search' },
    ],
  })
  assert.deepEqual(tools, [
    { is: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true, cache: {} },
    { is: 'custom', name: 'g', format: { type: 'text' } },
    { is: 'function', name: 'h', parameters: {} },
    { is: 'function', name: 'i', parameters: { type: 'object' } },
    { is: 'server', type: 'openrouter:web_search', origin: 'openai-chat', value: { type: 'openrouter:web_search' } },
  ])
})

function choose(choice: unknown): unknown {
  return read({ tool_choice: choice }).toolChoice
}

test('every way of choosing a tool is understood', () => {
  const named = { type: 'function', function: { name: 'f' } }
  const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named, { type: 'custom', custom: { name: 'g' } }] } }
  assert.deepEqual(choose('auto'), { is: 'auto' })
  assert.deepEqual(choose('none'), { is: 'none' })
  assert.deepEqual(choose('required'), { is: 'required' })
  assert.deepEqual(choose(named), { is: 'allowed', names: ['f'], required: true })
  assert.deepEqual(choose(allowed), { is: 'allowed', names: ['f', 'g'], required: true })
  assert.equal(choose(null), undefined)
  assert.equal(refusal({ tool_choice: 'some' }).details.param, 'tool_choice')
})

for (const [name, fields, reasoning] of [
  ['an effort', { reasoning_effort: 'xhigh' }, { effort: 'xhigh' }],
  ["OpenRouter's object", { reasoning: { effort: 'low', exclude: true } }, { effort: 'low', visible: false }],
  ["OpenRouter's budget", { reasoning: { max_tokens: 2000 } }, { budgetTokens: 2000 }],
  ["OpenRouter's switch", { reasoning: { enabled: false } }, { effort: 'none' }],
  ["Anthropic's budget", { thinking: { type: 'enabled', budget_tokens: 1024 } }, { budgetTokens: 1024 }],
  ["Z.AI's switch", { thinking: { type: 'disabled' } }, { effort: 'none' }],
  ["Qwen's switch", { enable_thinking: true }, { effort: 'medium' }],
  ['the effort before all else', { reasoning_effort: 'high', thinking: { type: 'disabled' } }, { effort: 'high' }],
] as const) {
  test(`how much to think is understood from ${name}`, () => assert.deepEqual(read(fields).reasoning, reasoning))
}

test('fields of the answer and of the sampler have their canonical names, and nulls are nothing', () => {
  const { turns: _, ...rest } = read({
    max_tokens: 5,
    max_completion_tokens: 9,
    stop: 'END',
    temperature: 0.5,
    top_p: 0.9,
    top_k: 4,
    seed: 7,
    presence_penalty: null,
    logit_bias: { '1': 2 },
    logprobs: true,
    top_logprobs: 2,
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
    user: 'u',
    prompt_cache_key: 'k',
    verbosity: 'low',
    service_tier: 'flex',
    metadata: { a: 'b' },
    n: 1,
    store: false,
    something: 1,
    nothing: null,
  })
  assert.deepEqual(rest, {
    from: 'openai-chat',
    model: 'm',
    stream: false,
    tools: [],
    format: { is: 'json-schema', name: 'x', schema: { type: 'object' }, strict: true },
    maxTokens: 9,
    stop: ['END'],
    sampling: { temperature: 0.5, topP: 0.9, topK: 4, seed: 7, logitBias: { '1': 2 }, topLogprobs: 2 },
    user: 'u',
    cacheKey: 'k',
    verbosity: 'low',
    serviceTier: 'flex',
    metadata: { a: 'b' },
    extras: { store: false, something: 1 },
  })
})

test('more than one answer cannot be translated (FR5)', () => {
  const { failure, details } = refusal({ n: 2 })
  assert.deepEqual([failure.reason, details.param], ['unsupported', 'n'])
})

test('what is malformed is refused by name', () => {
  for (const [fields, said] of [
    [{ messages: [] }, /`messages` must be a list/],
    [{ messages: [{ role: 'robot', content: 'a' }] }, /`messages\[0\]\.role` must be one of/],
    [{ messages: [{ role: 'user', content: 3 }] }, /`messages\[0\]\.content`/],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, /`messages\[0\]\.content\[0\]\.image_url\.url`/],
    [{ messages: [{ role: 'tool', content: 'a' }] }, /tool_call_id/],
    [{ messages: [{ role: 'system', content: [{ type: 'image_url', image_url: 'https://a.org/' }] }] }, /may only hold texts/],
    [{ tools: [{ type: 'function', function: {} }] }, /`tools\[0\]` has no `name`/],
    [{ temperature: 'hot' }, /`temperature` must be a number/],
    [{ stop: 3 }, /`stop`/],
    [{ reasoning_effort: 'huge' }, /`reasoning_effort` must be one of none, minimal/],
    [{ response_format: { type: 'xml' } }, /`response_format`/],
  ] as const) {
    const { failure } = refusal(fields)
    assert.equal(failure.reason, 'bad-request')
    assert.match(failure.message, said)
  }
})

test('thinking that was sealed here is known again, block by block (SG5)', () => {
  const opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'sig' } as const
  const hidden = { ...opaque, data: 'red', redacted: true }
  const message = {
    role: 'assistant',
    content: 'Yes',
    reasoning_content: 'one two',
    reasoning_details: [
      { type: 'reasoning.text', text: 'one ', signature: seal(opaque), index: 0 },
      { type: 'reasoning.encrypted', data: seal(hidden), index: 1 },
      { type: 'reasoning.text', text: 'two', index: 2 },
    ],
  }
  assert.deepEqual(turns(message), [
    {
      role: 'assistant',
      blocks: [
        { is: 'reasoning', text: 'one ', opaque },
        { is: 'reasoning', text: '', opaque: hidden },
        { is: 'reasoning', text: 'two' },
        { is: 'text', text: 'Yes' },
      ],
    },
  ])
})

test('details without their text take it from the field beside them', () => {
  const opaque = { origin: { dialect: 'anthropic-messages' }, data: 'sig' } as const
  const [turn] = turns({
    role: 'assistant',
    content: 'a',
    reasoning: 'Hm.',
    reasoning_details: [{ type: 'reasoning.text', signature: seal(opaque), index: 0 }],
  })
  assert.deepEqual(turn?.role === 'assistant' && turn.blocks[0], { is: 'reasoning', text: 'Hm.', opaque })
})

test("a signature that nobody sealed is the vendor's own, from a caller that talked to it directly", () => {
  const call = {
    id: 'c',
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    extra_content: { google: { thought_signature: 'raw' } },
  }
  const [turn] = turns({ role: 'assistant', content: null, tool_calls: [call] })
  const [block] = turn?.role === 'assistant' ? turn.blocks : []
  assert.deepEqual(block?.is === 'tool-call' && block.opaque, { origin: { dialect: 'openai-chat' }, data: 'raw' })
})

test("Cursor's body in the form of the Responses API is read as one, and is never passed through (clients 3.12)", () => {
  const body = {
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    input: [{ role: 'user', content: 'Hi' }],
    max_output_tokens: 50,
    reasoning: { effort: 'low' },
  }
  const sketch = openAiChat.sketch(Buffer.from(JSON.stringify(body)), bareAsk)
  assert.deepEqual([sketch.rebuild, sketch.wantsUsage, sketch.maxTokens, sketch.from], [true, true, 50, 'openai-responses'])
  const { turns: asked, reasoning } = readChatRequest(sketch)
  assert.deepEqual(asked, [{ role: 'user', parts: [{ is: 'text', text: 'Hi' }] }])
  assert.equal(reasoning?.effort, 'low')
  assert.throws(
    () => openAiChat.sketch(Buffer.from(JSON.stringify({ ...body, previous_response_id: 'resp_1' })), bareAsk),
    /previous_response_id/,
  )
})
