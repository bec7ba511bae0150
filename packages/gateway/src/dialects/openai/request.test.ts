import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bareAsk } from '../dialect.ts'
import type { RequestChanges, Sketch } from '../dialect.ts'
import { memberText, stringText, valueText } from '../harness.test.ts'
import { scanMembers } from '../json-scan.ts'
import { isRecord } from '../wire.ts'
import { writeOpenAiRequest } from './request.ts'
import { sketchOpenAi } from './sketch.ts'

const nothing: RequestChanges = { model: 'm', removed: [], renamed: {}, defaults: {} }

/** The request as its target gets it. */
function written(text: string, changes: Partial<RequestChanges>): string {
  return writeOpenAiRequest(sketchOpenAi(Buffer.from(text), bareAsk), { ...nothing, ...changes }).toString()
}

test('without a change the very same buffer goes on', () => {
  for (const text of ['{"model":"m"}', ' { "model" : "m", "stream":true, "stream_options":{"include_usage":true} } \n']) {
    const sketch = sketchOpenAi(Buffer.from(text), bareAsk)
    assert.equal(
      writeOpenAiRequest(sketch, { ...nothing, removed: ['seed'], renamed: { seed: 'random_seed' }, maxTokens: 5 }),
      sketch.bytes,
    )
  }
})

for (const [what, text, changes, expected] of [
  ['the model changes', '{"model":"a/m", "x" : [1, 2.50]}', { model: 'm2' }, '{"model":"m2", "x" : [1, 2.50]}'],
  ['a model name with an escape', '{"mod\\u0065l":"x"}', {}, '{"mod\\u0065l":"m"}'],
  ['the first field goes', '{ "seed":1 , "model":"m", "x":1}', { removed: ['seed'] }, '{ "model":"m", "x":1}'],
  ['the last field goes', '{"model":"m", "x":1 , "seed":1 }', { removed: ['seed'] }, '{"model":"m", "x":1 }'],
  ['fields in the middle go', '{"model":"m","a":1,"b":2,"c":3}', { removed: ['a', 'b'] }, '{"model":"m","c":3}'],
  ['all fields go', '{"model":"m" , "a":1}', { removed: ['a', 'model'] }, '{}'],
  ['all fields go and one comes', '{"model":"m","a":1}', { removed: ['a', 'model'], defaults: { b: 2 } }, '{"b":2}'],
  ['a field that came twice goes', '{"a":1,"model":"m","a":2}', { removed: ['a'] }, '{"model":"m"}'],
  ['a field gets another name', '{"model":"m","max_tokens" : 5}', { renamed: { max_tokens: 'n' } }, '{"model":"m","n":5}'],
  ['a field whose new name is taken stays', '{"a":1,"b":2,"model":"m"}', { renamed: { a: 'b' } }, '{"a":1,"b":2,"model":"m"}'],
  ['a new name is no gap for a default', '{"a":1,"model":"m"}', { renamed: { a: 'b' }, defaults: { b: 9 } }, '{"b":1,"model":"m"}'],
  ['a name is no property of Object', '{"model":"m","toString":1}', { renamed: {} }, '{"model":"m","toString":1}'],
  ['a default fills a gap', '{ "model":"m"}', { defaults: { top_p: 0.5 } }, '{ "top_p":0.5,"model":"m"}'],
  ['a default does not overrule', '{"model":"m","top_p":1}', { defaults: { top_p: 0.5 } }, '{"model":"m","top_p":1}'],
  [
    'the owner’s effort does',
    '{"model":"m","reasoning_effort":"low"}',
    { defaults: { reasoning_effort: 'high' } },
    '{"model":"m","reasoning_effort":"high"}',
  ],
  ['usage is asked for', '{"model":"m","stream":true}', {}, '{"stream_options":{"include_usage":true},"model":"m","stream":true}'],
  [
    'usage is not asked for where that is refused',
    '{"model":"m","stream":true}',
    { removed: ['stream_options'] },
    '{"model":"m","stream":true}',
  ],
  [
    'usage options are merged',
    '{"model":"m","stream":true,"stream_options":{"x": 1.0}}',
    {},
    '{"model":"m","stream":true,"stream_options":{"include_usage":true,"x": 1.0}}',
  ],
  [
    'usage is wanted after all',
    '{"model":"m","stream":true,"stream_options":{"include_usage": false}}',
    {},
    '{"model":"m","stream":true,"stream_options":{"include_usage": true}}',
  ],
  [
    'null options',
    '{"model":"m","stream":true,"stream_options":null}',
    {},
    '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
  ],
  [
    'both limits are clamped',
    '{"model":"m","max_tokens":50,"max_completion_tokens":9}',
    { maxTokens: 7 },
    '{"model":"m","max_tokens":7,"max_completion_tokens":7}',
  ],
  [
    'a small enough limit stays',
    '{"model":"m","max_tokens":5,"max_completion_tokens":9}',
    { maxTokens: 7 },
    '{"model":"m","max_tokens":5,"max_completion_tokens":7}',
  ],
  [
    'a null limit stays',
    '{"model":"m","max_tokens":null,"max_completion_tokens":9}',
    { maxTokens: 7 },
    '{"model":"m","max_tokens":null,"max_completion_tokens":7}',
  ],
] as const) {
  test(`request: ${what}`, () => assert.equal(written(text, changes), expected))
}

