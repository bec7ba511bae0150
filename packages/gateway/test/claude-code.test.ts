/** Claude Code over a provider that speaks OpenAI's dialect: its real kind of request, through a whole tool loop, streamed and whole. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer } from '@keywheel/simulator'
import { askMessages, eventsIn, keepsOrder, streamReply, wholeReply, withoutRetries } from './anthropic-stand.ts'
import type { Told } from './anthropic-stand.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

interface Message {
  readonly id: string
  readonly model: string
  readonly content: readonly Told[]
  readonly stop_reason: string
  readonly usage: Readonly<Record<string, number>>
}

interface ChatRequest {
  readonly model: string
  readonly messages: readonly {
    role: string
    content: unknown
    tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[]
    tool_call_id?: string
  }[]
  readonly tools: readonly { type: string; function: { name: string; parameters: unknown } }[]
  readonly [field: string]: unknown
}

const folder = new URL('fixtures/claude-code/', import.meta.url)
const request = JSON.parse(readFileSync(new URL('request.json', folder), 'utf8')) as {
  messages: object[]
  tools: { name: string; input_schema: object }[]
}
const headers = JSON.parse(readFileSync(new URL('headers.json', folder), 'utf8')) as Record<string, string>

const yaml = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: ["${keyText('a')}"] }
virtual_models: { coder: { fallback_chain: [{ provider: alpha, model: m, priority: 1 }] } }
`
const reading = { id: 'call_abcdefghijklmnopqrstuvwx', name: 'Read', arguments: '{"file_path":"/work/project/notes.md"}' }
const looking = { id: 'call_zyxwvutsrqponmlkjihgfedc', name: 'Glob', arguments: '{"pattern":"**/*.md"}' }

function open(t: TestContext): Promise<Bench> {
  return openBench(t, { yaml, adjust: withoutRetries })
}

/** Asks as it does, and reads the answer as strictly as it does. */
async function ask(bench: Bench, stream: boolean, messages: readonly object[] = request.messages): Promise<Message> {
  const { stream: _, ...whole } = { ...request, messages, stream: true }
  const response = await askMessages(bench, stream ? { ...whole, stream } : whole, headers)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return stream ? messageOf(text) : (JSON.parse(text) as Message)
}

/** What a strict reader makes of a stream. */
function messageOf(text: string): Message {
  const events = eventsIn(text)
  keepsOrder(events)
  const start = events[0]?.['message'] as Message
  const end = events.at(-2) as unknown as { delta: { stop_reason: string }; usage: Record<string, number> }
  const content = events.filter(({ type }) => type === 'content_block_start').map((event) => blockFrom(event, events))
  return { ...start, content, stop_reason: end.delta.stop_reason, usage: { ...start.usage, ...end.usage } }
}

function blockFrom(start: Told, events: readonly Told[]): Told {
  const block = start['content_block'] as Told
  const deltas = events
    .filter(({ type, index }) => type === 'content_block_delta' && index === start.index)
    .map(({ delta }) => delta as Told)
  const joined = (field: string): string => deltas.map((delta) => (typeof delta[field] === 'string' ? delta[field] : '')).join('')
  if (block.type === 'tool_use') return { ...block, input: JSON.parse(joined('partial_json') || '{}') as unknown }
  return block.type === 'text'
    ? { ...block, text: joined('text') }
    : { ...block, thinking: joined('thinking'), signature: joined('signature') }
}

function sent(bench: Bench, number: number = 1): ChatRequest {
  return bench.upstream.calls.filter(({ method }) => method === 'POST')[number - 1]?.json as ChatRequest
}

