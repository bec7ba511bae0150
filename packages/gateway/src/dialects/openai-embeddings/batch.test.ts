/** Requests put together and answers taken apart: everybody gets what is theirs, and the parts add up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bareAsk } from '../dialect.ts'
import { batchPart, mergeParts, splitAnswer, splitUsage } from './batch.ts'
import type { BatchPart } from './batch.ts'
import { openAiEmbeddings } from './index.ts'

function partOf(fields: object): BatchPart {
  const part = batchPart(openAiEmbeddings.sketch(Buffer.from(JSON.stringify({ model: 'm', ...fields })), bareAsk))
  assert.ok(part)
  return part
}

const whole = fc.nat({ max: 1_000_000_000_000 })
const weights = fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 64 })

test('usage is split so that the parts add up exactly and none is off by more than one', () => {
  fc.assert(
    fc.property(whole, weights, (count, shares) => {
      const parts = splitUsage({ prompt_tokens: count, total_tokens: count, details: { cached_tokens: count } }, shares) as {
        prompt_tokens: number
        total_tokens: number
        details: { cached_tokens: number }
      }[]
      const total = shares.reduce((sum, share) => sum + share, 0)
      assert.equal(
        parts.reduce((sum, part) => sum + part.prompt_tokens, 0),
        count,
      )
      for (const [index, part] of parts.entries()) {
        assert.ok(Number.isInteger(part.prompt_tokens) && part.prompt_tokens >= 0)
        assert.ok(Math.abs(part.prompt_tokens - (count * (shares[index] ?? 0)) / total) < 1.001)
        assert.deepEqual([part.total_tokens, part.details.cached_tokens], [part.prompt_tokens, part.prompt_tokens])
      }
    }),
  )
})

test('prices are split too, and words go to everybody', () => {
  assert.deepEqual(splitUsage({ cost: 0.5, tier: 'flex' }, [1, 3]), [
    { cost: 0.125, tier: 'flex' },
    { cost: 0.375, tier: 'flex' },
  ])
  assert.deepEqual(splitUsage(undefined, [1, 2]), [undefined, undefined])
})

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const texts = fc.array(fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 4 })), { minLength: 1, maxLength: 6 })

test('each request gets the vectors of its own inputs, in order, numbered from 0', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (inputs, reverses) => {
      const parts = inputs.map((input) => partOf({ input }))
      const [first, ...others] = parts
      assert.ok(first)
      const merged = JSON.parse(mergeParts([first, ...others]).bytes.toString())
      const asked = [merged.input].flat() as string[]
      assert.deepEqual(asked, inputs.flat())
      const data = asked.map((each, index) => ({ index, embedding: [each.length], of: each }))
      const body = Buffer.from(JSON.stringify({ model: 'm', data: reverses ? data.toReversed() : data, usage: { total_tokens: 100 } }))
      const answers = splitAnswer(body, parts)?.map((answer) => JSON.parse(answer.body.toString()))
      assert.deepEqual(
        answers?.map((answer) => answer.data.map(({ of }: { of: string }) => of)),
        inputs.map((input) => [input].flat()),
      )
      for (const answer of answers ?? []) {
        assert.deepEqual(
          answer.data.map(({ index }: { index: number }) => index),
          [...answer.data.keys()],
        )
      }
    }),
  )
})

test('requests that differ in anything but their input are kept apart', () => {
  const key = partOf({ input: 'a' }).key
  assert.equal(partOf({ input: ['b', 'c'] }).key, key)
  for (const fields of [
    { model: 'n' },
    { dimensions: 256 },
    { encoding_format: 'base64' },
    { input_type: 'query' },
    { user: 'me' },
    { anything: 1 },
    { input: [1, 2] },
  ]) {
    assert.notEqual(partOf({ input: 'a', ...fields }).key, key)
  }
})

test('a request alone goes as it came, byte by byte', () => {
  const sketch = openAiEmbeddings.sketch(Buffer.from('{ "input" : "a",  "model":"m" }'), bareAsk)
  const part = batchPart(sketch)
  assert.ok(part)
  assert.equal(mergeParts([part]), sketch)
})

test('what is large, or not understood, goes alone', () => {
  for (const input of ['x'.repeat(70_000), [{ text: 'a' }], [], undefined]) {
    const sketch = openAiEmbeddings.sketch(Buffer.from(JSON.stringify({ model: 'm', input })), bareAsk)
    assert.equal(batchPart(sketch), undefined)
  }
})

test('an answer with too few or too many vectors cannot be taken apart', () => {
  const parts = [partOf({ input: 'a' }), partOf({ input: 'b' })]
  for (const data of [[{}], [{}, {}, {}], 'x']) assert.equal(splitAnswer(Buffer.from(JSON.stringify({ data })), parts), undefined)
})
