/** A JSON schema in the form of Gemini's older fields (`parameters`, `responseSchema`), for models that know no other. */
import { isRecord } from '../wire.ts'
import type { Fields } from './fields.ts'
import { mapValues } from './open-api-schema.ts'
import { entered, referredTo, walkFrom, withoutAllOf } from './schema-walk.ts'
import type { Walk } from './schema-walk.ts'

const openApiKeywords = new Set([
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'minProperties',
  'maxProperties',
  'anyOf',
  'properties',
  'required',
  'propertyOrdering',
])

const formats = new Set(['date-time', 'enum', 'int32', 'int64', 'float', 'double'])

/**
 * References put in place, `const` as a choice of one, null as a mark, types in capitals. A schema that holds itself ends at the second
 * time round as an object without a description of what is in it.
 */
export function toOpenApi(schema: unknown): unknown {
  return openApiOf(schema, walkFrom(schema))
}

function openApiOf(given: unknown, above: Walk): unknown {
  if (!isRecord(given)) return {}
  const from = entered(above)
  if (from === undefined) return { type: 'OBJECT' }
  const { schema, walk } = withoutAllOf(given, from)
  const pointer = schema['$ref']
  if (typeof pointer === 'string') return referred(schema, pointer, walk)
  const written = Object.entries(plain(schema)).filter(([name, value]) => openApiKeywords.has(name) && value !== undefined)
  return Object.fromEntries(written.map(([name, value]) => [name, openApiValue(name, value, walk)]))
}

function referred(schema: Fields, pointer: string, walk: Walk): unknown {
  const target = referredTo(pointer, walk)
  if (target === undefined) return { type: 'OBJECT' }
  const { $ref: _pointer, ...beside } = schema
  return openApiOf({ ...target, ...beside }, { ...walk, open: [...walk.open, pointer] })
}

function openApiValue(name: string, value: unknown, walk: Walk): unknown {
  if (name === 'type') return typeof value === 'string' ? value.toUpperCase() : value
  if (name === 'properties' && isRecord(value)) return mapValues(value, (each) => openApiOf(each, walk))
  if (name === 'items') return openApiOf(value, walk)
  return name === 'anyOf' && Array.isArray(value) ? value.map((each) => openApiOf(each, walk)) : value
}

/** What JSON schema says in other words than OpenAPI. */
function plain(schema: Fields): Fields {
  const { type, const: constant, oneOf, format, enum: options, anyOf, ...rest } = schema
  return {
    ...rest,
    ...typeOf(type),
    ...alternativesOf(anyOf ?? oneOf),
    ...choicesOf(options ?? (constant === undefined ? undefined : [constant])),
    ...(typeof format === 'string' && formats.has(format) && { format }),
  }
}

function typeOf(type: unknown): Fields {
  const types = (Array.isArray(type) ? type : [type]).filter((each) => typeof each === 'string')
  const named = types.filter((each) => each !== 'null')
  return {
    ...(named.length === 1 && { type: named[0] }),
    ...(named.length > 1 && { anyOf: named.map((each) => ({ type: each })) }),
    ...(named.length < types.length && { nullable: true }),
  }
}

function alternativesOf(anyOf: unknown): Fields {
  if (!Array.isArray(anyOf)) return {}
  const all = anyOf.filter(isRecord)
  const real = all.filter((each) => each['type'] !== 'null')
  return { anyOf: real, ...(real.length < all.length && { nullable: true }) }
}

/** The older field knows choices of texts only. */
function choicesOf(options: unknown): Fields {
  if (!Array.isArray(options)) return {}
  const said = options.filter((each) => each !== null)
  return {
    enum: said.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
    type: 'string',
    ...(said.length < options.length && { nullable: true }),
  }
}
