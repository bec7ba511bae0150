/** Patterns with `*` and `?`, without regular expressions: nobody can write a slow one. */

/** Longer ones match nothing; this also bounds the work to so many steps for each character of the text. */
export const longestPattern = 256

/** Whether the whole text fits the pattern: `*` is any run of characters, `?` exactly one. Upper and lower case differ. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern.length > longestPattern) return false
  let place = 0
  let position = 0
  // Only the last star can be asked to take more: what an earlier one could take, this one can as well.
  let star = -1
  let afterStar = 0
  while (position < text.length) {
    const expected = pattern[place]
    if (expected === '*') {
      star = place
      afterStar = position
      place += 1
    } else if (expected === '?' || expected === text[position]) {
      place += 1
      position += 1
    } else if (star >= 0) {
      afterStar += 1
      place = star + 1
      position = afterStar
    } else return false
  }
  while (pattern[place] === '*') place += 1
  return place === pattern.length
}
