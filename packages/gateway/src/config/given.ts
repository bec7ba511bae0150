/** Numbers that were really given, ready to be spread over what is usual. */
import type { Maybe } from './file-content.ts'

/** Without the entries that are undefined or null. */
export function given(all: Readonly<Record<string, Maybe<number>>>): Readonly<Record<string, number>> {
  const result: Record<string, number> = {}
  for (const [name, value] of Object.entries(all)) if (typeof value === 'number') result[name] = value
  return result
}
