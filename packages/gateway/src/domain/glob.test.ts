/** Patterns, honest and hostile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longestPattern, matchesGlob } from './glob.ts'

test('stars take any run, question marks one character, everything else itself', () => {
  const fits: readonly [string, string][] = [
    ['*', ''],
    ['*', 'anything'],
    ['gpt-*', 'gpt-4o'],
    ['*mini', 'gpt-4o-mini'],
    ['*:free', 'meta-llama/llama-3.3-70b:free'],
    ['openrouter/*', 'openrouter/a/b'],
    ['gpt-?o', 'gpt-4o'],
    ['a*b*c', 'aXbYbZc'],
    ['**a**', 'bab'],
    ['a.c', 'a.c'],
    ['[x]+(', '[x]+('],
  ]
  for (const [pattern, text] of fits) assert.ok(matchesGlob(pattern, text), `${pattern} ${text}`)
})

test('what does not fit as a whole does not fit', () => {
  const misfits: readonly [string, string][] = [
    ['', 'a'],
    ['gpt', 'gpt-4o'],
    ['?', ''],
    ['gpt-?', 'gpt-4o'],
    ['a.c', 'abc'],
    ['A*', 'abc'],
    ['a*b', 'abc'],
  ]
  for (const [pattern, text] of misfits) assert.ok(!matchesGlob(pattern, text), `${pattern} ${text}`)
})

test('hostile input of 64 KiB is decided quickly', () => {
  const text = 'a'.repeat(65_536)
  const startedAt = performance.now()
  assert.ok(!matchesGlob(`${'*a'.repeat(127)}*b`, text))
  assert.ok(!matchesGlob(`*${'a'.repeat(longestPattern - 2)}b`, text))
  assert.ok(!matchesGlob(`${'*a'.repeat(32_768)}b`, text))
  assert.ok(!matchesGlob(text, text), 'a pattern of that length matches nothing')
  assert.ok(performance.now() - startedAt < 3000)
})
