import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import { readResponsesRequest } from './read-request.ts'
import { requestOf, target } from './samples.test.ts'
import { sketchResponses } from './sketch.ts'
import { writeResponsesRequest } from './write-request.ts'

const png = { is: 'base64', mediaType: 'image/png', data: 'iVBORw0KGgo=' } as const

function ask(more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  const turns: readonly Turn[] = [{ role: 'user', parts: [{ is: 'text', text: 'Hello' }] }]
  return { from: 'openai-chat', model: 'm', stream: false, turns, tools: [], sampling: {}, extras: {}, ...more }
}

function write(
  request: CanonicalRequest,
  where: Partial<TranslationTarget> = {},
): { body: Record<string, unknown>; losses: readonly string[] } {
  const { body, losses } = writeResponsesRequest(request, { ...target, ...where })
  return { body: JSON.parse(body.toString()) as Record<string, unknown>, losses }
}

test('nothing is kept at the provider, and encrypted thinking is asked for (dialects r6, rs11)', () => {
  const { body, losses } = write(ask({ stream: true }))
  assert.deepEqual(body, {
    model: 'm',
    stream: true,
    store: false,
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    include: ['reasoning.encrypted_content'],
  })
  assert.deepEqual(losses, [])
  assert.equal(write(ask(), { model: 'gpt-4o' }).body['include'], undefined, 'a model that does not think refuses to be asked')
})

test('turns become items: instructions, messages, calls and their results in the order of the calls (dialects r1, r2)', () => {
  const turns: readonly Turn[] = [
    { role: 'system', parts: [{ is: 'text', text: 'A' }] },
    { role: 'system', parts: [{ is: 'text', text: 'B' }] },
    {
      role: 'user',
      parts: [
        { is: 'text', text: 'Look' },
        { is: 'image', source: png, detail: 'low' },
        { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERg==' }, name: 'a.pdf' },
      ],
    },
    {
      role: 'assistant',
      blocks: [
        { is: 'text', text: 'One.' },
        { is: 'refusal', text: 'No.' },
        { is: 'tool-call', id: 'a', name: 'f', argumentsText: '' },
        { is: 'tool-call', id: 'b', name: 'f', argumentsText: '{"x":1}' },
      ],
    },
    {
      role: 'tool',
      results: [
        { callId: 'b', parts: [{ is: 'text', text: 'B' }], isError: true },
        { callId: 'a', parts: [{ is: 'image', source: png }], isError: false },
      ],
    },
    { role: 'system', parts: [{ is: 'text', text: 'Later.' }] },
  ]
  const { body } = write(ask({ turns }), { quirks: { systemRole: 'developer' } })
  assert.equal(body['instructions'], 'A\n\nB')
  const image = 'data:image/png;base64,iVBORw0KGgo='
  assert.deepEqual(body['input'], [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look' },
        { type: 'input_image', image_url: image, detail: 'low' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
      ],
    },
    {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'One.', annotations: [] },
        { type: 'refusal', refusal: 'No.' },
      ],
    },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'function_call', call_id: 'b', name: 'f', arguments: '{"x":1}' },
    { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_image', image_url: image, detail: 'auto' }] },
    { type: 'function_call_output', call_id: 'b', output: 'Error: B' },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Later.' }] },
  ])
})

test('a call without a result gets one, and ids are fitted alike (dialects R1, ID3)', () => {
  const id = `toolu_${'x'.repeat(80)}`
  const call = { is: 'tool-call', id, name: 'f', argumentsText: '{}' } as const
  const turns: readonly Turn[] = [
    { role: 'assistant', blocks: [call] },
    { role: 'user', parts: [{ is: 'text', text: 'q' }] },
  ]
  const [first, second] = write(ask({ turns })).body['input'] as { call_id: string; output?: string }[]
  assert.match(first?.call_id ?? '', /^[\w-]{1,64}$/)
  assert.equal(second?.call_id, first?.call_id)
  assert.match(second?.output ?? '', /no result/)
})

const inputOf = (blocks: Extract<Turn, { role: 'assistant' }>['blocks']): unknown[] =>
  (write(ask({ turns: [{ role: 'assistant', blocks }] })).body['input'] as { type: string }[]).map(({ type }) => type)

