/** What callers of this dialect ask, read into the canonical form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import { seal } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import type { Sketch } from '../dialect.ts'
import { anthropicMessages } from './index.ts'
import { readRequest } from './read-request.ts'

const hello = [{ role: 'user', content: 'Hello' }]

function sketchOf(body: object, headers: Record<string, string> = {}): Sketch {
  return anthropicMessages.sketch(Buffer.from(JSON.stringify({ model: 'm', max_tokens: 100, messages: hello, ...body })), {
    ...bareAsk,
    headers,
  })
}

function read(body: object, headers: Record<string, string> = {}): CanonicalRequest {
  return readRequest(sketchOf(body, headers))
}

/** The field that a refusal names. */
function fault(body: object): string | undefined {
  try {
    read(body)
  } catch (error) {
    assert.ok(error instanceof RefusedCall)
    assert.equal(error.status, 400)
    return error.details.param
  }
  return assert.fail('it was not refused')
}

const sketchText = (body: string): void => void anthropicMessages.sketch(Buffer.from(body), bareAsk)

test('a request without `max_tokens`, or with one that is no number, is refused by name', () => {
  assert.throws(() => sketchText('{"model":"m","messages":[]}'), /`max_tokens` is missing/)
  assert.throws(() => sketchText('{"model":"m","messages":[],"max_tokens":0}'), /`max_tokens` must be/)
})

test('version and betas go on with the request, as the caller sent them', () => {
  const headers = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'a-1, b-2', 'x-app': 'cli' }
  assert.deepEqual(sketchOf({}, headers).forwarded, ['anthropic-version', '2026-10-21', 'anthropic-beta', 'a-1, b-2'])
  assert.equal(sketchOf({}).forwarded, undefined)
})

test('system texts keep their cache marks; Claude Code’s accounting is left out', () => {
  const system = [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.197' },
    { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ]
  assert.deepEqual(read({ system }).turns[0], {
    role: 'system',
    parts: [{ is: 'text', text: 'You are Claude Code.', cache: { ttl: '1h' } }],
  })
  assert.deepEqual(read({ system: 'Be brief.' }).turns[0], { role: 'system', parts: [{ is: 'text', text: 'Be brief.' }] })
})

test('a system message in the middle stays there', () => {
  const { turns } = read({ messages: [...hello, { role: 'system', content: 'Now in French.' }, { role: 'assistant', content: 'Salut' }] })
  assert.deepEqual(
    turns.map(({ role }) => role),
    ['user', 'system', 'assistant'],
  )
})

test('results come before what the user says beside them, with images, errors and marks', () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } }
  const content = [
    { type: 'text', text: 'See' },
    { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'One' }, image], cache_control: { type: 'ephemeral' } },
    { type: 'tool_result', tool_use_id: 'b', is_error: true, content: 'Boom' },
    { type: 'tool_result', tool_use_id: 'c' },
  ]
  const source = { is: 'base64', mediaType: 'image/png', data: 'iVBO' }
  assert.deepEqual(read({ messages: [{ role: 'user', content }] }).turns, [
    {
      role: 'tool',
      results: [
        {
          callId: 'a',
          parts: [
            { is: 'text', text: 'One' },
            { is: 'image', source },
          ],
          isError: false,
          cache: {},
        },
        { callId: 'b', parts: [{ is: 'text', text: 'Boom' }], isError: true },
        { callId: 'c', parts: [], isError: false },
      ],
    },
    { role: 'user', parts: [{ is: 'text', text: 'See' }] },
  ])
})

