import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

test('the closest names come first', () => {
  assert.deepEqual(nearest('groqq', ['openai', 'groq', 'grok']), ['groq', 'grok'])
  assert.deepEqual(nearest('fallbackchain', ['description', 'fallback_chain', 'timeouts']), ['fallback_chain'])
})

test('swapped letters are one mistake and letter case is none', () => {
  assert.deepEqual(nearest('gorq', ['groq']), ['groq'])
  assert.deepEqual(nearest('GPT-4O', ['gpt-4o']), ['gpt-4o'])
})

test('a name without its provider, or cut short, is found', () => {
  assert.deepEqual(nearest('llama-3.3-70b', ['groq/llama-3.3-70b-versatile', 'openai/gpt-4o']), ['groq/llama-3.3-70b-versatile'])
  assert.deepEqual(nearest('gpt4o', ['groq/llama', 'openai/gpt-4o']), ['openai/gpt-4o'])
})

test('nothing is offered when nothing comes close', () => {
  assert.deepEqual(nearest('qqqqqq', ['openai', 'groq']), [])
  assert.deepEqual(nearest('', ['a', 'b']), [])
})

test('no more than asked for', () => {
  assert.deepEqual(nearest('aaa', ['aab', 'aac', 'aad', 'aae'], 2), ['aab', 'aac'])
})

test('a very long name takes no long time', () => {
  const started = performance.now()
  nearest(
    'x'.repeat(1_000_000),
    Array.from({ length: 500 }, (_, index) => `${'y'.repeat(200)}${index}`),
  )
  assert.ok(performance.now() - started < 3000)
})