test('bytes that are no UTF-8 go on as they came, also where a field goes', () => {
  const bytes = Buffer.from('{"seed":1,"model":"m","x":"\xff\xfe"}', 'latin1')
  const out = writeOpenAiRequest(sketchOpenAi(bytes, bareAsk), { ...nothing, removed: ['seed'] })
  assert.equal(out.toString('latin1'), '{"model":"m","x":"\xff\xfe"}')
})

const names = [
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'seed',
  'top_p',
  'user',
  'a"b',
  'messages',
] as const
const limit = fc.oneof(fc.integer({ min: 1, max: 100 }).map(String), fc.constant('null'))
const known = {
  stream: fc.constantFrom('true', 'false', 'null', '"yes"'),
  stream_options: fc.oneof(fc.constantFrom('null', '{ }', '{"include_usage":true}', '{"include_usage" :false, "x":1e2}', '[1]'), valueText),
  max_tokens: limit,
  max_completion_tokens: limit,
}
const otherNames = names.filter((name) => name !== 'model' && !Object.hasOwn(known, name))

/** The text of a request, its fields in any order. */
const requestText = fc
  .tuple(
    fc.tuple(...Object.entries(known).map(([name, value]) => fc.option(memberText(fc.constant(`"${name}"`), value)))),
    fc.tuple(...otherNames.map((name) => fc.option(memberText(fc.constant(JSON.stringify(name)), valueText)))),
    memberText(
      fc.constantFrom('"model"', '"\\u006dodel"'),
      stringText.filter((text) => JSON.parse(text).trim() !== ''),
    ),
  )
  .chain(([some, others, model]) => {
    const members = [...some, ...others, model].filter((member) => member !== null)
    return fc.shuffledSubarray(members, { minLength: members.length }).map((shuffled) => `{${shuffled.join(',')}}`)
  })

const changes: fc.Arbitrary<RequestChanges> = fc.record(
  {
    model: fc.string(),
    maxTokens: fc.integer({ min: 1, max: 100 }),
    removed: fc.subarray(names.filter((name) => name !== 'model')),
    renamed: fc.constantFrom({}, { max_completion_tokens: 'max_tokens' }, { seed: 'random_seed' }, { top_p: 'seed' }),
    defaults: fc.dictionary(
      fc.constantFrom('seed', 'random_seed', 'reasoning_effort', 'new"field'),
      fc.jsonValue({ maxDepth: 1 }).map((value): unknown => JSON.parse(JSON.stringify(value))),
    ),
  },
  { requiredKeys: ['model', 'removed', 'renamed', 'defaults'] },
)

test('a request is the original with exactly its changes, and what did not change keeps its bytes', () => {
  fc.assert(
    fc.property(requestText, changes, (text, wanted) => {
      const sketch = sketchOpenAi(Buffer.from(text), bareAsk)
      const out = writeOpenAiRequest(sketch, wanted)
      const told: unknown = JSON.parse(out.toString())
      const expected = changed(sketch, wanted)
      assert.deepEqual(told, Object.fromEntries(expected))
      const members = scanMembers(out)
      assert.equal(members.length, expected.size)
      const original: Record<string, unknown> = JSON.parse(text)
      for (const { key, keyStart, valueEnd } of sketch.members) {
        const kept = members.find((member) => member.key === key)
        if (kept === undefined || JSON.stringify(original[key]) !== JSON.stringify(expected.get(key))) continue
        assert.equal(out.toString('latin1', kept.keyStart, kept.valueEnd), sketch.bytes.toString('latin1', keyStart, valueEnd))
      }
    }),
    { seed: 4, numRuns: 2000 },
  )
})

/** The same changes, made to the parsed request. */
function changed(sketch: Sketch, wanted: RequestChanges): Map<string, unknown> {
  const original = new Map<string, unknown>(Object.entries(JSON.parse(sketch.bytes.toString())))
  const out = new Map<string, unknown>()
  for (const [name, value] of original) {
    if (wanted.removed.includes(name)) continue
    const renamed = new Map(Object.entries<string>(wanted.renamed)).get(name)
    out.set(renamed === undefined || original.has(renamed) ? name : renamed, changedValue(sketch, wanted, name, value))
  }
  for (const [name, value] of Object.entries(added(sketch, wanted))) if (!original.has(name) && !out.has(name)) out.set(name, value)
  return out
}

/** What comes where the request lacks it. */
function added(sketch: Sketch, wanted: RequestChanges): object {
  const asks = sketch.stream && !wanted.removed.includes('stream_options')
  return { ...(asks && { stream_options: { include_usage: true } }), ...wanted.defaults }
}

function changedValue(sketch: Sketch, wanted: RequestChanges, name: string, value: unknown): unknown {
  switch (name) {
    case 'model':
      return wanted.model
    case 'stream_options':
      if (!sketch.stream || sketch.wantsUsage) return value
      return { ...(isRecord(value) ? value : {}), include_usage: true }
    case 'max_tokens':
    case 'max_completion_tokens':
      return typeof value === 'number' ? Math.min(value, wanted.maxTokens ?? value) : value
    default:
      return value
  }
}
