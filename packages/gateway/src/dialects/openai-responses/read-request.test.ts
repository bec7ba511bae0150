import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seal } from '../canonical/opaque.ts'
import { RefusedCall } from '../../domain/failure.ts'
import { requestOf, sketchOf } from './samples.test.ts'

function refusal(body: object): { param: string | undefined; message: string } {
  try {
    requestOf(body)
  } catch (error) {
    if (error instanceof RefusedCall) return { param: error.details.param, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

test('a text is a message of the user, and instructions stand before everything else (dialects rs1, rs2)', () => {
  const { turns } = requestOf({ input: 'Hello', instructions: 'Be brief.' })
  assert.deepEqual(turns, [
    { role: 'system', parts: [{ is: 'text', text: 'Be brief.' }] },
    { role: 'user', parts: [{ is: 'text', text: 'Hello' }] },
  ])
  const later = requestOf({
    input: [
      { role: 'developer', content: 'B' },
      { role: 'user', content: 'C' },
    ],
    instructions: 'A',
  })
  assert.deepEqual(
    later.turns.map(({ role }) => role),
    ['system', 'system', 'user'],
  )
})

test('messages of every role with every kind of part', () => {
  const { turns } = requestOf({
    input: [
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
          { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
          { type: 'input_image', file_id: 'file-1' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
          { type: 'input_file', file_url: 'https://x/y.pdf' },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'b' },
          { type: 'refusal', refusal: 'no' },
        ],
      },
    ],
  })
  assert.deepEqual(turns, [
    {
      role: 'user',
      parts: [
        { is: 'text', text: 'a', cache: { ttl: '12h' } },
        { is: 'image', source: { is: 'url', url: 'https://x/y.png' }, detail: 'low' },
        { is: 'image', source: { is: 'id', id: 'file-1', origin: 'openai-responses' } },
        { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'JVBERg==' }, name: 'a.pdf' },
        { is: 'file', source: { is: 'url', url: 'https://x/y.pdf' } },
        { is: 'audio', source: { is: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
      ],
    },
    {
      role: 'assistant',
      blocks: [
        { is: 'text', text: 'b' },
        { is: 'refusal', text: 'no' },
      ],
    },
  ])
})

test('calls in a row are one turn of the assistant, and their results one turn behind it (dialects rs3)', () => {
  const { turns } = requestOf({
    input: [
      { role: 'user', content: 'q' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'raw' },
      { type: 'message', role: 'assistant', content: 'Let me look.' },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'b', name: 'f', arguments: '{"x":1}' },
      { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'B' }] },
      { type: 'function_call_output', call_id: 'a', output: 'A' },
    ],
  })
  assert.deepEqual(turns.slice(1), [
    {
      role: 'assistant',
      blocks: [
        { is: 'reasoning', text: 'hm', opaque: { origin: { dialect: 'openai-responses' }, data: 'raw', id: 'rs_1' } },
        { is: 'text', text: 'Let me look.' },
        { is: 'tool-call', id: 'a', name: 'f', argumentsText: '{}' },
        { is: 'tool-call', id: 'b', name: 'f', argumentsText: '{"x":1}' },
      ],
    },
    {
      role: 'tool',
      results: [
        { callId: 'b', parts: [{ is: 'text', text: 'B' }], isError: false },
        { callId: 'a', parts: [{ is: 'text', text: 'A' }], isError: false },
      ],
    },
  ])
})

test('thinking that was sealed here keeps its origin, and thinking of which nothing is left is left out (dialects rs4, SG5)', () => {
  const opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'sig' } as const
  const { turns } = requestOf({
    input: [
      { type: 'reasoning', id: 'rs_x', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: seal(opaque) },
      { type: 'reasoning', id: 'rs_y', summary: [] },
    ],
  })
  assert.deepEqual(turns, [{ role: 'assistant', blocks: [{ is: 'reasoning', text: 'hm', opaque }] }])
})

test('what only the vendor understands travels as it is, on the side that made it', () => {
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } }
  const shot = { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', image_url: 'x' } }
  const { turns } = requestOf({ input: [search, shot] })
  assert.deepEqual(turns, [
    { role: 'assistant', blocks: [{ is: 'opaque', type: 'web_search_call', origin: 'openai-responses', value: search }] },
    { role: 'user', parts: [{ is: 'opaque', type: 'computer_call_output', origin: 'openai-responses', value: shot }] },
  ])
})

test('a reference to an item that nobody keeps is refused (dialects rs10)', () => {
  const { param, message } = refusal({
    input: [
      { role: 'user', content: 'a' },
      { type: 'item_reference', id: 'rs_1' },
    ],
  })
  assert.equal(param, 'input[1]')
  assert.match(message, /rs_1/)
})

