/** The presets name only what the catalogue has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providerName } from '../domain/names.ts'
import { findProvider } from './catalogue/list.ts'
import { presets } from './presets.ts'

test('every target of a preset is a model in its provider’s table', () => {
  for (const { name, targets } of presets) {
    assert.ok(targets.length > 0, name)
    for (const { provider, model } of targets) {
      const models = findProvider(providerName(provider))?.models ?? {}
      assert.ok(Object.hasOwn(models, model), `${name}: ${provider}/${model}`)
    }
  }
})

test('preset names differ, hold no slash, and each has a description', () => {
  assert.equal(new Set(presets.map(({ name }) => name)).size, presets.length)
  for (const { name, description } of presets) {
    assert.match(name, /^[a-z]+-[a-z]+$/)
    assert.ok(description.length > 0)
  }
})

test('no preset names a target twice', () => {
  for (const { name, targets } of presets) {
    const shown = targets.map(({ provider, model }) => `${provider}/${model}`)
    assert.equal(new Set(shown).size, shown.length, name)
  }
})

test('whoever has one key of Groq, OpenAI, Gemini, Mistral or OpenRouter has a coding and a chat preset', () => {
  for (const provider of ['groq', 'openai', 'gemini', 'mistral', 'openrouter']) {
    for (const preset of ['coding-elite', 'coding-fast', 'chat-smart', 'chat-fast']) {
      const targets = presets.find(({ name }) => name === preset)?.targets ?? []
      assert.ok(
        targets.some((target) => target.provider === provider),
        `${preset} with ${provider}`,
      )
    }
  }
})
