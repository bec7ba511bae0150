/**
 * Schemas as Gemini takes them. `parametersJsonSchema` and `responseJsonSchema` hold real JSON schemas, but not every keyword of
 * them; the older fields hold a part of OpenAPI 3.0. What is left out only made the schema narrower.
 */
import { isRecord } from '../wire.ts'
import type { Fields } from './fields.ts'
import { mapValues } from './open-api-schema.ts'

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
const schemas = new Set(['items', 'additionalProperties'])

/** A JSON schema without the keywords that Gemini does not know. */
export function geminiSchema(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  const written: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rewritten(schema))) {
    if (!jsonKeywords.has(name)) continue
    if (schemaLists.has(name) && Array.isArray(value)) written[name] = value.map(geminiSchema)
    else if (schemaMaps.has(name) && isRecord(value)) written[name] = mapValues(value, geminiSchema)
    else written[name] = schemas.has(name) ? geminiSchema(value) : value
  }
  return written
}

/** Older names, and a constant as a choice of one. */
function rewritten(schema: Fields): Fields {
  const { definitions, const: constant, ...rest } = schema
  const pointer = rest['$ref']
  return {
    ...rest,
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
 * A JSON schema in the older form: references put in place, `const` as a choice of one, null as a mark, types in capitals.
 * A schema that holds itself ends at the second time round as an object without a description of what is in it.
 */
export function toOpenApi(schema: unknown): unknown {
  return openApiOf(schema, { root: schema, open: [] })
}

interface Walk {
  readonly root: unknown
  /** References that are being put in place. */
  readonly open: readonly string[]
}

function openApiOf(schema: unknown, walk: Walk): unknown {
  if (!isRecord(schema)) return {}
  const pointer = schema['$ref']
  if (typeof pointer === 'string') return referred(schema, pointer, walk)
  const written: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(plain(schema))) {
    if (openApiKeywords.has(name) && value !== undefined) written[name] = openApiValue(name, value, walk)
  }
  return written
}

function referred(schema: Fields, pointer: string, walk: Walk): unknown {
  if (walk.open.includes(pointer)) return { type: 'OBJECT' }
  const target = resolve(walk.root, pointer)
  const { $ref: _pointer, ...beside } = schema
  return openApiOf(isRecord(target) ? { ...target, ...beside } : beside, { ...walk, open: [...walk.open, pointer] })
}

/** `#/$defs/name`; other documents cannot be looked into. */
function resolve(root: unknown, pointer: string): unknown {
  if (!pointer.startsWith('#')) return undefined
  const steps = pointer
    .slice(1)
    .split('/')
    .filter((step) => step !== '')
  return steps.reduce<unknown>((place, step) => {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(place) && Object.hasOwn(place, name) ? place[name] : undefined
  }, root)
}

function openApiValue(name: string, value: unknown, walk: Walk): unknown {
  if (name === 'type') return typeof value === 'string' ? value.toUpperCase() : value
  if (name === 'properties' && isRecord(value)) return mapValues(value, (each) => openApiOf(each, walk))
  if (name === 'items') return openApiOf(value, walk)
  return name === 'anyOf' && Array.isArray(value) ? value.map((each) => openApiOf(each, walk)) : value
}

/** What JSON schema says in other words than OpenAPI. */
function plain(schema: Fields): Fields {
  const { type, const: constant, oneOf, allOf, format, ...rest } = schema
  const choices = rest['anyOf'] ?? oneOf
  const merged = Array.isArray(allOf) ? Object.assign({}, ...allOf.filter(isRecord)) : {}
  return {
    ...merged,
    ...rest,
    ...typeOf(type, rest['enum'] ?? (constant === undefined ? undefined : [constant]), choices),
    ...(typeof format === 'string' && formats.has(format) && { format }),
  }
}

/** `nullable` for a null among the types, the choices or the alternatives. */
function typeOf(type: unknown, choices: unknown, alternatives: unknown): Fields {
  const types = (Array.isArray(type) ? type : [type]).filter((each) => typeof each === 'string')
  const named = types.filter((each) => each !== 'null')
  const options = Array.isArray(choices) ? choices : undefined
  const others = Array.isArray(alternatives) ? alternatives.filter(isRecord) : undefined
  const real = others?.filter((each) => each['type'] !== 'null')
  const nullable = named.length < types.length || options?.includes(null) === true || (real?.length ?? 0) < (others?.length ?? 0)
  return {
    ...(named.length === 1 && { type: named[0] }),
    ...(named.length > 1 && { anyOf: named.map((each) => ({ type: each })) }),
    ...(real !== undefined && { anyOf: real }),
    // The older field knows choices of texts only.
    ...(options !== undefined && { enum: options.filter((each) => each !== null).map(String), type: 'string' }),
    ...(nullable && { nullable: true }),
  }
}