test('encrypted thinking goes back only to the provider that made it, and only before what it led to (dialects SG3)', () => {
  const own = { origin: { dialect: 'openai-responses', provider: 'openai' }, data: 'enc', id: 'rs_1' } as const
  const foreign = { ...own, origin: { ...own.origin, provider: 'xai' } }
  const raw = { origin: { dialect: 'openai-responses' }, data: 'raw' } as const
  const said = { is: 'text', text: 'a' } as const
  assert.deepEqual(inputOf([{ is: 'reasoning', text: 'hm', opaque: own }, said]), ['reasoning', 'message'])
  assert.deepEqual(inputOf([{ is: 'reasoning', text: '', opaque: raw }, said]), ['reasoning', 'message'])
  assert.deepEqual(inputOf([{ is: 'reasoning', text: 'hm', opaque: foreign }, said]), ['message'])
  assert.deepEqual(inputOf([{ is: 'reasoning', text: 'hm' }, said]), ['message'])
  assert.deepEqual(inputOf([said, { is: 'reasoning', text: 'hm', opaque: own }]), ['message'])
})

test('tools are flat and strict only where they were meant to be; one that another vendor runs is refused (dialects C5)', () => {
  const tools = [{ is: 'function', name: 'f' } as const]
  assert.deepEqual(write(ask({ tools })).body['tools'], [
    { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false },
  ])
  const custom = { is: 'custom', name: 'p', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } } as const
  const chosen = { is: 'allowed', names: ['p'], required: true } as const
  const { body } = write(ask({ tools: [custom], toolChoice: chosen, parallelToolCalls: false }))
  assert.deepEqual(body['tools'], [{ type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }])
  assert.deepEqual([body['tool_choice'], body['parallel_tool_calls']], [{ type: 'custom', name: 'p' }, false])
  const server = { is: 'server', type: 'web_search_20250305', origin: 'anthropic-messages', value: {} } as const
  assert.throws(() => write(ask({ tools: [server] })), /web_search_20250305/)
})

test('the choice among several tools', () => {
  const tools = [{ is: 'function', name: 'f' } as const, { is: 'function', name: 'g' } as const]
  const choiceOf = (toolChoice: NonNullable<CanonicalRequest['toolChoice']>): unknown =>
    write(ask({ tools, toolChoice })).body['tool_choice']
  assert.equal(choiceOf({ is: 'required' }), 'required')
  assert.deepEqual(choiceOf({ is: 'allowed', names: ['f', 'g'], required: false }), {
    type: 'allowed_tools',
    mode: 'auto',
    tools: [
      { type: 'function', name: 'f' },
      { type: 'function', name: 'g' },
    ],
  })
})

test('knobs are lost where the model thinks, and kept where it does not or shall not (dialects TH3, r5)', () => {
  const sampling = { temperature: 0.5, topP: 0.9, topLogprobs: 2, seed: 7, topK: 3 }
  const plain = write(ask({ sampling }))
  assert.deepEqual(
    [plain.body['temperature'], plain.body['top_p'], plain.body['top_logprobs'], plain.losses],
    [0.5, 0.9, 2, ['seed', 'topK']],
  )
  assert.ok((plain.body['include'] as string[]).includes('message.output_text.logprobs'))
  const thinking = write(ask({ sampling, reasoning: { effort: 'low' } }), { reasoning: true })
  assert.equal(thinking.body['temperature'], undefined)
  assert.deepEqual(thinking.losses, ['temperature', 'topP', 'topLogprobs', 'seed', 'topK'])
  assert.deepEqual(write(ask({ sampling, reasoning: { effort: 'none' } }), { reasoning: true }).losses, ['seed', 'topK'])
})

test('the wish to think is an effort the provider knows, and is lost where the model does not think (dialects TH2)', () => {
  const thinkingOf = (reasoning: NonNullable<CanonicalRequest['reasoning']>, where: Partial<TranslationTarget> = {}): unknown =>
    write(ask({ reasoning, maxTokens: 10_000 }), where).body['reasoning']
  assert.deepEqual(thinkingOf({ effort: 'low', visible: true }), { effort: 'low', summary: 'auto' })
  assert.deepEqual(thinkingOf({ budgetTokens: 2000 }), { effort: 'low' })
  assert.deepEqual(thinkingOf({ budgetTokens: 5000 }), { effort: 'medium' })
  assert.deepEqual(thinkingOf({ budgetTokens: 9000 }), { effort: 'high' })
  assert.deepEqual(thinkingOf({ effort: 'max' }, { quirks: { efforts: ['low', 'high'] } }), { effort: 'high' })
  assert.deepEqual(write(ask({ reasoning: { effort: 'high' } }), { reasoning: false }).losses, ['reasoning'])
})

