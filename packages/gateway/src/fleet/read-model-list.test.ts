/** Lists as providers write them, and junk. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readModelList } from './read-model-list.ts'

test('the three shapes of lists are read', () => {
  assert.deepEqual(readModelList({ object: 'list', data: [{ id: 'a' }, { id: 'b/c:free' }] }), ['a', 'b/c:free'])
  assert.deepEqual(readModelList([{ id: 'a', type: 'chat' }, 'b']), ['a', 'b'])
  assert.deepEqual(readModelList({ models: [{ name: 'models/gemini-x', displayName: 'X' }] }), ['gemini-x'])
  assert.deepEqual(readModelList({ data: [{ id: 'models/gemini-x' }] }), ['gemini-x'])
})

test('a list as Cloudflare has it is read by its names, not by its numbers', () => {
  const result = [{ id: 'f8703a00-ed54-4f98-bdc3-cd9a813286f3', name: '@cf/openai/gpt-oss-120b' }, { id: 'x' }]
  assert.deepEqual(readModelList({ success: true, result }), ['@cf/openai/gpt-oss-120b'])
})

test('an empty list is a list', () => {
  assert.deepEqual(readModelList({ data: [] }), [])
  assert.deepEqual(readModelList([]), [])
})

test('junk is undefined and never an error', () => {
  const junk = [
    undefined,
    null,
    1,
    'text',
    {},
    { data: 'x' },
    { data: null },
    { error: { message: 'no' } },
    [null, 1, {}, { id: 5 }],
    [[['a']]],
  ]
  for (const body of junk) assert.equal(readModelList(body), undefined, JSON.stringify(body))
})

test('single bad entries are skipped, and names that could harm a list or a log with them', () => {
  const data = [{ id: 'good' }, null, { id: '' }, { id: 'models/' }, { id: 'x'.repeat(257) }, { id: 'a\nb' }, { id: 'a b' }, { id: 'good' }]
  assert.deepEqual(readModelList({ data }), ['good'])
})

test('no more than 20,000 names are taken', () => {
  assert.equal(readModelList(Array.from({ length: 30_000 }, (_, index) => ({ id: `m${index}` })))?.length, 20_000)
})
