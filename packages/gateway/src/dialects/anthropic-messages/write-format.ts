/**
 * The form of the answer. Models that take a schema get it as `output_config.format`; for the others, and where only "some JSON" is
 * asked for, the wish is added to the system prompt and reported as lost, since nothing holds the model to it. There is no detour
 * over a tool that must be called: it would get in the way of the caller's own tools, and of thinking.
 */
import type { Losses } from '../canonical/losses.ts'
import type { AnswerFormat } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'
import type { Traits } from './traits.ts'
import type { Written } from './write-parts.ts'

export interface WrittenFormat {
  readonly format?: Written
  /** For the end of the system prompt. */
  readonly instruction?: string
}

export function writeFormat(format: AnswerFormat | undefined, { schemas }: Traits, isOwn: boolean, losses: Losses): WrittenFormat {
  if (format === undefined) return {}
  if (format.is === 'json-schema' && schemas) {
    return { format: { type: 'json_schema', schema: isOwn ? format.schema : strictSchema(format.schema) } }
  }
  losses.lose('format')
  if (format.is === 'json') return { instruction: 'Answer with one JSON object and nothing else: no words around it, no code fence.' }
  const schema = JSON.stringify(format.schema)
  return { instruction: `Answer with JSON that fits this JSON Schema and nothing else, no words around it, no code fence: ${schema}` }
}

/** Keywords that are refused in schemas; the model is then not held to them. */
const refused: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
])
/** Members whose value is a table of schemas by name: a name there is no keyword. */
const tables: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])
/** Members whose value is data, not a schema. */
const data: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'required'])

/** As Anthropic takes it: closed objects, and no keyword that it refuses. The caller's own schema is left as it is. */
export function strictSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strictSchema)
  if (!isRecord(schema)) return schema
  const kept = Object.entries(schema).flatMap(([name, value]): [string, unknown][] =>
    isRefused(name, value) ? [] : [[name, memberOf(name, value)]],
  )
  const closed = schema['type'] === 'object' || isRecord(schema['properties'])
  return { ...Object.fromEntries(kept), ...(closed && { additionalProperties: false }) }
}

/** Of `minItems` only the two smallest are taken. */
function isRefused(name: string, value: unknown): boolean {
  return refused.has(name) || (name === 'minItems' && value !== 0 && value !== 1)
}

function memberOf(name: string, value: unknown): unknown {
  if (data.has(name)) return value
  if (!tables.has(name) || !isRecord(value)) return strictSchema(value)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, strictSchema(each)]))
}