test('signatures are unsealed; those that nobody sealed are the vendor’s own', () => {
  const opaque = { origin: { dialect: 'openai-responses', provider: 'openai' }, data: 'encrypted', id: 'rs_1' } as const
  const content = [
    { type: 'thinking', thinking: 'Hm.', signature: seal(opaque) },
    { type: 'thinking', thinking: 'So.', signature: 'EqoB' },
    { type: 'redacted_thinking', data: 'EmwK' },
  ]
  const [, turn] = read({ messages: [...hello, { role: 'assistant', content }] }).turns
  const origin = { dialect: 'anthropic-messages' }
  assert.deepEqual(turn, {
    role: 'assistant',
    blocks: [
      { is: 'reasoning', text: 'Hm.', opaque },
      { is: 'reasoning', text: 'So.', opaque: { origin, data: 'EqoB' } },
      { is: 'reasoning', text: '', opaque: { origin, data: 'EmwK', redacted: true } },
    ],
  })
})

test('what only Anthropic knows is kept as it came: searches, citing documents, the vendor’s own tools and their results', () => {
  const search = { type: 'search_result', source: 'https://example.org', title: 'T', content: [] }
  const citing = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' }, citations: { enabled: true } }
  const used = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
  const tool = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }
  const { turns, tools } = read({
    messages: [
      { role: 'user', content: [search, citing] },
      { role: 'assistant', content: [used] },
    ],
    tools: [tool],
  })
  const origin = 'anthropic-messages'
  assert.deepEqual(turns, [
    {
      role: 'user',
      parts: [
        { is: 'opaque', type: 'search_result', origin, value: search },
        { is: 'opaque', type: 'document', origin, value: citing },
      ],
    },
    { role: 'assistant', blocks: [{ is: 'opaque', type: 'server_tool_use', origin, value: used }] },
  ])
  assert.deepEqual(tools, [{ is: 'server', type: 'web_search_20250305', origin, value: tool }])
})

test('documents are files, with their titles', () => {
  const content = [
    { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' } },
    { type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' } },
    { type: 'document', source: { type: 'file', file_id: 'file_1' } },
  ]
  assert.deepEqual(read({ messages: [{ role: 'user', content }] }).turns[0], {
    role: 'user',
    parts: [
      { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, name: 'a.pdf' },
      { is: 'file', source: { is: 'text', text: 'Hi' } },
      { is: 'file', source: { is: 'url', url: 'https://example.org/a.pdf' } },
      { is: 'file', source: { is: 'id', id: 'file_1', origin: 'anthropic-messages' } },
    ],
  })
})

test('tools and their choice', () => {
  const tools = [{ name: 'f', description: 'D', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } }]
  const asked = (choice: object): Pick<CanonicalRequest, 'toolChoice' | 'parallelToolCalls'> => {
    const { toolChoice, parallelToolCalls } = read({ tools, tool_choice: choice })
    return { ...(toolChoice && { toolChoice }), ...(parallelToolCalls !== undefined && { parallelToolCalls }) }
  }
  assert.deepEqual(read({ tools }).tools, [{ is: 'function', name: 'f', description: 'D', parameters: { type: 'object' }, cache: {} }])
  assert.deepEqual(asked({ type: 'any' }), { toolChoice: { is: 'required' } })
  assert.deepEqual(asked({ type: 'tool', name: 'f' }), { toolChoice: { is: 'allowed', names: ['f'], required: true } })
  assert.deepEqual(asked({ type: 'auto', disable_parallel_tool_use: true }), { toolChoice: { is: 'auto' }, parallelToolCalls: false })
  assert.deepEqual(asked({ type: 'none' }), { toolChoice: { is: 'none' } })
})

const thinkingIn = (body: object): readonly unknown[] => {
  const { reasoning, extras } = read(body)
  return [reasoning, extras]
}

test('every way to ask for thinking', () => {
  assert.deepEqual(thinkingIn({}), [undefined, {}])
  assert.deepEqual(thinkingIn({ thinking: { type: 'enabled', budget_tokens: 2000 } }), [{ budgetTokens: 2000 }, {}])
  const adaptive = { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'high' } }
  assert.deepEqual(thinkingIn(adaptive), [{ effort: 'high', visible: false }, {}])
  assert.deepEqual(thinkingIn({ thinking: { type: 'adaptive' } }), [{}, {}])
  assert.deepEqual(thinkingIn({ output_config: { effort: 'low' } }), [{ effort: 'low' }, {}])
  const disabled = { thinking: { type: 'disabled' }, output_config: { effort: 'low', task_budget: 1 } }
  assert.deepEqual(thinkingIn(disabled), [{ effort: 'none' }, { output_config: { task_budget: 1, effort: 'low' } }])
  assert.deepEqual(thinkingIn({ thinking: { type: 'between_tools' } }), [{}, { thinking: { type: 'between_tools' } }])
})

