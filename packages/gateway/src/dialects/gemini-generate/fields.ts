/** Reads the fields of Google's JSON, which may be written in camelCase or in snake_case: its servers take both, and clients send both. */
import { isRecord } from '../wire.ts'

export type Fields = Readonly<Record<string, unknown>>

const snakeNames = new Map<string, string>()

function snakeOf(name: string): string {
  const known = snakeNames.get(name)
  if (known !== undefined) return known
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  snakeNames.set(name, snake)
  return snake
}

/** The field of that camelCase name under whichever of its names it was sent; null counts as absent. */
export function fieldOf(record: Fields, name: string): unknown {
  return record[name] ?? record[snakeOf(name)] ?? undefined
}

/** `generation_config` is `generationConfig`. Names with a dot or in capitals stay as they are. */
export function camelOf(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

export function recordIn(record: Fields, name: string): Fields | undefined {
  const value = fieldOf(record, name)
  return isRecord(value) ? value : undefined
}

/** A text, also an empty one. */
export function stringIn(record: Fields, name: string): string | undefined {
  const value = fieldOf(record, name)
  return typeof value === 'string' ? value : undefined
}

/** A number; Google also takes numbers that are written as text. */
export function numberIn(record: Fields, name: string): number | undefined {
  const value = fieldOf(record, name)
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined
}

/** A list; where one value stands alone it is a list of one, as Google's own examples have it. */
export function listIn(record: Fields, name: string): readonly unknown[] {
  const value = fieldOf(record, name)
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** The records among the values. */
export function recordsIn(record: Fields, name: string): readonly Fields[] {
  return listIn(record, name).filter(isRecord)
}

/** Those members of a record that are not named, under their camelCase names. */
export function others(record: Fields, known: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(record).map(([name, value]) => [camelOf(name), value] as const)
  return Object.fromEntries(entries.filter(([name]) => !known.has(name)))
}
