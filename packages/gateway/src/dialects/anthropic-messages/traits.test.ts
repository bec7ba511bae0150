/** What is known of models by their names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traitsOf } from './traits.ts'

function summary(model: string): readonly unknown[] {
  const { thinking, off, sampling, forcedTools, prefill, schemas, laterSystem } = traitsOf(model)
  return [thinking, off, sampling, forcedTools, prefill, schemas, laterSystem]
}

test('each generation of Claude is told by its name, whatever a cloud puts around it', () => {
  const opus48 = ['adaptive', 'disabled', 'none', true, false, true, true]
  for (const name of [
    'claude-opus-4-8',
    'anthropic.claude-opus-4-8',
    'us.anthropic.claude-opus-4-8-v1:0',
    'claude-opus-4-8@20260528',
    'claude-opus-4.8',
  ]) {
    assert.deepEqual(summary(name), opus48, name)
  }
  assert.deepEqual(summary('claude-opus-4-6'), ['adaptive', 'disabled', 'one', true, false, true, false])
  assert.deepEqual(summary('claude-haiku-4-5-20251001'), ['budget', 'disabled', 'one', true, true, true, false])
  assert.deepEqual(summary('claude-sonnet-4-20250514'), ['budget', 'disabled', 'all', true, true, false, false])
  assert.deepEqual(summary('claude-3-7-sonnet-20250219'), ['budget', 'disabled', 'all', true, true, false, false])
  assert.deepEqual(summary('claude-3-haiku-20240307'), ['none', 'disabled', 'all', true, true, false, false])
})

test('the newest cannot be made to call a tool, and most of them not to stop thinking', () => {
  assert.deepEqual(summary('claude-sonnet-5-5'), ['adaptive', 'between_tools', 'none', false, false, true, false])
  assert.deepEqual(summary('claude-opus-5-5'), ['adaptive', undefined, 'none', false, false, true, true])
  assert.deepEqual(summary('claude-fable-5-2'), ['adaptive', undefined, 'none', false, false, true, true])
  assert.deepEqual(summary('claude-haiku-5-5'), ['adaptive', 'disabled', 'none', true, false, true, false])
  assert.deepEqual(summary('claude-sonnet-5'), ['adaptive', 'disabled', 'none', true, false, true, false])
})

test('servers of others take what the first version of the API took', () => {
  for (const name of ['glm-4.6', 'kimi-k2-thinking', 'deepseek-chat']) {
    assert.deepEqual(summary(name), ['budget', 'disabled', 'all', true, true, false, false], name)
  }
})

test('an effort that a model does not know is not among its efforts', () => {
  assert.deepEqual(traitsOf('claude-opus-4-6').efforts, ['low', 'medium', 'high', 'max'])
  assert.ok(traitsOf('claude-opus-4-7').efforts.includes('xhigh'))
  assert.deepEqual(traitsOf('claude-sonnet-4-5').efforts, [])
})
