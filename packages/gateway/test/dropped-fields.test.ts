/** What the header about dropped fields may hold: its names come from callers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench } from './harness.ts'

const yaml = 'providers: { alpha: { base_url: "${ALPHA_URL}", dialect: anthropic-messages, keys: ["key-a-0123456789abcdef"] } }'
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hi.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
}

test('fields that a provider has no place for are named in a header, whatever their names are made of', async (t) => {
  const bench = await openBench(t, { yaml })
  bench.upstream.script('*', { is: 'status', status: 200, body: message })
  const odd = { 'x\r\nset-cookie: a=b': 1, grüße: 1, '\ud800': 1, 'b,c': 1, __proto__: 1 }
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field_${index}`, 1]))
  for (const fields of [odd, many, { seed: 7 }]) {
    const response = await bench.ask({ model: 'alpha/m', max_tokens: 5, ...fields })
    assert.equal(response.status, 200, await response.text())
    assert.equal(response.headers.get('set-cookie'), null)
    const dropped = response.headers.get('x-keywheel-dropped') ?? ''
    assert.ok(dropped !== '' && dropped.length < 4000)
    if (fields === odd) assert.match(dropped, /extras\.b%2Cc(?:,|$)/)
  }
})

test('a model’s name that holds half a letter is answered like any other', async (t) => {
  const bench = await openBench(t)
  const response = await bench.ask({ model: 'alpha/\ud800' })
  assert.equal(response.status, 200)
})

test('a model’s name may be longer than a head of an answer can be', async (t) => {
  const bench = await openBench(t)
  const response = await bench.ask({ model: `alpha/${'x'.repeat(50_000)}` })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-keywheel-model')?.length, 256)
})
