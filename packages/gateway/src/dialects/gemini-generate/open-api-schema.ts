/**
 * Schemas as Gemini's older fields hold them (`parameters`, `responseSchema`): a part of OpenAPI 3.0 in which types are written in
 * capitals, null is a mark of its own, and counts may be texts.
 */
import { isRecord } from '../wire.ts'
import { camelOf } from './fields.ts'
import type { Fields } from './fields.ts'

const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties', 'minimum', 'maximum'])

/** The same as a JSON schema, for every other dialect. */
export function fromOpenApi(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  const read: Record<string, unknown> = {}
  for (const [written, value] of Object.entries(schema)) {
    const name = camelOf(written)
    if (name === 'nullable' || value === null || value === undefined) continue
    read[name] = valueFrom(name, value)
  }
  if (schema['nullable'] === true) allowNull(read)
  return read
}

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  type: (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  properties: (value) => (isRecord(value) ? mapValues(value, fromOpenApi) : value),
  items: fromOpenApi,
  anyOf: (value) => (Array.isArray(value) ? value.map(fromOpenApi) : value),
}

function valueFrom(name: string, value: unknown): unknown {
  if (Object.hasOwn(readers, name)) return readers[name]?.(value)
  return counts.has(name) && typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
}

function allowNull(schema: Record<string, unknown>): void {
  const { type } = schema
  if (typeof type === 'string') schema['type'] = [type, 'null']
  const options = schema['enum']
  if (Array.isArray(options)) schema['enum'] = [...options, null]
}

export function mapValues(record: Fields, map: (value: unknown) => unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
