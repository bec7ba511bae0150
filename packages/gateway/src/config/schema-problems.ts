/** What the schema found wrong, in words that help. Values are never repeated: any of them may be a secret. */
import type * as z from 'zod'
import { nearest } from '../domain/nearest.ts'
import type { Path } from './yaml-tree.ts'

/** One thing the schema refuses. */
export interface Refusal {
  readonly path: Path
  /** Point at the name rather than at the value. */
  readonly part: 'key' | 'value'
  readonly message: string
  readonly remedy: string
}

type Issue = z.core.$ZodIssue
type Shape = z.core.JSONSchema.BaseSchema

/** All refusals behind one issue of the schema; `shape` tells which names exist where. */
export function refusalsOf(issue: Issue, shape: Shape): readonly Refusal[] {
  const path = plainPath(issue.path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownName([...path, key], namesAt(shape, path)))
  if (issue.code === 'invalid_key') {
    return [
      { path, part: 'key', message: 'This name cannot be used.', remedy: issue.issues[0]?.message ?? 'Use letters, digits and dashes.' },
    ]
  }
  if (issue.code === 'invalid_union') return unionRefusals(issue, path, shape)
  return [{ path, part: 'value', ...describeValue(issue) }]
}

function describeValue(issue: Issue): { message: string; remedy: string } {
  if (issue.code === 'invalid_type') return describeType(issue)
  if (issue.code === 'too_small') return describeSize(issue, issue.minimum, 'at least')
  if (issue.code === 'too_big') return describeSize(issue, issue.maximum, 'at most')
  if (issue.code === 'invalid_value') {
    return { message: 'The value is none of those that exist.', remedy: `Write ${issue.values.map(String).join(' or ')}.` }
  }
  return { message: 'The value cannot be used.', remedy: issue.message }
}

/** How to write each kind of value. */
const kinds: Readonly<Record<string, readonly [kind: string, remedy: string]>> = {
  string: ['a text', 'Write a text, between quotes if it looks like a number.'],
  number: ['a number', 'Write a number, without quotes or unit.'],
  int: ['a whole number', 'Write a whole number, without quotes or unit.'],
  boolean: ['true or false', 'Write true or false.'],
  array: ['a list', 'Write a list: [a, b], or lines that begin with a dash.'],
  object: ['a group of fields', 'Write fields below it: name: value.'],
  record: ['a group of named entries', 'Write entries below it: name: …'],
}

function describeType(issue: z.core.$ZodIssueInvalidType): { message: string; remedy: string } {
  const [kind, remedy] = kinds[issue.expected] ?? ['something else', 'See docs/reference/config.md.']
  const isMissing = issue.message.endsWith('received undefined')
  const name = issue.path.at(-1)
  return isMissing && typeof name === 'string'
    ? { message: `The field ${name} is missing.`, remedy: `Add it: ${kind}.` }
    : { message: `This must be ${kind}.`, remedy }
}

function describeSize(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  limit: number | bigint,
  word: string,
): { message: string; remedy: string } {
  const size = issue.code === 'too_small' ? 'small' : 'large'
  if (issue.origin === 'string') return { message: 'The text is empty.', remedy: 'Write something, or remove the field.' }
  if (issue.origin === 'array') return { message: 'The list has no entry.', remedy: 'Add one, or remove the whole.' }
  return { message: `The number is too ${size}.`, remedy: `Write ${word} ${limit}.` }
}

/** A union's complaint is that of the one alternative whose kind fits, or else its own. */
function unionRefusals(issue: z.core.$ZodIssueInvalidUnion, path: Path, shape: Shape): readonly Refusal[] {
  const fitting = issue.errors.find((issues) => issues.every((inner) => !isOfOtherKind(inner)))
  if (fitting === undefined) return [{ path, part: 'value', message: 'The value cannot be used.', remedy: issue.message }]
  return fitting.flatMap((inner) => refusalsOf({ ...inner, path: [...issue.path, ...inner.path] }, shape))
}

function isOfOtherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

function unknownName(path: Path, names: readonly string[]): Refusal {
  const name = String(path.at(-1))
  return { path, part: 'key', message: 'There is no such field.', remedy: renamed[name] ?? suggestion(name, names, 'Fields') }
}

/** Names that other gateways use for what is written differently here. */
const renamed: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  settings: 'Write timeouts: { deadline_ms: … } instead of settings: { timeout_ms: … }.',
  candidates: 'Write fallback_chain instead.',
  env_var: 'Write keys: ["${NAME}"] instead.',
})

function suggestion(name: string, names: readonly string[], word: string): string {
  const close = nearest(name, names, 2)
  return close.length > 0 ? `Did you mean ${close.join(' or ')}?` : `${word} that exist here: ${names.join(', ')}.`
}

/** The names that a JSON schema allows at a path. */
function namesAt(shape: Shape, path: Path): readonly string[] {
  const found = path.reduce<readonly Shape[]>((shapes, part) => shapes.flatMap((one) => step(one, part)), [shape])
  return [...new Set(found.flatMap(alternatives).flatMap(ownNames))]
}

/** Of a group its fields; of entries by name the names, if only some exist. */
function ownNames({ properties, propertyNames }: Shape): readonly string[] {
  if (properties !== undefined) return Object.keys(properties)
  return isShape(propertyNames) ? (propertyNames.enum ?? []).map(String) : []
}

function step(shape: Shape, part: string | number): readonly Shape[] {
  return alternatives(shape).flatMap((one) => {
    const next = typeof part === 'number' ? one.items : (ownProperty(one.properties, part) ?? one.additionalProperties)
    return isShape(next) ? [next] : []
  })
}

const alternatives = (shape: Shape): readonly Shape[] => shape.anyOf?.flatMap((one) => (isShape(one) ? alternatives(one) : [])) ?? [shape]

function ownProperty(properties: Shape['properties'], name: string): unknown {
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value)

const plainPath = (path: readonly PropertyKey[]): Path => path.map((part) => (typeof part === 'symbol' ? String(part) : part))
