/** Recorded JSON, looked into without asking first what it is. */
import { isRecord, parseJson } from '../wire.ts'

export type Json = Record<string, unknown>

/** The value down a path of names and places; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return typeof step === 'number' ? (inner as unknown[])[step] : undefined
    return isRecord(inner) ? inner[step] : undefined
  }, value)
}

export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Arguments as they are meant: nothing is an empty object. */
export function parsed(text: string): unknown {
  const value = parseJson(text)
  if (text === '' || value === null) return {}
  return value === undefined ? text : value
}
