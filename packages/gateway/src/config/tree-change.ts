/** Looking into plain values by path, and copying them with one part changed. */
import { emptyRecord } from './yaml-tree.ts'
import type { Path } from './yaml-tree.ts'

/** The value at a path; undefined if the path leads nowhere. */
export function look(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, part) => childOf(inside, part), value)
}

/** A copy in which the value at the path is `replacement`; undefined takes it out. */
export function change(value: unknown, path: Path, replacement: unknown): unknown {
  const [part, ...rest] = path
  if (part === undefined) return replacement
  const changed = change(childOf(value, part), rest, replacement)
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === part ? changed : item))
  const copy = Object.assign(emptyRecord<unknown>(), value)
  if (changed === undefined) delete copy[part]
  else copy[part] = changed
  return copy
}

function childOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined
  if (typeof value !== 'object' || value === null) return undefined
  const entries: Record<string, unknown> = Object.assign(emptyRecord<unknown>(), value)
  return entries[part]
}
