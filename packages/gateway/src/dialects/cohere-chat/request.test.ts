import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, FunctionTool, Turn } from '../canonical/request.ts'
import { recorded, recordings, withoutRecordings } from '../harness.test.ts'
import { readCohereFailure } from './failure.ts'
import { writeCohereRequest } from './request.ts'

interface Written {
  readonly messages: readonly {
    readonly role: string
    readonly content: unknown
    readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[]
  }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly thinking?: unknown
  readonly losses: readonly string[]
}

function write(changes: Partial<CanonicalRequest>, model: string = 'command-a-03-2025', more: Partial<TranslationTarget> = {}): Written {
  const request: CanonicalRequest = {
    from: 'openai-chat',
    model: 'x',
    stream: false,
    turns: [says('user', 'Hi')],
    tools: [],
    sampling: {},
    extras: {},
    ...changes,
  }
  const { body, losses } = writeCohereRequest(request, {
    provider: 'cohere',
    model,
    dialect: 'cohere-chat',
    keyId: 'k',
    quirks: {},
    ...more,
  })
  return { ...JSON.parse(body.toString()), losses }
}

function says(role: 'user' | 'system', text: string): Turn {
  return { role, parts: [{ is: 'text', text }] }
}

function answers(...blocks: Block[]): Turn {
  return { role: 'assistant', blocks }
}

function call(id: string, name: string = 'get_weather'): Block {
  return { is: 'tool-call', id, name, argumentsText: '{"city":"Zürich"}' }
}

function user(...parts: Part[]): Turn {
  return { role: 'user', parts }
}

const weather: FunctionTool = { is: 'function', name: 'get_weather', description: 'Tells', parameters: { type: 'object', properties: {} } }
const definition = {
  type: 'function',
  function: { name: 'get_weather', description: 'Tells', parameters: { type: 'object', properties: {} } },
}

test('nothing is sent that was not asked for', () => {
  assert.deepEqual(write({ stream: true }), {
    model: 'command-a-03-2025',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    losses: [],
  })
})

test('rules stand in front in one message, and later ones where they were said', () => {
  const turns = [says('system', 'Rules.'), says('system', 'More.'), says('user', 'a'), says('system', 'Be brief.'), says('user', 'b')]
  assert.deepEqual(write({ turns }).messages, [
    { role: 'system', content: 'Rules.\n\nMore.' },
    { role: 'user', content: 'a\n\n<system>Be brief.</system>\n\nb' },
  ])
})

test('what is said beside calls is the plan for them, and each result is a message of its own', () => {
  const turns: Turn[] = [
    says('user', 'q'),
    answers({ is: 'reasoning', text: 'Hm.' }, { is: 'text', text: 'Let me look.' }, call('a'), call('b')),
    {
      role: 'tool',
      results: [
        { callId: 'b', parts: [], isError: false },
        { callId: 'a', parts: [{ is: 'text', text: 'rain' }], isError: true },
      ],
    },
  ]
  assert.deepEqual(write({ turns, tools: [weather] }).messages.slice(1), [
    {
      role: 'assistant',
      tool_plan: 'Let me look.',
      tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } })),
    },
    { role: 'tool', tool_call_id: 'a', content: 'Error: rain' },
    { role: 'tool', tool_call_id: 'b', content: '(empty)' },
  ])
})

test('several people are told apart', () => {
  const turns: Turn[] = [{ ...user({ is: 'text', text: 'Hi' }), name: 'Ann' } as Turn]
  assert.deepEqual(write({ turns }).messages, [{ role: 'user', content: 'Ann:\n\nHi' }])
})

test('images go as addresses or bytes, and text files as text', () => {
  const turns = [
    user(
      { is: 'image', source: { is: 'url', url: 'https://example.org/a.png' }, detail: 'low' },
      { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { is: 'file', name: 'a.csv', source: { is: 'base64', mediaType: 'text/csv', data: 'YSxi' } },
      { is: 'text', text: 'See' },
    ),
  ]
  assert.deepEqual(write({ turns }).messages[0]?.content, [
    { type: 'image_url', image_url: { url: 'https://example.org/a.png', detail: 'low' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'text', text: 'a.csv:\na,b' },
    { type: 'text', text: 'See' },
  ])
})

for (const [what, part] of [
  ['Audio', { is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: 'A' } }],
  ['Video', { is: 'video', source: { is: 'url', url: 'https://example.org/v' } }],
  ['no text', { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'A' } }],
  ['another provider keeps', { is: 'image', source: { is: 'id', id: 'f', origin: 'openai-responses' } }],
  ['search_result', { is: 'opaque', type: 'search_result', origin: 'anthropic-messages', value: {} }],
] as const) {
  test(`what Cohere cannot take is refused by name: ${what}`, () => {
    assert.throws(() => write({ turns: [user(part)] }), refused(new RegExp(what)))
    const shown: Turn = { role: 'tool', results: [{ callId: 'a', parts: [part], isError: false }] }
    assert.throws(() => write({ turns: [says('user', 'q'), answers(call('a')), shown], tools: [weather] }), refused(/./))
  })
}

function refused(why: RegExp): (error: RefusedCall) => boolean {
  return ({ failure }) => failure.reason === 'unsupported' && why.test(failure.message)
}

test('tools of other vendors and what changes the meaning are refused', () => {
  assert.throws(
    () => write({ tools: [{ is: 'server', type: 'web_search', origin: 'openai-responses', value: {} }] }),
    refused(/web_search/),
  )
  assert.throws(() => write({ extras: { web_search_options: {} } }), refused(/web_search_options/))
})