/** The first answer: thinking that can go back, a word, and both calls. */
function isTheCall({ content, stop_reason: reason }: Message): void {
  assert.deepEqual(
    content.map(({ type }) => type),
    ['thinking', 'text', 'tool_use', 'tool_use'],
  )
  const [thinking, , read] = content
  assert.ok(thinking !== undefined && read !== undefined)
  assert.equal(thinking['thinking'], 'A file is asked for.')
  assert.ok(String(thinking['signature']).length > 0)
  assert.deepEqual([read['id'], read['name'], read['input']], [reading.id, 'Read', JSON.parse(reading.arguments)])
  assert.equal(reason, 'tool_use')
}

function resultsFor(content: readonly Told[]): readonly object[] {
  const [read, glob] = content.filter(({ type }) => type === 'tool_use')
  return [
    { type: 'tool_result', tool_use_id: read?.['id'], content: [{ type: 'text', text: '1\thello' }] },
    {
      type: 'tool_result',
      tool_use_id: glob?.['id'],
      content: 'no such directory',
      is_error: true,
      cache_control: { type: 'ephemeral' },
    },
    { type: 'text', text: 'Go on.' },
  ]
}

/** The second request: the calls, their results at once behind them, and what the user says last. */
function isTheLoop({ messages }: ChatRequest): void {
  const [assistant, one, two, user] = messages.slice(-4)
  assert.ok(assistant !== undefined && one !== undefined && two !== undefined && user !== undefined)
  const calls = assistant.tool_calls?.map(({ id, function: { name } }) => [id, name])
  assert.deepEqual(calls, [
    [reading.id, 'Read'],
    [looking.id, 'Glob'],
  ])
  assert.deepEqual([one.role, one.tool_call_id, textOf(one.content)], ['tool', reading.id, '1\thello'])
  assert.deepEqual([two.role, two.tool_call_id], ['tool', looking.id])
  assert.match(textOf(two.content), /error.*no such directory/i)
  assert.deepEqual([user.role, textOf(user.content)], ['user', 'Go on.'])
}

function chunk(delta: object): string {
  return `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`
}

for (const stream of [true, false]) {
  const how = stream ? 'streamed' : 'whole'

  test(`a whole tool loop, ${how}`, async (t) => {
    const bench = await open(t)
    const first = answer({ text: 'I will look.', reasoning: 'A file is asked for.', toolCalls: [reading, looking], chunkSize: 7 })
    bench.upstream.script('*', first, answer({ text: 'It says hello.', chunkSize: 7 }))
    const called = await ask(bench, stream)
    isTheCall(called)
    const said = await ask(bench, stream, [
      ...request.messages,
      { role: 'assistant', content: called.content },
      { role: 'user', content: resultsFor(called.content) },
    ])
    assert.deepEqual([said.content.map(({ text }) => text), said.stop_reason, said.model], [['It says hello.'], 'end_turn', 'coder'])
    isTheLoop(sent(bench, 2))
  })

  test(`what was read from a cache is not counted twice, ${how}`, async (t) => {
    const bench = await open(t)
    const usage = { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105, prompt_tokens_details: { cached_tokens: 80 } }
    bench.upstream.script('*', answer({ text: 'Hi', usage }))
    const { usage: told } = await ask(bench, stream)
    assert.deepEqual([told['input_tokens'], told['cache_read_input_tokens'], told['output_tokens']], [20, 80, 5])
  })

  test(`a failure before the answer is told in Anthropic’s shape, ${how}`, async (t) => {
    const bench = await open(t)
    const error = {
      message: 'This model’s maximum context length is 8192 tokens.',
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
    }
    bench.upstream.script('*', wholeReply({ error }, 400))
    const { stream: _, ...whole } = { ...request, stream }
    const response = await askMessages(bench, stream ? request : whole, headers)
    const { type, error: told } = (await response.json()) as { type: string; error: { type: string; message: string } }
    assert.deepEqual([response.status, type, told.type], [400, 'error', 'invalid_request_error'])
    assert.match(told.message, /^prompt is too long/)
  })
}

