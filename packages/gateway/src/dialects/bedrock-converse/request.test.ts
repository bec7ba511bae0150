import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Part } from '../canonical/parts.ts'
import type { Turn } from '../canonical/request.ts'
import {
  answers,
  asking,
  call,
  llama,
  messages,
  nova,
  opus46,
  rain,
  result,
  says,
  sonnet,
  spec,
  targetOf,
  text,
  weather,
  write,
} from './writing.test.ts'
import { writeBedrockRequest } from './request.ts'

test('nothing is sent that was not asked for', () => {
  const { body, losses } = writeBedrockRequest(asking(), targetOf(sonnet))
  assert.deepEqual(JSON.parse(body.toString()), { messages: [{ role: 'user', content: [text('Hi')] }] })
  assert.deepEqual(losses, [])
})

test('user and assistant take turns, and the user begins', () => {
  const turns = [
    answers({ is: 'text', text: 'Welcome.' }),
    says('user', 'a'),
    says('user', 'b'),
    says('system', 'Be brief.'),
    says('user', 'c'),
  ]
  assert.deepEqual(messages({ turns: [says('system', 'Rules.'), says('system', 'More.'), ...turns] }), [
    { role: 'user', content: [text('.')] },
    { role: 'assistant', content: [text('Welcome.')] },
    { role: 'user', content: [text('a'), text('b'), text('<system>Be brief.</system>'), text('c')] },
  ])
  assert.deepEqual(write({ turns: [says('system', 'Rules.'), says('system', 'More.'), ...turns] }).system, [text('Rules.'), text('More.')])
})

test('a conversation without any words of the user has some all the same', () => {
  assert.deepEqual(messages({ turns: [says('system', 'Write a poem.')] }), [{ role: 'user', content: [text('.')] }])
})

test('blank texts go, and a turn of nothing else goes with them', () => {
  const turns = [says('user', 'a'), answers({ is: 'text', text: ' \n' }), says('user', ' '), says('user', 'b')]
  assert.deepEqual(messages({ turns }), [{ role: 'user', content: [text('a'), text('b')] }])
})

test('what the assistant is to go on from does not end with space', () => {
  const turns = [says('user', 'a'), answers({ is: 'text', text: 'The answer is ' })]
  assert.deepEqual(messages({ turns }).at(-1), { role: 'assistant', content: [text('The answer is')] })
})

test('several people are told apart', () => {
  const turns: Turn[] = [
    { role: 'user', name: 'Ann', parts: [{ is: 'text', text: 'Hi' }] },
    { role: 'user', name: 'Bob', parts: [{ is: 'text', text: 'Ho' }] },
  ]
  assert.deepEqual(messages({ turns }), [{ role: 'user', content: [text('Ann:'), text('Hi'), text('Bob:'), text('Ho')] }])
})

test('all results of a turn stand in one message behind their calls, and what the user says follows them', () => {
  const turns = [says('user', 'q'), answers(call('a'), call('b')), result('b', rain), result('a'), says('user', 'and?')]
  assert.deepEqual(messages({ turns, tools: [weather] }), [
    { role: 'user', content: [text('q')] },
    {
      role: 'assistant',
      content: ['a', 'b'].map((toolUseId) => ({ toolUse: { toolUseId, name: 'get_weather', input: { city: 'Zürich' } } })),
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a', content: [text('(empty)')] } },
        { toolResult: { toolUseId: 'b', content: [text('7 °C, rain')] } },
        text('and?'),
      ],
    },
  ])
})

test('a call without a result gets one that says so, and a failed one is marked where the model knows the mark', () => {
  const turns = [says('user', 'q'), answers(call('a')), says('user', 'go on')]
  const marked = { toolResult: { toolUseId: 'a', content: [text('(no result)')], status: 'error' } }
  assert.deepEqual(messages({ turns, tools: [weather] })[2]?.content, [marked, text('go on')])
  const told = { toolResult: { toolUseId: 'a', content: [text('Error:'), text('(no result)')] } }
  assert.deepEqual(messages({ turns, tools: [weather] }, llama)[2]?.content, [told, text('go on')])
})

