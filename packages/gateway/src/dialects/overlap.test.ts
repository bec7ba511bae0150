/** How much of a continuation is a repetition. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayOverlap, overlapOf } from './overlap.ts'

/** What is left of the continuation when it comes in pieces of so many characters. */
function fresh(said: string, next: string, wasAsked: boolean, size: number): string {
  let held = ''
  for (let at = 0; at < next.length; at += size) {
    held += next.slice(at, at + size)
    if (!mayOverlap(said, held)) return next.slice(overlapOf(said, held, wasAsked))
  }
  return next.slice(overlapOf(said, held, wasAsked))
}

for (const [what, said, next, asked, taken] of [
  ['nothing in common', 'The quick brown', ' fox', ' fox', ' fox'],
  ['the last words again', 'The quick brown fox jumps', 'brown fox jumps over', ' over', ' over'],
  ['the last word again', 'The quick brown', 'brown fox', ' fox', 'brown fox'],
  ['half a word again', 'The quick bro', 'brown fox', 'wn fox', 'brown fox'],
  ['a letter in common by chance', 'hel', 'lo', 'lo', 'lo'],
  ['letters in common within a word', 'banana', 'ananas', 'ananas', 'ananas'],
  ['the space at the joint', 'brown ', ' fox', 'fox', 'fox'],
  ['a line break at the joint', 'one\n\n', '\n\ntwo', 'two', 'two'],
  ['all of it again', 'The quick brown fox', 'The quick brown fox', '', ''],
] as const) {
  test(`${what}: \`${JSON.stringify(said)}\` goes on with \`${JSON.stringify(next)}\``, () => {
    for (const size of [1, 2, 3, 7, 1000]) {
      assert.equal(fresh(said, next, true, size), asked)
      assert.equal(fresh(said, next, false, size), taken)
    }
  })
}