test('the request is put into OpenAI’s dialect with nothing in it that only Anthropic knows', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', answer({ text: 'Hi' }))
  const response = await askMessages(bench, request, headers)
  await response.text()
  const chat = sent(bench)
  assert.deepEqual(
    Object.keys(chat).filter((field) => ['context_management', 'thinking', 'output_config', 'system', 'metadata'].includes(field)),
    [],
  )
  assert.doesNotMatch(JSON.stringify(chat), /cache_control|x-anthropic-billing-header|anthropic-beta/)
  assert.equal(chat.tools.length, 24)
  assert.deepEqual(chat.tools[2]?.function.parameters, request.tools[2]?.input_schema)
  assert.equal(chat.messages[0]?.role, 'system')
  assert.match(textOf(chat.messages[0]?.content), /command line tool[^]*Working directory/)
  assert.equal(chat.messages.filter(({ content }) => textOf(content).includes('opened the file')).length, 1)
  const { headers: asked } = bench.upstream.calls.find(({ method }) => method === 'POST') ?? {}
  assert.deepEqual(
    Object.keys(asked ?? {}).filter((name) => name.startsWith('anthropic') || name.startsWith('x-')),
    [],
  )
  assert.match(response.headers.get('x-keywheel-dropped') ?? '', /extras\.context_management/)
})

test('an error in the middle of the provider’s stream is an error event', async (t) => {
  const bench = await open(t)
  bench.upstream.script('*', streamReply(`${chunk({ content: 'Half' })}data: {"error":{"message":"Overloaded","type":"overloaded"}}\n\n`))
  const response = await askMessages(bench, request, headers)
  const decoder = new TextDecoder()
  let text = ''
  await assert.rejects(async () => {
    for await (const part of response.body ?? []) text += decoder.decode(part as Uint8Array, { stream: true })
  })
  const events = eventsIn(text)
  assert.deepEqual([events[0]?.type, events.at(-1)?.type], ['message_start', 'error'])
  assert.ok(!events.some(({ type }) => type === 'message_stop'))
})

test('what one vendor thought goes to another as nothing, and back to the first as it was', async (t) => {
  const both = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: ["${keyText('a')}"] }
  claude: { base_url: "\${CLAUDE_URL}", dialect: anthropic-messages, keys: ["${keyText('a')}"] }
virtual_models:
  coder: { fallback_chain: [{ provider: alpha, model: m, priority: 1 }] }
  clever: { fallback_chain: [{ provider: claude, model: claude-opus-4-8, priority: 1 }] }
`
  const bench = await openBench(t, { yaml: both, providers: { alpha: {}, claude: {} }, adjust: withoutRetries })
  bench.upstream.script('*', answer({ text: 'I will look.', reasoning: 'A file is asked for.', toolCalls: [reading] }))
  const called = await ask(bench, false)
  bench.simulators['claude']?.script(
    '*',
    wholeReply({ content: [{ type: 'text', text: 'Hello.' }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } }),
  )
  const result = { type: 'tool_result', tool_use_id: called.content.at(-1)?.['id'], content: 'hello' }
  const messages = [...request.messages, { role: 'assistant', content: called.content }, { role: 'user', content: [result] }]
  const { stream: _, ...whole } = { ...request, stream: false }
  const response = await askMessages(bench, { ...whole, model: 'clever', messages }, headers)
  assert.equal(response.status, 200, await response.text())
  const asked = bench.simulators['claude']?.calls.find(({ method }) => method === 'POST')
  const body = asked?.json as { messages: { content: Told[] }[]; thinking: object; context_management: object }
  assert.ok(!JSON.stringify(body).includes('kw1.'))
  assert.deepEqual(
    body.messages.flatMap(({ content }) => content).filter(({ type }) => type === 'thinking'),
    [],
  )
  assert.deepEqual(
    [body.thinking, body.context_management],
    [{ type: 'disabled' }, { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] }],
  )
  assert.equal(asked?.headers['anthropic-beta'], headers['anthropic-beta'])
})

/** The text of a content, which may be one text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : ''
}
