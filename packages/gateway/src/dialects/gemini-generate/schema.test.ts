/** Schemas of callers in the two forms that Gemini takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { geminiSchema, isEmptyObject } from './schema.ts'
import { toOpenApi } from './to-open-api.ts'

test('the newer form keeps the keywords that Gemini knows and turns older words into them (dialects C4)', () => {
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: { a: { const: 'b', minLength: 1 }, $comment: { type: ['string', 'null'], pattern: 'x' }, any: true },
    definitions: { d: { type: 'integer', exclusiveMinimum: 1, minimum: 0 } },
    anyOf: [{ $ref: '#/definitions/d', description: 'gone' }],
    additionalProperties: false,
    required: ['a'],
  }
  assert.deepEqual(geminiSchema(schema), {
    type: 'object',
    properties: { a: { enum: ['b'] }, $comment: { type: ['string', 'null'] }, any: {} },
    $defs: { d: { type: 'integer', minimum: 0 } },
    anyOf: [{ $ref: '#/$defs/d' }],
    additionalProperties: false,
    required: ['a'],
  })
})

test('what has to fit several schemas becomes one, and a reference alone stays one', () => {
  const $defs = { d: { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] } }
  const several = {
    $defs,
    allOf: [{ $ref: '#/$defs/d' }, { properties: { a: { type: 'integer' } }, required: ['a'] }],
    description: 'both',
  }
  assert.deepEqual(geminiSchema(several), {
    $defs,
    type: 'object',
    properties: { b: { type: 'string' }, a: { type: 'integer' } },
    required: ['b', 'a'],
    description: 'both',
  })
  assert.deepEqual(geminiSchema({ allOf: [{ $ref: '#/$defs/d' }], default: 1 }), { $ref: '#/$defs/d' })
})

test('the older form has references in place, types in capitals, null as a mark and choices of texts (dialects C4)', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    $defs: { d: { type: ['integer', 'null'], format: 'int32', exclusiveMinimum: 1 } },
    properties: {
      a: { $ref: '#/$defs/d', description: 'one' },
      b: { oneOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
      c: { enum: [1, 2, null] },
      d: { const: 'x' },
      e: { type: ['string', 'number'] },
    },
  }
  assert.deepEqual(toOpenApi(schema), {
    type: 'OBJECT',
    properties: {
      a: { type: 'INTEGER', nullable: true, format: 'int32', description: 'one' },
      b: { anyOf: [{ type: 'STRING' }], nullable: true },
      c: { type: 'STRING', enum: ['1', '2'], nullable: true },
      d: { type: 'STRING', enum: ['x'] },
      e: { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] },
    },
  })
})

test('a schema that holds itself ends (dialects C4)', () => {
  const tree = { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#' } } } }
  const round = { type: 'OBJECT', properties: { kids: { type: 'ARRAY', items: { type: 'OBJECT' } } } }
  assert.deepEqual(
    toOpenApi({
      properties: { t: { $ref: '#/$defs/tree' } },
      $defs: { tree: { ...tree, properties: { kids: { type: 'array', items: { $ref: '#/$defs/tree' } } } } },
    }),
    {
      properties: { t: round },
    },
  )
  assert.deepEqual(geminiSchema(tree), tree)
  const inAll = {
    allOf: [{ $ref: '#/$defs/a' }, { title: 'x' }],
    $defs: { a: { properties: { me: { allOf: [{ $ref: '#/$defs/a' }, {}] } } } },
  }
  assert.ok(JSON.stringify(geminiSchema(inAll)).length < 1000)
})

test('a schema made to grow without end stays small', () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [
      `d${at}`,
      { properties: { a: { $ref: `#/$defs/d${at + 1}` }, b: { $ref: `#/$defs/d${at + 1}` } } },
    ]),
  )
  assert.ok(JSON.stringify(toOpenApi({ $ref: '#/$defs/d0', $defs })).length < 2_000_000)
})

test('whatever is given for a schema, both forms can be written', () => {
  const keyword = fc.constantFrom('type', 'properties', '$ref', 'allOf', 'anyOf', 'items', 'enum', 'required', '$defs', '__proto__')
  const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('object', '#', '#/$defs/%', '#/properties', null, 1, true),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
    object: fc.dictionary(keyword, tie('value'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(value, (schema) => {
      JSON.stringify([geminiSchema(schema), toOpenApi(schema), isEmptyObject(schema)])
    }),
  )
})

test('a function without arguments needs no schema', () => {
  for (const schema of [undefined, null, {}, { type: 'object' }, { type: 'object', properties: {}, additionalProperties: false }])
    assert.ok(isEmptyObject(schema))
  for (const schema of [{ properties: { a: {} } }, { $ref: '#/$defs/a' }, { anyOf: [{}] }, { additionalProperties: {} }])
    assert.ok(!isEmptyObject(schema))
})