test('whatever is malformed is refused by its place', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ input: 7 }, 'input'],
    [{ input: [7] }, 'input[0]'],
    [{ input: [{}] }, 'input[0]'],
    [{ input: [{ role: 'user', content: 7 }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0]'],
    [{ input: [{ role: 'king', content: 'a' }] }, 'input[0].role'],
    [{ input: [{ role: 'system', content: [{ type: 'input_image', image_url: 'x' }] }] }, 'input[0].content'],
    [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    [{ tools: 'x' }, 'tools'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ text: { format: { type: 'yaml' } } }, 'text.format.type'],
    [{ text: { format: { type: 'json_schema', name: 'x' } } }, 'text.format.schema'],
    [{ reasoning: { effort: 'huge' } }, 'reasoning.effort'],
    [{ instructions: 7 }, 'instructions'],
  ]
  for (const [body, param] of wrong) assert.equal(refusal(body).param, param, JSON.stringify(body))
})

test('background and conversations are refused by name, and a field given twice too', () => {
  assert.throws(() => sketchOf({ background: true }), /`background` is not offered here/)
  assert.throws(() => sketchOf({ conversation: 'conv_1' }), /`conversation` is not offered here/)
  assert.doesNotThrow(() => sketchOf({ background: false, conversation: null }))
})

test('functions are flat, a custom tool becomes a function of one text, and a namespace one function each (dialects rs8, D13)', () => {
  const { tools, toolChoice } = requestOf({
    tools: [
      { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      { type: 'custom', name: 'apply_patch', description: 'Edits.', format: { type: 'grammar', syntax: 'lark', definition: 'start: x' } },
      {
        type: 'namespace',
        name: 'mcp__files',
        description: 'Files',
        tools: [{ type: 'function', name: 'read', parameters: { type: 'object' } }],
      },
    ],
    tool_choice: { type: 'custom', name: 'apply_patch' },
  })
  assert.deepEqual(
    tools.map((tool) => tool.is === 'function' && tool.name),
    ['f', 'apply_patch', 'mcp__files__read'],
  )
  const patch = tools[1]
  assert.ok(patch?.is === 'function')
  assert.match(patch.description ?? '', /^Edits\.\n\nThe input follows this lark grammar:\nstart: x$/)
  assert.deepEqual(Object.keys((patch.parameters as { properties: object }).properties), ['input'])
  assert.deepEqual(toolChoice, { is: 'allowed', names: ['apply_patch'], required: true })
})

test('every way of choosing among tools', () => {
  const tools = [{ type: 'function', name: 'f' }]
  const choiceOf = (choice: unknown): unknown => requestOf({ tools, tool_choice: choice }).toolChoice
  assert.deepEqual(choiceOf('auto'), { is: 'auto' })
  assert.deepEqual(choiceOf('none'), { is: 'none' })
  assert.deepEqual(choiceOf('required'), { is: 'required' })
  assert.deepEqual(choiceOf({ type: 'function', name: 'f' }), { is: 'allowed', names: ['f'], required: true })
  const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] }
  assert.deepEqual(choiceOf(allowed), { is: 'allowed', names: ['f'], required: false })
})

test('a search that may not reach the web is dispensable; every other tool of the vendor’s is not (dialects C5)', () => {
  const search = { type: 'web_search', external_web_access: false }
  const { tools, extras } = requestOf({ tools: [search, { type: 'file_search', vector_store_ids: ['v'] }] })
  assert.deepEqual(extras, { 'tools.web_search': search })
  assert.deepEqual(
    tools.map((tool) => tool.is === 'server' && tool.type),
    ['file_search'],
  )
})

test('knobs, limits, formats and the wish to think', () => {
  const schema = { type: 'object', properties: {} }
  const request = requestOf({
    stream: true,
    input: 'x',
    temperature: 0.5,
    top_p: 0.9,
    top_logprobs: 3,
    include: ['message.output_text.logprobs', 'reasoning.encrypted_content', 'web_search_call.results'],
    max_output_tokens: 100,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { verbosity: 'low', format: { type: 'json_schema', name: 'x', schema, strict: true } },
    parallel_tool_calls: false,
    prompt_cache_key: 'key',
    safety_identifier: 'me',
    service_tier: 'flex',
    metadata: { a: 'b' },
    truncation: 'disabled',
    store: false,
    client_metadata: { x: 1 },
  })
  const { turns: _, tools: __, ...rest } = request
  assert.deepEqual(rest, {
    from: 'openai-responses',
    model: 'm',
    stream: true,
    sampling: { temperature: 0.5, topP: 0.9, topLogprobs: 3 },
    parallelToolCalls: false,
    reasoning: { effort: 'low', visible: true },
    format: { is: 'json-schema', schema, name: 'x', strict: true },
    verbosity: 'low',
    maxTokens: 100,
    user: 'me',
    cacheKey: 'key',
    serviceTier: 'flex',
    metadata: { a: 'b' },
    extras: { client_metadata: { x: 1 }, include: ['web_search_call.results'] },
  })
})
