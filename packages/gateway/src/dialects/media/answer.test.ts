/** Whole answers beside chat: recognised without being built, with the usage they tell and no other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAsk } from '../dialect.ts'
import type { CheckedAnswer } from '../dialect.ts'
import { openAiImages } from '../openai-images/index.ts'
import { openAiSpeech } from '../openai-speech/index.ts'
import { rerank } from '../rerank/index.ts'
import { sketchJson } from '../sketch-json.ts'
import { inputUsage } from './answer.ts'
import { checkTranscript } from './transcript.ts'

function told({ failure, usage }: CheckedAnswer): unknown {
  return failure?.reason ?? (usage === undefined ? 'answer' : [usage.inputTokens, usage.outputTokens])
}

function bytes(json: unknown): Buffer {
  return Buffer.from(JSON.stringify(json))
}

for (const [what, json, expected] of [
  ['images', { data: [{ url: 'x' }] }, 'answer'],
  ['images with usage', { usage: { input_tokens: 8, output_tokens: 100, total_tokens: 108 }, data: [{}] }, [8, 100]],
  ['usage that counts nothing', { data: [{}], usage: { input_tokens: 0, output_tokens: 0 } }, 'answer'],
  ['no images', { data: [] }, 'bad-answer'],
  ['no list of images', { data: {} }, 'bad-answer'],
  ['an error', { error: { message: 'content_policy', code: 400 } }, 'content-refused'],
  ['no object', [1], 'bad-answer'],
] as const) {
  test(`image generation: ${what}`, () => assert.deepEqual(told(openAiImages.readAnswer(bytes(json))), expected))
}

for (const [what, json, expected] of [
  ['nothing fits', { results: [] }, 'answer'],
  ['a total alone is all input', { results: [{}], usage: { total_tokens: 38 } }, [38, 0]],
  ['Fireworks and Voyage call the list `data`', { data: [{}], usage: { total_tokens: 5 } }, [5, 0]],
  ['Cohere’s searches are no tokens', { results: [{}], meta: { billed_units: { search_units: 1 } } }, 'answer'],
  ['Cohere’s tokens are', { results: [{}], meta: { tokens: { input_tokens: 12, output_tokens: 0 } } }, [12, 0]],
  ['no list', { detail: 'x' }, 'bad-answer'],
] as const) {
  test(`rerank: ${what}`, () => assert.deepEqual(told(rerank.readAnswer(bytes(json))), expected))
}

function transcript(body: string, format: string, contentType: string): unknown {
  const sketch = sketchJson(bytes({ model: 'm', response_format: format }), { maxTokens: [], once: ['model'] }, bareAsk)
  return told(checkTranscript(Buffer.from(body), { sketch, contentType }))
}

for (const [what, body, format, type, expected] of [
  ['silence', '{"text":""}', 'json', 'application/json', 'answer'],
  ['tokens', '{"text":"a","usage":{"type":"tokens","input_tokens":3,"output_tokens":1}}', 'json', 'application/json', [3, 1]],
  ['seconds are no tokens', '{"text":"a","usage":{"type":"duration","seconds":7}}', 'verbose_json', 'application/json', 'answer'],
  ['plain text', 'Grüße.\n', 'text', 'text/plain', 'answer'],
  ['subtitles', 'WEBVTT\n', 'vtt', 'text/vtt', 'answer'],
  ['plain text where JSON was asked for', 'Internal error', 'json', 'text/plain', 'bad-answer'],
  ['plain text that says it is JSON', 'oops', 'text', 'application/json', 'bad-answer'],
  ['nothing', '', 'text', 'text/plain', 'bad-answer'],
  ['an error', '{"error":{"message":"overloaded"}}', 'text', 'application/json', 'overloaded'],
  ['JSON without a text', '{"a":1}', 'json', 'application/json', 'bad-answer'],
] as const) {
  test(`transcript: ${what}`, () => assert.deepEqual(transcript(body, format, type), expected))
}

test('speech: JSON is never an answer, and an error keeps its meaning', () => {
  assert.equal(told(openAiSpeech.readAnswer(bytes({ audio: 'aGk=' }))), 'bad-answer')
  assert.equal(told(openAiSpeech.readAnswer(Buffer.from('{'))), 'bad-answer')
  assert.equal(told(openAiSpeech.readAnswer(bytes({ error: { message: 'rate limit', code: 429 } }))), 'rate-limited')
})

test('usage of input alone takes what is there, and believes no junk', () => {
  assert.equal(inputUsage({ prompt_tokens: 3, total_tokens: 5 })?.inputTokens, 3)
  assert.equal(inputUsage({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } })?.cacheReadTokens, 4)
  for (const junk of [undefined, null, 5, {}, { total_tokens: -1 }, { total_tokens: '5' }, { total_tokens: 0 }]) {
    assert.equal(inputUsage(junk), undefined)
  }
})
