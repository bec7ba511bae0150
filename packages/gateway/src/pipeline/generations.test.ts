import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Generations } from './generations.ts'

test('a generation is found by its caller under its name, and by nobody else', () => {
  const generations = new Generations()
  const mine = generations.begin('a', 'k', () => undefined)
  mine.hear({ is: 'text-delta', index: 0, text: 'So ' })
  mine.hear({ is: 'text-delta', index: 0, text: 'far.' })
  assert.equal(generations.find('a', 'k')?.text, 'So far.')
  assert.equal(generations.find('b', 'k'), undefined)
  assert.equal(generations.find('a', ''), undefined)
  const later = generations.begin('a', 'k', () => undefined)
  assert.equal(generations.find('a', 'k'), later)
})

test('what runs is ended once, and what has ended is still looked at', () => {
  let ended = 0
  const generations = new Generations()
  {
    using generation = generations.begin('a', 'k', () => void ended++)
    assert.deepEqual([generation.end(), generation.end(), ended], [true, false, 1])
  }
  const second = generations.begin('a', 'l', () => void ended++)
  assert.equal(generations.running, 1)
  second[Symbol.dispose]()
  assert.deepEqual([second.end(), ended, generations.running, generations.begun], [false, 1, 0, 2])
  assert.equal(generations.find('a', 'l'), second)
})

test('the oldest that has ended is forgotten first, and a long text is not kept for ever', () => {
  const generations = new Generations()
  const running = generations.begin('a', 'running', () => undefined)
  for (let at = 0; at < 300; at++) generations.begin('a', `k${at}`, () => undefined)[Symbol.dispose]()
  assert.equal(generations.find('a', 'running'), running)
  assert.equal(generations.find('a', 'k0'), undefined)
  assert.ok(generations.find('a', 'k299') !== undefined)
  for (let at = 0; at < 1000; at++) running.hear({ is: 'text-delta', index: 0, text: 'x'.repeat(1000) })
  assert.ok(running.text.length < 300_000)
})

test('of very many probabilities that come at once, as many are kept as there is room for', () => {
  const running = new Generations().begin('a', 'k', () => undefined)
  for (let time = 0; time < 2; time++) running.hear({ is: 'logprobs', content: Array.from({ length: 200_000 }, () => 0) })
  assert.equal(running.logprobs.length, 20_000)
})
