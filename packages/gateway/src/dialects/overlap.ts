/** How much of a continuation says again what was said before the cut. */

/** A longer repetition is no slip of a model that was asked to go on. */
const longest = 240
/** Shorter ones happen by chance, above all where texts repeat themselves. */
const sure = 12
const sureLetters = 6
/** Of a whole word at least, where the model was only asked not to repeat itself. */
const likely = 3

const space = /^\s+$/
const letter = /[\p{L}\p{N}]/u
const letters = /[\p{L}\p{N}]/gu

/** Whether more of the continuation could still make the repetition longer. */
export function mayOverlap(said: string, next: string): boolean {
  const tail = said.slice(-longest)
  for (let at = 0; tail.length - at > next.length; at++) if (tail.startsWith(next, at)) return true
  return false
}

/** @param wasAsked the target does not take up a text by itself, but was asked to go on. */
export function overlapOf(said: string, next: string, wasAsked: boolean): number {
  for (let length = Math.min(longest, said.length, next.length); length > 0; length--) {
    const repeated = next.slice(0, length)
    if (said.endsWith(repeated) && isMeant(repeated, said.at(-length - 1), wasAsked)) return length
  }
  return 0
}

function isMeant(repeated: string, before: string | undefined, wasAsked: boolean): boolean {
  // White space at the end is cut from a text that is to be taken up, and so comes again.
  if (space.test(repeated)) return true
  if (repeated.length >= sure && (repeated.match(letters)?.length ?? 0) >= sureLetters) return true
  return wasAsked && repeated.trim().length >= likely && (before === undefined || !letter.test(before) || /^\s/.test(repeated))
}
