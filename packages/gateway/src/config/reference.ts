/** The tables of `docs/reference/config.md`: every variable, and every field of the file. */
import * as z from 'zod'
import { providerVariables } from './provider-variables.ts'
import { fileSchema } from './schema.ts'
import { settings } from './settings.ts'
import { withoutEffect } from './without-effect.ts'

type Shape = z.core.JSONSchema.BaseSchema
type Row = readonly string[]

/** A Markdown table for each kind of thing that can be set. */
export function referenceTables(): Readonly<Record<'settings' | 'providers' | 'ignored' | 'fields', string>> {
  const variables = Object.entries(settings).map(([name, { what, standard }]) => [`\`${name}\``, what, standard])
  const ofProviders = Object.values(providerVariables).map(({ form, what, standard }) => [`\`${form}\``, what, standard])
  const ignored = withoutEffect.map(({ form, instead, read }) => [`\`${form}\``, read.shown, instead])
  const fields = fieldRows(z.toJSONSchema(fileSchema), '')
  return {
    settings: table(['Variable', 'Meaning', 'Default'], variables),
    providers: table(['Variable', 'Meaning', 'Default'], ofProviders),
    ignored: table(['Variable', 'Value', 'What to do instead'], ignored),
    fields: table(['Field', 'Kind', 'Meaning', 'Default'], fields),
  }
}

function table(heads: Row, rows: readonly Row[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

function fieldRows(shape: Shape, path: string): readonly Row[] {
  return kindsOf(shape).flatMap((kind) => {
    const named = Object.entries(kind.properties ?? {}).flatMap(([name, inner]) => rowsOf(inner, path === '' ? name : `${path}.${name}`))
    return named.concat(rowsOf(kind.additionalProperties, `${path}.<name>`), rowsOf(kind.items, `${path}[]`))
  })
}

/** The timeouts of providers and virtual models have the fields of the general ones, which are listed once. */
function rowsOf(inner: unknown, path: string): readonly Row[] {
  if (!isShape(inner)) return []
  const below = path.endsWith('>.timeouts') ? [] : fieldRows(inner, path)
  if (inner.description === undefined) return below
  const standard = inner.default === undefined ? '' : `\`${JSON.stringify(inner.default)}\``
  return [[`\`${path}\``, kindsOf(inner).map(nameOf).join(' or '), inner.description, standard], ...below]
}

const kindNames: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', number: 'number', boolean: 'switch' }

function nameOf(shape: Shape): string {
  if (shape.enum !== undefined) return shape.enum.map((word) => `\`${String(word)}\``).join(', ')
  if (shape.type === 'array') return isShape(shape.items) ? `list of ${kindsOf(shape.items).map(nameOf).join(' or ')}` : 'list'
  if (shape.type === 'object') return isShape(shape.additionalProperties) ? 'entries by name' : 'group'
  const types = [shape.type].flat().flatMap((type) => kindNames[type ?? ''] ?? [])
  return types.length > 0 ? types.join(' or ') : 'anything'
}

/** What a value may be, apart from blank. */
function kindsOf(shape: Shape): readonly Shape[] {
  const kinds = shape.anyOf?.flatMap((one) => (isShape(one) ? kindsOf(one) : [])) ?? [shape]
  return kinds.filter(({ type }) => type !== 'null')
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value)