test('without tools in the request calls and results are told in words: Bedrock refuses them otherwise', () => {
  const turns = [says('user', 'q'), answers({ is: 'text', text: 'Let me look.' }, call('a')), result('a', rain)]
  const flat = [
    { role: 'user', content: [text('q')] },
    { role: 'assistant', content: [text('Let me look.'), text('[called get_weather with {"city":"Zürich"}]')] },
    { role: 'user', content: [text('[result of get_weather]'), text('7 °C, rain')] },
  ]
  const { toolConfig, messages: told } = write({ turns })
  assert.deepEqual({ toolConfig, told }, { toolConfig: undefined, told: flat })
  assert.deepEqual(messages({ turns, tools: [weather], toolChoice: { is: 'none' } }), flat)
})

test('ids of calls that Bedrock would refuse are changed alike on calls and results, and stay distinct', () => {
  const ids = ['call:1', 'x'.repeat(80), '', 'tooluse_ok-1']
  const turns = [says('user', 'q'), answers(...ids.map((id) => call(id))), ...ids.map((id) => result(id, rain))]
  const [, assistant, user] = messages({ turns, tools: [weather] })
  assert.ok(assistant && user)
  const called = assistant.content.map((block) => block.toolUse.toolUseId)
  assert.deepEqual(
    user.content.map((block) => block.toolResult.toolUseId),
    called,
  )
  assert.equal(new Set(called).size, ids.length)
  for (const id of called) assert.match(id, /^[A-Za-z0-9_-]{1,64}$/)
  assert.equal(called[3], 'tooluse_ok-1')
})

test('arguments are an object, whatever the model had left of them', () => {
  for (const [written, input] of [
    ['', {}],
    ['{"city":"Zü', {}],
    ['"null"', {}],
    ['{"a":[1]}', { a: [1] }],
  ] as const) {
    const turns: Turn[] = [says('user', 'q'), answers(call('a', written)), result('a', rain)]
    assert.deepEqual(messages({ turns, tools: [weather] })[1]?.content[0]?.toolUse.input, input)
  }
})

for (const [what, toolChoice, expected] of [
  ['auto needs no word', { is: 'auto' }, { tools: [spec, spec2()] }],
  ['none offers none', { is: 'none' }, undefined],
  ['required is any', { is: 'required' }, { tools: [spec, spec2()], toolChoice: { any: {} } }],
  [
    'one that must be called is named',
    { is: 'allowed', names: ['get_weather'], required: true },
    { tools: [spec], toolChoice: { tool: { name: 'get_weather' } } },
  ],
  ['some that may be called are all that is offered', { is: 'allowed', names: ['get_weather'], required: false }, { tools: [spec] }],
] as const) {
  test(`tool choice: ${what}`, () => {
    const tools = [weather, { is: 'function', name: 'now', description: ' ' } as const]
    assert.deepEqual(write({ tools, toolChoice }).toolConfig, expected)
  })
}

/** A tool without arguments and without a description that says anything. */
function spec2(): object {
  return { toolSpec: { name: 'now', inputSchema: { json: { type: 'object', properties: {} } } } }
}

test('a custom tool is wrapped as a function of one text, and so is what it was called with', () => {
  const { toolConfig, messages: told } = write({
    tools: [{ is: 'custom', name: 'patch', description: 'Edits' }],
    turns: [
      says('user', 'q'),
      answers({ is: 'tool-call', id: 'a', name: 'patch', argumentsText: '*** x', custom: true }),
      result('a', rain),
    ],
  })
  const schema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] }
  assert.deepEqual(toolConfig.tools, [{ toolSpec: { name: 'patch', description: 'Edits', inputSchema: { json: schema } } }])
  assert.deepEqual(told[1]?.content, [{ toolUse: { toolUseId: 'a', name: 'patch', input: { input: '*** x' } } }])
})

test('a name that is too long or has other letters is changed alike in tools, choice and history', () => {
  const name = 'github.com:search/issues'
  const { toolConfig, messages: told } = write({
    tools: [{ is: 'function', name }],
    toolChoice: { is: 'allowed', names: [name], required: true },
    turns: [says('user', 'q'), answers({ is: 'tool-call', id: 'a', name, argumentsText: '{}' }), result('a', rain)],
  })
  const changed = toolConfig.tools[0]?.toolSpec.name ?? ''
  assert.match(changed, /^github_com_search_issues_[A-Za-z0-9]{8}$/)
  assert.equal(toolConfig.toolChoice.tool.name, changed)
  assert.equal(told[1]?.content[0]?.toolUse.name, changed)
})

