/** Codex in front of a model that only knows chat completions: its request as it sends it, through a whole loop of tools of every kind. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import { asked, codeIn, eventsIn, openResponses, readBroken } from './responses-bench.ts'
import type { ResponsesBench } from './responses-bench.ts'

type Json = Record<string, unknown>

const headers = {
  accept: 'text/event-stream',
  originator: 'codex_cli_rs',
  'session-id': '0199f2f4-0000-7000-8000-000000000000',
  'thread-id': '0199f2f4-0000-7000-8000-000000000000',
  'x-client-request-id': '0199f2f4-0000-7000-8000-000000000000',
}
const first = JSON.parse(readFileSync(new URL('fixtures/codex/first-turn.json', import.meta.url), 'utf8')) as Json & { input: Json[] }

/** What Codex keeps of a stream: the items that are done, and the id of the answer. */
async function hear(bench: ResponsesBench, input: readonly Json[]): Promise<Json[]> {
  const response = await bench.respond({ ...first, input }, headers)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const events = eventsIn(text)
  assert.equal(events[0]?.type, 'response.created')
  const last = events.at(-1)
  assert.equal(last?.type, 'response.completed')
  assert.match(String(last.response?.['id']), /^resp_/)
  const { usage } = last.response as { usage: Json }
  for (const count of ['input_tokens', 'output_tokens', 'total_tokens']) assert.equal(typeof usage[count], 'number')
  const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item ?? {})
  assert.deepEqual(done, last.response?.['output'])
  return done
}

/** Codex sends items back without the ids that it was given. */
function again(items: readonly Json[]): Json[] {
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'id')))
}

test('a loop of a function, a freeform tool and a tool of a namespace', async (t) => {
  const bench = await openResponses(t, { dialect: 'openai-chat' })
  const patch = '*** Begin Patch\n*** Add File: greet.txt\n+Grüezi "you" \\o/\n*** End Patch\n'
  bench.upstream.script(
    '*',
    answer({
      reasoning: 'A file is wanted.',
      text: 'I will look first.',
      toolCalls: [
        { id: 'call_a', name: 'exec_command', arguments: '{"cmd":"ls"}' },
        { id: 'call_b', name: 'apply_patch', arguments: JSON.stringify({ input: patch }) },
        { id: 'call_c', name: 'mcp__files__read_file', arguments: '{"path":"greet.txt"}' },
      ],
      chunkSize: 5,
    }),
    answer({ text: 'Done.' }),
  )
  const items = await hear(bench, first.input)
  assert.deepEqual(
    items.map(({ type, name, namespace, input, arguments: text }) => [type, name, namespace, input ?? text]),
    [
      ['reasoning', undefined, undefined, undefined],
      ['message', undefined, undefined, undefined],
      ['function_call', 'exec_command', undefined, '{"cmd":"ls"}'],
      ['custom_tool_call', 'apply_patch', undefined, patch],
      ['function_call', 'read_file', 'mcp__files', '{"path":"greet.txt"}'],
    ],
  )
  const outputs: Json[] = [
    { type: 'function_call_output', call_id: 'call_a', output: 'total 0' },
    { type: 'custom_tool_call_output', call_id: 'call_b', output: 'Success.' },
    { type: 'function_call_output', call_id: 'call_c', output: [{ type: 'input_text', text: 'Grüezi' }] },
  ]
  const [said] = await hear(bench, [...first.input, ...again(items), ...outputs])
  assert.match(JSON.stringify(said), /"text":"Done\."/)
  const { messages, tools } = asked(bench) as { messages: Json[]; tools: { function: Json }[] }
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'tool', 'tool', 'tool'],
  )
  const calls = messages.find(({ role }) => role === 'assistant')?.['tool_calls'] as { id: string; function: Json }[]
  assert.deepEqual(
    calls.map(({ id, function: { name, arguments: text } }) => [id, name, text]),
    [
      ['call_a', 'exec_command', '{"cmd":"ls"}'],
      ['call_b', 'apply_patch', JSON.stringify({ input: patch })],
      ['call_c', 'mcp__files__read_file', '{"path":"greet.txt"}'],
    ],
  )
  assert.deepEqual(
    messages.slice(-3).map(({ tool_call_id: id, content }) => [id, content]),
    [
      ['call_a', 'total 0'],
      ['call_b', 'Success.'],
      ['call_c', 'Grüezi'],
    ],
  )
  assert.deepEqual(
    tools.map((tool) => tool.function['name']),
    ['exec_command', 'apply_patch', 'mcp__files__read_file'],
  )
})

test('what the model has no place for is said by name: the search that may not reach the web, and the client’s own notes', async (t) => {
  const bench = await openResponses(t, { dialect: 'openai-chat' })
  const response = await bench.respond(first, headers)
  await response.text()
  const dropped = (response.headers.get('x-keywheel-dropped') ?? '').split(', ')
  assert.ok(dropped.includes('extras.tools.web_search') && dropped.includes('extras.client_metadata'), dropped.join())
})

test('a search that may reach the web is refused, because nobody would run it', async (t) => {
  const bench = await openResponses(t, { dialect: 'openai-chat' })
  const response = await bench.respond({ ...first, tools: [{ type: 'web_search' }] }, headers)
  assert.equal(response.status, 400)
  assert.match(await response.text(), /web_search/)
  assert.equal(bench.upstream.calls.length, 0)
})

test('what breaks in the middle is told by the one event that Codex takes for a failure', async (t) => {
  const bench = await openResponses(t, { dialect: 'openai-chat' })
  bench.upstream.script('*', faults.F35.reply({ events: 3 }))
  const { text, brokenOff } = await readBroken(await bench.respond(first, headers))
  assert.ok(brokenOff)
  const events = eventsIn(text)
  assert.deepEqual(
    events.map(({ sequence_number: number }) => number),
    events.map((_, at) => at),
  )
  const last = events.at(-1)
  assert.deepEqual([last?.type, last?.response?.['id']], ['response.failed', events[0]?.response?.['id']])
  assert.equal(codeIn(last), 'server_error')
})
