/**
 * Schemas for `parametersJsonSchema` and `responseJsonSchema`. They hold real JSON schemas, but not every keyword of them; what is left
 * out only made the schema narrower.
 */
import { isRecord } from '../wire.ts'
import type { Fields } from './fields.ts'
import { mapValues } from './open-api-schema.ts'
import { entered, walkFrom, withoutAllOf } from './schema-walk.ts'
import type { Walk } from './schema-walk.ts'

/** The keywords that the JSON schema fields know; ai.google.dev/api/generate-content, read 2026-11. */
const jsonKeywords = new Set([
  '$id',
  '$defs',
  '$ref',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'oneOf',
  'properties',
  'additionalProperties',
  'required',
  'propertyOrdering',
])

const schemaLists = new Set(['anyOf', 'oneOf', 'prefixItems'])
const schemaMaps = new Set(['properties', '$defs'])

/** A JSON schema without the keywords that Gemini does not know. */
export function geminiSchema(schema: unknown): unknown {
  return schemaOf(schema, walkFrom(schema))
}

function schemaOf(given: unknown, above: Walk): unknown {
  // `true` allows everything, as the empty schema does.
  const from = isRecord(given) ? entered(above) : undefined
  if (!isRecord(given) || from === undefined) return {}
  const { schema, walk } = withoutAllOf(given, from)
  const written = Object.entries(rewritten(schema)).filter(([name]) => jsonKeywords.has(name))
  return Object.fromEntries(written.map(([name, value]) => [name, valueOf(name, value, walk)]))
}

function valueOf(name: string, value: unknown, walk: Walk): unknown {
  if (schemaLists.has(name) && Array.isArray(value)) return value.map((each) => schemaOf(each, walk))
  if (schemaMaps.has(name) && isRecord(value)) return mapValues(value, (each) => schemaOf(each, walk))
  if (name === 'items') return schemaOf(value, walk)
  return name === 'additionalProperties' && isRecord(value) ? schemaOf(value, walk) : value
}

/** Older names, and a constant as a choice of one. A reference may have nothing beside it but definitions. */
function rewritten(schema: Fields): Fields {
  const { definitions, const: constant, ...rest } = schema
  const pointer = rest['$ref']
  const beside = typeof pointer === 'string' ? Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('$'))) : rest
  return {
    ...beside,
    ...(isRecord(definitions) && rest['$defs'] === undefined && { $defs: definitions }),
    ...(constant !== undefined && rest['enum'] === undefined && { enum: [constant] }),
    ...(typeof pointer === 'string' && { $ref: pointer.replace(/^#\/definitions\//, '#/$defs/') }),
  }
}

/** Whether a function takes no arguments at all: then Gemini wants no schema. */
export function isEmptyObject(schema: unknown): boolean {
  if (schema === undefined || schema === null) return true
  if (!isRecord(schema)) return false
  const { properties } = schema
  const hasProperties = isRecord(properties) && Object.keys(properties).length > 0
  return (
    !hasProperties &&
    !['anyOf', 'oneOf', 'allOf', '$ref', 'additionalProperties'].some(
      (name) => isRecord(schema[name]) || typeof schema[name] === 'string' || Array.isArray(schema[name]),
    )
  )
}
