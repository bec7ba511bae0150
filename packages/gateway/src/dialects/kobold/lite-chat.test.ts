import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAsk } from '../dialect.ts'
import { sketchOpenAi } from '../openai/sketch.ts'

const ask = { ...bareAsk, defaultModel: () => 'probe' }

/** What Lite sends to a KoboldCpp that knows chat templates. */
const lite = {
  n: 1,
  max_context_length: 6144,
  max_length: 768,
  rep_pen: 1.05,
  temperature: 0.75,
  top_p: 0.92,
  top_k: 100,
  top_a: 0,
  sampler_order: [6, 0, 1, 3, 4, 2, 5],
  trim_stop: true,
  genkey: 'KCPP3582',
  min_p: 0,
  presence_penalty: 0,
  logit_bias: {},
  stop_sequence: ['{{[INPUT]}}', 'a', 'b', 'c', 'd', 'e'],
  continue_assistant_turn: true,
  messages: [{ role: 'user', content: 'Say "genkey".' }],
  stream: true,
}

test('a chat without a model is put into OpenAI’s words, for the model that the gateway names', () => {
  const { bytes, ...sketch } = sketchOpenAi(Buffer.from(JSON.stringify(lite)), ask)
  assert.deepEqual(JSON.parse(bytes.toString()), {
    temperature: 0.75,
    top_p: 0.92,
    messages: lite.messages,
    stream: true,
    model: 'probe',
    max_tokens: 768,
    stop: ['a', 'b', 'c', 'd'],
    top_k: 100,
    repetition_penalty: 1.05,
  })
  const { model, stream, maxTokens, generation, rebuild, from } = sketch
  assert.deepEqual(
    { model, stream, maxTokens, generation, rebuild, from },
    { model: 'probe', stream: true, maxTokens: 768, generation: 'KCPP3582', rebuild: true, from: 'kobold' },
  )
})

test('a model and a limit that are named stay, and the messages stay byte for byte', () => {
  const text = '{"genkey":"K", "messages" : [ {"role":"user","content":"\\u00e9"} ],"model":"a/b","max_tokens":5,"max_length":9}'
  const { bytes, model, maxTokens } = sketchOpenAi(Buffer.from(text), ask)
  assert.deepEqual([model, maxTokens], ['a/b', 5])
  assert.ok(bytes.includes('[ {"role":"user","content":"\\u00e9"} ]'))
})

test('nobody else’s request is touched, whatever it speaks of', () => {
  for (const text of [
    '{"model":"m","messages":[{"role":"user","content":"\\"genkey\\""}]}',
    '{"model":"m","messages":[{"genkey":1}]}',
    '{"model":"m","prompt":"a","genkey":"K"}',
  ]) {
    const sketch = sketchOpenAi(Buffer.from(text), ask)
    assert.equal(sketch.bytes.toString(), text)
    assert.deepEqual([sketch.generation, sketch.rebuild], [undefined, undefined])
  }
  assert.throws(() => sketchOpenAi(Buffer.from('{"messages":[]}'), ask), /`model` is missing/)
})