for (const [what, toolChoice, expected] of [
  ['auto needs no word', { is: 'auto' }, { tools: 2 }],
  ['none', { is: 'none' }, { tools: 2, tool_choice: 'NONE' }],
  ['required', { is: 'required' }, { tools: 2, tool_choice: 'REQUIRED' }],
  ['one is all that is offered', { is: 'allowed', names: ['get_weather'], required: true }, { tools: 1, tool_choice: 'REQUIRED' }],
  ['some that may be called', { is: 'allowed', names: ['get_weather'], required: false }, { tools: 1 }],
] as const) {
  test(`tool choice: ${what}`, () => {
    const { tools, ...told } = write({ tools: [weather, { is: 'function', name: 'now' }], toolChoice })
    assert.deepEqual(tools?.[0], definition)
    const choice = 'tool_choice' in told ? { tool_choice: told.tool_choice } : {}
    assert.deepEqual({ tools: tools?.length, ...choice }, expected)
  })
}

test('names that Cohere refuses are changed alike in tools and history', () => {
  const { tools, messages } = write({
    tools: [{ is: 'function', name: 'mcp-a.b' }],
    turns: [says('user', 'q'), answers(call('a', 'mcp-a.b'))],
  })
  assert.match(tools?.[0]?.function.name ?? '', /^mcp_a_b_[A-Za-z0-9]{8}$/)
  assert.equal(messages[1]?.tool_calls?.[0]?.function.name, tools?.[0]?.function.name)
})

test('a format is a JSON object, with the schema where there is one; beside tools it is lost', () => {
  const schema = { type: 'object', required: ['a'] }
  const formatOf = (changes: Partial<CanonicalRequest>): unknown => ({ ...write(changes) } as { response_format?: unknown }).response_format
  assert.deepEqual(formatOf({ format: { is: 'json' } }), { type: 'json_object' })
  assert.deepEqual(formatOf({ format: { is: 'json-schema', schema } }), { type: 'json_object', json_schema: schema })
  assert.deepEqual(write({ format: { is: 'json' }, tools: [weather] }).losses, ['format'])
})

for (const [what, changes, model, thinking, losses] of [
  [
    'a model that thinks is told how much',
    { reasoning: { effort: 'low' }, maxTokens: 4000 },
    'command-a-reasoning-08-2025',
    { type: 'enabled', token_budget: 1000 },
    [],
  ],
  ['high efforts have no limit', { reasoning: { effort: 'high' } }, 'command-a-plus-05-2026', { type: 'enabled' }, []],
  [
    'a budget is what it says',
    { reasoning: { budgetTokens: 77 } },
    'command-a-reasoning-08-2025',
    { type: 'enabled', token_budget: 77 },
    [],
  ],
  ['none switches it off', { reasoning: { effort: 'none' } }, 'command-a-reasoning-08-2025', { type: 'disabled' }, []],
  ['a model that does not think is not asked to', { reasoning: { effort: 'low' } }, 'command-r', undefined, ['reasoning']],
  ['nor told not to', { reasoning: { effort: 'none' } }, 'command-r', undefined, []],
] as const) {
  test(`thinking: ${what}`, () => {
    const told = write(changes, model)
    assert.deepEqual({ thinking: told.thinking, losses: told.losses }, { thinking, losses })
  })
}

test('each knob stays within its bounds, and the others are lost', () => {
  const sampling = {
    temperature: 1.7,
    topP: 1,
    topK: 900,
    seed: 7,
    frequencyPenalty: -1,
    presencePenalty: 2,
    minP: 0.1,
    logitBias: {},
    topLogprobs: 2,
  }
  const told = write({ sampling, maxTokens: 90, stop: ['1', '', '2', '3', '4', '5', '6'] }, 'command-r', { maxTokens: 50 })
  const { model: _model, messages: _messages, stream: _stream, ...knobs } = { model: '', stream: false, ...told }
  assert.deepEqual(knobs, {
    temperature: 1,
    p: 0.99,
    k: 500,
    seed: 7,
    frequency_penalty: 0,
    presence_penalty: 1,
    max_tokens: 50,
    stop_sequences: ['1', '2', '3', '4', '5'],
    losses: ['minP', 'logitBias', 'topLogprobs'],
  })
})

test('recorded errors mean what they meant, and a spent month is no matter of minutes', { skip: withoutRecordings }, () => {
  for (const { file, status } of recordings('cohere-v2', 'error')) {
    assert.equal(readCohereFailure({ status, headers: {}, body: recorded(file), wallNow: 0 }).reason, 'context-too-long')
  }
})

for (const [status, message, reason] of [
  [429, 'You are using a Trial key, which is limited to 40 API calls / minute.', 'rate-limited'],
  [429, 'You are using a Trial key, which is limited to 1000 API calls / month.', 'quota-exhausted'],
  [401, 'invalid api token', 'key-rejected'],
  [404, "model 'x' not found", 'model-missing'],
  [499, 'request cancelled', 'upstream-broken'],
  [500, 'internal server error', 'upstream-broken'],
] as const) {
  test(`${status} "${message.slice(-20)}" is ${reason}`, () => {
    const body = Buffer.from(JSON.stringify({ id: 'x', message }))
    const failure = readCohereFailure({ status, headers: {}, body, wallNow: 0 })
    assert.deepEqual({ reason: failure.reason, message: failure.message }, { reason, message })
  })
}