test('one call at a time is a wish that only Claude understands, and only where nothing else is chosen', () => {
  const asked = { tools: [weather], parallelToolCalls: false }
  assert.deepEqual(write(asked).additionalModelRequestFields, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } })
  assert.deepEqual(write({ ...asked, toolChoice: { is: 'required' } }).losses, ['parallelToolCalls'])
  assert.deepEqual(write(asked, nova).losses, ['parallelToolCalls'])
  assert.deepEqual(write({ ...asked, parallelToolCalls: true }, nova).losses, [])
})

function image(mediaType: string): Turn {
  return { role: 'user', parts: [{ is: 'image', source: { is: 'base64', mediaType, data: 'AAAA' } }] }
}

test('images are bytes with the name of their format', () => {
  for (const format of ['jpeg', 'png', 'gif', 'webp']) {
    assert.deepEqual(messages({ turns: [image(`image/${format}`)] }), [
      { role: 'user', content: [{ image: { format, source: { bytes: 'AAAA' } } }] },
    ])
  }
  assert.throws(() => write({ turns: [image('image/tiff')] }), refused(/takes no image of type image\/tiff/))
  const elsewhere: Turn = { role: 'user', parts: [{ is: 'image', source: { is: 'url', url: 's3://b/i.png' } }] }
  assert.throws(() => write({ turns: [elsewhere] }), refused(/the bytes of images only/))
})

function file(name?: string): Part {
  return { is: 'file', source: { is: 'base64', mediaType: 'application/pdf', data: 'AAAA' }, ...(name !== undefined && { name }) }
}

test('documents have names that Bedrock takes, each another one, and words beside them', () => {
  const parts = [file('Jahres_bericht  2026 (final).pdf'), file(), file(), { is: 'file', source: { is: 'text', text: 'ä' } } as const]
  const content = messages({ turns: [{ role: 'user', parts }] })[0]?.content ?? []
  assert.deepEqual(content[0], text('.'))
  const names = content.slice(1).map((block) => block.document.name)
  assert.deepEqual(names, ['Jahres-bericht 2026 (final)', 'document', 'document (2)', 'document (3)'])
  assert.deepEqual(content[4]?.document, { name: 'document (3)', format: 'txt', source: { bytes: 'w6Q=' } })
})

test('what Bedrock cannot take is refused by name', () => {
  const audio: Turn = { role: 'user', parts: [{ is: 'audio', source: { is: 'base64', mediaType: 'audio/wav', data: 'A' } }] }
  const block: Turn = answers({ is: 'opaque', type: 'web_search_call', origin: 'openai-responses', value: {} })
  const server = { is: 'server', type: 'web_search_20250305', origin: 'anthropic-messages', value: {} } as const
  assert.throws(() => write({ turns: [audio] }), refused(/Audio/))
  assert.throws(() => write({ turns: [says('user', 'a'), block] }), refused(/web_search_call/))
  assert.throws(() => write({ tools: [server] }), refused(/web_search_20250305/))
  assert.throws(() => write({ extras: { web_search_options: {} } }), refused(/web_search_options/))
})

function refused(why: RegExp): (error: RefusedCall) => boolean {
  return ({ failure }) => failure.reason === 'unsupported' && why.test(failure.message)
}

test('cache marks are points behind what they mark, for models that know them', () => {
  const turns: Turn[] = [
    { role: 'system', parts: [{ is: 'text', text: 'Rules.', cache: {} }] },
    { role: 'user', parts: [{ is: 'text', text: 'Hi', cache: { ttl: '1h' } }] },
  ]
  const tools = [{ ...weather, cache: {} }]
  const point = { cachePoint: { type: 'default' } }
  const told = write({ turns, tools }, opus46)
  assert.deepEqual(told.system, [text('Rules.'), point])
  assert.deepEqual(told.messages, [{ role: 'user', content: [text('Hi'), { cachePoint: { type: 'default', ttl: '1h' } }] }])
  assert.deepEqual(told.toolConfig.tools, [spec, point])
  assert.deepEqual(messages({ turns }, sonnet)[0]?.content[1], point)
  assert.deepEqual(write({ turns, tools }, llama).losses, ['cacheMarks'])
  assert.ok(!JSON.stringify(write({ turns, tools }, llama)).includes('cachePoint'))
})