test('fields of single tools that only Anthropic knows are told by their name', () => {
  const tools = [
    { name: 'f', input_schema: {}, defer_loading: true },
    { name: 'g', input_schema: {} },
  ]
  assert.deepEqual(read({ tools }).extras, { 'tools.defer_loading': { f: true } })
})

test('the form of the answer, under its new name and its old one', () => {
  const format = { type: 'json_schema', schema: { type: 'object' } }
  const expected = { is: 'json-schema', schema: { type: 'object' } }
  assert.deepEqual(read({ output_config: { format } }).format, expected)
  assert.deepEqual(read({ output_format: format }).format, expected)
})

test('the small things have their places, and the rest travels as it came', () => {
  const edits = { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] }
  const body = {
    temperature: 0.5,
    top_p: 0.9,
    top_k: 5,
    stop_sequences: ['END'],
    metadata: { user_id: 'u' },
    service_tier: 'auto',
    context_management: edits,
  }
  const { sampling, stop, user, serviceTier, maxTokens, extras } = read(body, { 'anthropic-beta': 'effort-2025-11-24' })
  assert.deepEqual(sampling, { temperature: 0.5, topP: 0.9, topK: 5 })
  assert.deepEqual([stop, user, serviceTier, maxTokens], [['END'], 'u', 'auto', 100])
  assert.deepEqual(extras, { context_management: edits, 'anthropic-beta': 'effort-2025-11-24' })
})

test('what is malformed is refused with the place where it stands', () => {
  assert.equal(fault({ messages: [] }), 'messages')
  assert.equal(fault({ messages: [{ role: 'tool', content: 'x' }] }), 'messages.0.role')
  assert.equal(fault({ messages: [...hello, { role: 'user', content: [{ text: 'x' }] }] }), 'messages.1.content.0')
  assert.equal(fault({ messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }), 'messages.0.content.0.source')
  assert.equal(fault({ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }), 'messages.0.content.0.tool_use_id')
  assert.equal(fault({ tools: [{}] }), 'tools.0.name')
  assert.equal(fault({ tool_choice: { type: 'must' } }), 'tool_choice.type')
  assert.equal(fault({ thinking: { type: 'enabled' } }), 'thinking.budget_tokens')
  assert.equal(fault({ temperature: 'hot' }), 'temperature')
})

test('a request that is rebuilt for a server of the same dialect says what it said', () => {
  const body = {
    model: 'claude-opus-4-8',
    max_tokens: 32_000,
    stream: true,
    system: [{ type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'EqoB' },
          { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'ok' }], cache_control: { type: 'ephemeral' } },
        ],
      },
    ],
    tools: [
      { name: 'f', input_schema: { type: 'object' }, eager_input_streaming: true },
      { type: 'web_search_20250305', name: 'web_search' },
    ],
    thinking: { type: 'adaptive' },
    metadata: { user_id: '{"device_id":"ann@example.org"}' },
    service_tier: 'auto',
    context_management: { edits: [] },
    output_config: { effort: 'high' },
  }
  const target: TranslationTarget = {
    provider: 'anthropic',
    model: 'claude-opus-4-8',
    dialect: 'anthropic-messages',
    keyId: 'k',
    quirks: {},
  }
  const wire = anthropicMessages.provider?.writeRequest(read(body, { 'anthropic-beta': 'a-1,b-2' }), target)
  assert.deepEqual(JSON.parse(wire?.body.toString() ?? ''), body)
  assert.deepEqual([wire?.headers, wire?.losses], [['anthropic-version', '2023-06-01', 'anthropic-beta', 'a-1,b-2'], []])
})
