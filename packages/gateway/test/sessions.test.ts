/** A conversation stays on its key in balanced rotation, and the names that callers give it go to nobody who does not know them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const keys = ['a', 'b', 'c', 'd']

function open(t: TestContext, rotation: string = 'balanced'): Promise<Bench> {
  return openBench(t, { keys: { alpha: keys }, env: { ROTATION_MODE_ALPHA: rotation } })
}

async function keyFor(bench: Bench, body: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await bench.ask(body, { headers: { 'content-type': 'application/json', ...headers } })
  assert.equal(response.status, 200, await response.text())
  return bench.upstream.calls.at(-1)?.key ?? ''
}

const user = (content: string): object => ({ role: 'user', content })
const assistant = (content: string): object => ({ role: 'assistant', content })

test('a conversation stays on its key turn after turn, while others are spread over all keys', async (t) => {
  const bench = await open(t)
  const seen = new Map<number, Set<string>>()
  for (let turn = 0; turn < 4; turn++) {
    for (let conversation = 0; conversation < 20; conversation++) {
      const begun = [{ role: 'system', content: 'Be brief. '.repeat(500) }, user(`conversation ${conversation}`)]
      const since = Array.from({ length: turn }, (_, index) => [assistant(`answer ${index}`), user(`question ${index}`)]).flat()
      const known = seen.get(conversation) ?? new Set()
      seen.set(conversation, known.add(await keyFor(bench, { messages: [...begun, ...since] })))
    }
  }
  for (const used of seen.values()) assert.equal(used.size, 1)
  assert.equal(new Set([...seen.values()].map((used) => used.values().next().value)).size, keys.length)
})

for (const [what, field, header] of [
  ['a field of the body', 'session_id', undefined],
  ['a header', undefined, 'x-session-id'],
  ['Claude Code’s header', undefined, 'x-claude-code-session-id'],
] as const) {
  test(`calls that name their session in ${what} stay on its key, whatever they say`, async (t) => {
    const bench = await open(t)
    const used = new Set<string>()
    for (let call = 0; call < 12; call++) {
      const body = { messages: [user(`something else ${call}`)], ...(field !== undefined && { [field]: 'one' }) }
      used.add(await keyFor(bench, body, header === undefined ? {} : { [header]: 'one' }))
    }
    assert.equal(used.size, 1)
  })
}

test('names of sessions are taken out, and everything else goes on byte for byte', async (t) => {
  const bench = await open(t)
  const names = ['session_id', 'conversation_id', 'thread_id', 'chat_id', 'sessionId', 'conversationId', 'threadId', 'chatId']
  const plain = '{"model":"m", "messages":[{"role":"user","content":"hello"}],  "temperature":0.5}'
  const asked = async (body: string): Promise<string> => {
    const response = await bench.ask({}, { body })
    assert.equal(response.status, 200, await response.text())
    return bench.upstream.calls.at(-1)?.body.toString() ?? ''
  }
  const expected = await asked(plain.replace('"m"', '"alpha/m"'))
  assert.equal(expected, plain)
  for (const name of names) assert.equal(await asked(plain.replace('{"model":"m"', `{"${name}":"one","model":"alpha/m"`)), plain, name)
})

test('names of sessions do not get through where a request is written anew either', async (t) => {
  const yaml = 'providers: { mistral: { base_url: "${MISTRAL_URL}", dialect: openai-chat, keys: ["key-a-0123456789abcdef"] } }'
  const bench = await openBench(t, { yaml, providers: { mistral: {} } })
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
  await keyFor(bench, { session_id: 'one', odd_field: 1, tools, tool_choice: 'auto' })
  const sent = String(bench.upstream.calls[0]?.body)
  assert.match(sent, /odd_field/)
  assert.doesNotMatch(sent, /session/)
})

test('a provider that knows the name of a session gets it', async (t) => {
  const yaml = 'providers: { openrouter: { base_url: "${OPENROUTER_URL}", keys: ["key-a-0123456789abcdef"] } }'
  const bench = await openBench(t, { yaml, providers: { openrouter: {} } })
  const response = await bench.ask({ session_id: 'one', thread_id: 'two' })
  assert.equal(response.status, 200, await response.text())
  const sent = String(bench.upstream.calls[0]?.body)
  assert.match(sent, /"session_id":"one"/)
  assert.doesNotMatch(sent, /thread/)
})
