/** Conversations that are kept here: named again by id, told to their caller alone, and never left at a provider. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer } from '@keywheel/simulator'
import { keyText } from './harness.ts'
import { answerOf, asked, eventsIn, openResponses, streamOf, streamReply, wholeReply } from './responses-bench.ts'
import type { ResponsesBench } from './responses-bench.ts'

type Json = Record<string, unknown>

async function ask(bench: ResponsesBench, body: object, headers: Record<string, string> = {}): Promise<Json> {
  const response = await bench.respond(body, headers)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return (text.startsWith('{') ? JSON.parse(text) : eventsIn(text).at(-1)?.response) as Json
}

const reasoning = {
  id: 'rs_1',
  type: 'reasoning',
  summary: [],
  encrypted_content: 'gAAAA-secret-thinking-of-this-account-0123456789-0123456789',
}

for (const stream of [false, true]) {
  test(`a kept answer is put in front of the next question, ${stream ? 'streamed' : 'whole'}, and the provider keeps nothing`, async (t) => {
    const bench = await openResponses(t)
    const reply = (id: string, text: string, more: object[] = []): void =>
      bench.upstream.script('*', stream ? streamReply(streamOf(id, text, more)) : wholeReply(answerOf(id, text, more)))
    reply('1', 'Hello Ann.', [reasoning])
    const first = await ask(bench, { input: 'I am Ann.', stream })
    assert.deepEqual([first['id'], first['store'], first['previous_response_id']], ['resp_1', true, null])
    assert.deepEqual([asked(bench)['store'], asked(bench)['include']], [false, ['reasoning.encrypted_content']])
    reply('2', 'Ann.')
    const second = await ask(bench, { input: [{ role: 'user', content: 'Who am I?' }], previous_response_id: 'resp_1', stream })
    assert.deepEqual([second['store'], second['previous_response_id']], [true, 'resp_1'])
    const { input, previous_response_id: previous } = asked(bench)
    assert.equal(previous, undefined)
    const said = [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'I am Ann.' }] },
      reasoning,
      ...(answerOf('1', 'Hello Ann.')['output'] as object[]),
      { role: 'user', content: 'Who am I?' },
    ]
    assert.deepEqual(input, said)
    reply('3', 'Yes.')
    await ask(bench, { input: 'Sure?', previous_response_id: 'resp_2', stream })
    assert.deepEqual((asked(bench)['input'] as object[]).slice(0, 4), said, 'the whole conversation, not only the last answer')
  })
}

test('a conversation goes on with a provider of another dialect', async (t) => {
  const bench = await openResponses(t, { dialect: 'openai-chat' })
  bench.upstream.script('*', answer({ text: 'Hello Ann.' }))
  const first = await ask(bench, { input: 'I am Ann.', stream: true, instructions: 'Be brief.' })
  await ask(bench, { input: 'Who am I?', previous_response_id: first['id'] })
  assert.deepEqual(
    (asked(bench)['messages'] as Json[]).map(({ role, content }) => [role, content]),
    [
      ['user', 'I am Ann.'],
      ['assistant', 'Hello Ann.'],
      ['user', 'Who am I?'],
    ],
  )
})

test('a conversation that began elsewhere goes to a provider of this dialect without the ids that were made here', async (t) => {
  const more = `  beta: { base_url: "\${BETA_URL}", dialect: openai-chat, keys: [${keyText('z')}] }\n`
  const bench = await openResponses(t, { providers: { alpha: {}, beta: {} }, more })
  bench.simulators['beta']?.script('*', answer({ text: 'Hello Ann.', reasoning: 'A greeting.' }))
  const first = await ask(bench, { model: 'beta/m', input: 'I am Ann.' })
  bench.upstream.script('*', wholeReply(answerOf('2', 'Ann.')))
  await ask(bench, { input: 'Who am I?', previous_response_id: first['id'] })
  assert.deepEqual(asked(bench)['input'], [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'I am Ann.' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello Ann.', annotations: [] }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Who am I?' }] },
  ])
})

test('an item of a kept answer may be named by its id alone', async (t) => {
  const bench = await openResponses(t)
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}', status: 'completed' }
  bench.upstream.script('*', wholeReply(answerOf('1', 'Wait.', [call])))
  await ask(bench, {})
  const output = { type: 'function_call_output', call_id: 'call_1', output: '7' }
  await ask(bench, { input: [{ type: 'item_reference', id: 'fc_1' }, output] })
  assert.deepEqual(asked(bench)['input'], [call, output])
  const unknown = await bench.respond({ input: [{ type: 'item_reference', id: 'fc_2' }] })
  assert.equal(unknown.status, 400)
  assert.match(await unknown.text(), /fc_2/)
})

test('an answer that its caller does not want kept is not', async (t) => {
  const bench = await openResponses(t)
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi')))
  await ask(bench, { store: false })
  assert.equal((await fetch(`${bench.url}/responses/resp_1`)).status, 404)
  const response = await bench.respond({ previous_response_id: 'resp_1' })
  assert.equal(response.status, 400)
  assert.deepEqual(await response.json(), {
    error: {
      message: "Previous response with id 'resp_1' not found.",
      type: 'invalid_request_error',
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    },
  })
  assert.equal(bench.upstream.calls.length, 1)
})

test('an owner can have nothing kept at all', async (t) => {
  const bench = await openResponses(t, { more: 'responses: { retention_days: 0 }\n' })
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi')))
  assert.equal((await ask(bench, {}))['store'], false, 'and its callers are told so')
  assert.equal((await fetch(`${bench.url}/responses/resp_1`)).status, 404)
  assert.equal((await bench.respond({ previous_response_id: 'resp_1' })).status, 400)
})

function as(name: string): Record<string, string> {
  return { authorization: `Bearer ${keyText(name)}` }
}

test('nobody sees, continues or deletes what was kept for another caller', async (t) => {
  const bench = await openResponses(t, { env: { PROXY_API_KEY: `${keyText('ann')},${keyText('bob')}` } })
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi')))
  await ask(bench, {}, as('ann'))
  const at = `${bench.url}/responses/resp_1`
  assert.equal((await fetch(at, { headers: as('bob') })).status, 404)
  assert.equal((await fetch(`${at}/input_items`, { headers: as('bob') })).status, 404)
  assert.equal((await fetch(at, { method: 'DELETE', headers: as('bob') })).status, 404)
  assert.equal((await bench.respond({ previous_response_id: 'resp_1' }, as('bob'))).status, 400)
  assert.equal((await fetch(at)).status, 401)
  assert.equal((await fetch(at, { headers: as('ann') })).status, 200)
})

test('a stream that breaks off, or that its caller does not wait for, is not kept', async (t) => {
  const bench = await openResponses(t)
  const begun = streamOf('1', 'Hi').split('event: response.completed')[0] ?? ''
  bench.upstream.script('*', streamReply(begun))
  await bench.respond({ stream: true }).then((response) => response.text().catch(() => ''))
  assert.equal((await fetch(`${bench.url}/responses/resp_1`)).status, 404)
})

test('no key of a provider or a caller is ever written down with what is kept', async (t) => {
  let directory = ''
  const bench = await openResponses(t, {
    keys: ['paid'],
    env: { PROXY_API_KEY: keyText('proxy') },
    adjust: (config) => {
      directory = config.dataDirectory
      return config
    },
  })
  bench.upstream.script('*', wholeReply(answerOf('1', 'Hi', [reasoning])))
  await ask(bench, { input: 'I am Ann.' }, { authorization: `Bearer ${keyText('proxy')}` })
  await bench.close()
  const files = readdirSync(directory).filter((name) => name.startsWith('responses.db'))
  const text = files.map((name) => readFileSync(join(directory, name), 'latin1')).join('')
  assert.match(text, /I am Ann\./)
  assert.doesNotMatch(text, new RegExp(`${keyText('paid')}|${keyText('proxy')}`))
})
