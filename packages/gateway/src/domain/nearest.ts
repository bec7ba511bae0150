/** The names that someone may have meant: for "did you mean" in refusals. */

/** Longer texts are cut before they are compared; the work grows with the product of both lengths. */
const comparedLength = 100

/** The candidates that resemble `name`, best first; nothing when nothing comes close. */
export function nearest(name: string, candidates: Iterable<string>, most: number = 3): string[] {
  const wanted = comparable(name)
  if (wanted === '') return []
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, comparable(candidate)) }))
    .filter(({ distance }) => distance <= tolerated(wanted))
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

const comparable = (text: string): string => text.slice(0, comparedLength).toLowerCase()

/** A third of the letters may be wrong, and two always: `groqq`, `hots`. One in names of one or two letters. */
const tolerated = (wanted: string): number => Math.max(wanted.length > 2 ? 2 : 1, Math.floor(wanted.length / 3))

/** People leave out the provider (`llama` for `groq/llama`) or the end of a name (`llama-3.3-70b` for `llama-3.3-70b-versatile`). */
function distanceTo(wanted: string, candidate: string): number {
  const whole = editDistance(wanted, candidate)
  const bare = candidate.slice(candidate.lastIndexOf('/') + 1)
  const best = bare === candidate ? whole : Math.min(whole, 0.5 + editDistance(wanted, bare))
  return wanted.length >= 4 && candidate.includes(wanted) ? Math.min(best, 1) : best
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      current.push(cell({ from, to, row, column, current, last, beforeLast }))
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}

interface Cell {
  readonly from: string
  readonly to: string
  readonly row: number
  readonly column: number
  readonly current: readonly number[]
  readonly last: readonly number[]
  readonly beforeLast: readonly number[]
}

function cell({ from, to, row, column, current, last, beforeLast }: Cell): number {
  const same = from[row - 1] === to[column - 1]
  const replaced = (last[column - 1] ?? 0) + (same ? 0 : 1)
  const best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced)
  const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
  return swapped ? Math.min(best, (beforeLast[column - 2] ?? 0) + 1) : best
}
