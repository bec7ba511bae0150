/** What routing reads of a Gemini request, and the bytes that go on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAsk } from '../dialect.ts'
import type { RequestChanges, Sketch, SketchAsk } from '../dialect.ts'
import { sketchGemini, spliceGemini } from './sketch.ts'

function sketch(body: string, ask: Partial<SketchAsk> = {}): Sketch {
  return sketchGemini(Buffer.from(body), { ...bareAsk, model: 'models/gemini-3.8-flash', stream: false, ...ask })
}

function sent(body: string, changes: Partial<RequestChanges>): string {
  return spliceGemini(sketch(body), { model: 'gemini-3.8-flash', removed: [], renamed: {}, defaults: {}, ...changes }).toString()
}

test('the model is the path’s, without Google’s prefix, and a stream is an array unless events are asked for', () => {
  const whole = sketch('{"contents":[]}')
  assert.deepEqual([whole.model, whole.stream, whole.wantsUsage, whole.streamType], ['gemini-3.8-flash', false, true, undefined])
  const array = sketch('{"contents":[]}', { stream: true })
  assert.deepEqual([array.stream, array.streamType, array.keepAlive?.toString()], [true, 'application/json; charset=utf-8', '\n'])
  for (const query of ['alt=sse', 'key=a&%24alt=sse']) assert.equal(sketch('{}', { stream: true, query }).streamType, undefined)
})

test('the limit stands one level down under either name, and is lowered there and nowhere else', () => {
  for (const [config, limit] of [
    ['generationConfig', 'maxOutputTokens'],
    ['generation_config', 'max_output_tokens'],
  ] as const) {
    const body = `{ "contents":[], "${config}" : { "temperature":1, "${limit}": 9000 , "topK":3} }`
    assert.equal(sketch(body).maxTokens, 9000)
    assert.equal(sent(body, { maxTokens: 4000 }), body.replace('9000', '4000'))
    assert.equal(sent(body, {}), body)
    assert.equal(sent(body, { maxTokens: 9001 }), body)
  }
  assert.equal(sketch('{"generationConfig":{"maxOutputTokens":null}}').maxTokens, undefined)
})

test('a limit that is none, a body that is none, and a config that comes twice are refused by name', () => {
  assert.throws(() => sketch('{"generationConfig":{"maxOutputTokens":0}}'), /generationConfig\.maxOutputTokens/)
  assert.throws(() => sketch('{"generationConfig":{"maxOutputTokens":"x"}}'), /generationConfig\.maxOutputTokens/)
  assert.throws(() => sketch('[]'), /JSON/)
  assert.throws(() => sketch(''), /no body/)
  assert.throws(() => sketch('{"generationConfig":{},"generationConfig":{}}'), /given twice/)
})

test('a body that names the model as well names the one that is asked', () => {
  assert.equal(sent('{"model":"models/x","contents":[]}', { model: 'gemini-2.5-pro' }), '{"model":"models/gemini-2.5-pro","contents":[]}')
})