test('the limit is at least 16, formats are flat, and the owner’s wishes count (dialects r3, r4)', () => {
  assert.equal(write(ask({ maxTokens: 5 })).body['max_output_tokens'], 16)
  assert.equal(write(ask({ maxTokens: 5000 }), { maxTokens: 100 }).body['max_output_tokens'], 100)
  const format = { is: 'json-schema', schema: { type: 'object' }, strict: true } as const
  assert.deepEqual(write(ask({ format, verbosity: 'low' })).body['text'], {
    format: { type: 'json_schema', name: 'response', schema: { type: 'object' }, strict: true },
    verbosity: 'low',
  })
  const { body, losses } = write(ask({ sampling: { temperature: 1 }, reasoning: { effort: 'low' } }), {
    removed: ['temperature'],
    defaults: { reasoning_effort: 'high', max_tokens: 7000 },
  })
  assert.deepEqual([body['reasoning'], body['max_output_tokens'], losses], [{ effort: 'high' }, 7000, ['temperature']])
})

const media = (source: typeof png, is: 'audio' | 'video'): Turn => ({ role: 'user', parts: [{ is, source }] })

test('what this API has no place for is lost by name or refused', () => {
  const turns: readonly Turn[] = [{ role: 'user', parts: [{ is: 'text', text: 'x', cache: {} }], name: 'Ann' }]
  const given = { turns, metadata: { a: 'b' }, serviceTier: 'flex', extras: { top_a: 1 } } as const
  assert.deepEqual([...write(ask({ ...given, from: 'anthropic-messages' })).losses].toSorted(), [
    'cacheMarks',
    'extras.top_a',
    'metadata',
    'name',
    'serviceTier',
  ])
  assert.throws(() => write(ask({ turns: [media(png, 'audio')] })), /no audio/)
  assert.throws(
    () => write(ask({ turns: [media(png, 'audio')] })),
    (error) => error instanceof RefusedCall && error.details.param === 'messages',
  )
  assert.throws(() => write(ask({ turns: [media(png, 'video')] })), /no video/)
  const part = { is: 'opaque', type: 'search_result', origin: 'anthropic-messages', value: {} } as const
  assert.throws(() => write(ask({ turns: [{ role: 'user', parts: [part] }] })), /search_result/)
  assert.throws(() => write(ask({ extras: { web_search_options: {} } })), /web_search_options/)
})

test('a request of this very dialect comes out as it went in', () => {
  const search = { type: 'web_search', external_web_access: false }
  const body = {
    model: 'm',
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'q' }] },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'x' },
      { type: 'computer_call_output', call_id: 'c', output: {} },
    ],
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }, { type: 'file_search', vector_store_ids: ['v'] }, search],
    include: ['reasoning.encrypted_content', 'web_search_call.results'],
    reasoning: { effort: 'low', summary: 'detailed', context: 'x' },
    truncation: 'auto',
    prompt_cache_retention: '24h',
    metadata: { a: 'b' },
    service_tier: 'flex',
    store: false,
  }
  const { body: again, losses } = write(requestOf(body))
  assert.deepEqual(again, body)
  assert.deepEqual(losses, [])
})

test('what is written is read back the same', () => {
  const request = ask({
    from: 'openai-responses',
    turns: [
      { role: 'system', parts: [{ is: 'text', text: 'S' }] },
      {
        role: 'user',
        parts: [
          { is: 'text', text: 'q' },
          { is: 'image', source: png, detail: 'low' },
        ],
      },
      {
        role: 'assistant',
        blocks: [
          { is: 'text', text: 'a' },
          { is: 'tool-call', id: 'c', name: 'f', argumentsText: '{"x":1}' },
        ],
      },
      { role: 'tool', results: [{ callId: 'c', parts: [{ is: 'text', text: 'r' }], isError: false }] },
    ],
    tools: [{ is: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
    toolChoice: { is: 'auto' },
    reasoning: { effort: 'high' },
    sampling: { temperature: 1 },
    maxTokens: 100,
    user: 'u',
    cacheKey: 'k',
  })
  const { body } = writeResponsesRequest(request, target)
  assert.deepEqual(readResponsesRequest(sketchResponses(body, bareAsk)), request)
})
