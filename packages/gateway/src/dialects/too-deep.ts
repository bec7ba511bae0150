/** Valid JSON can nest deeper than it can be written again; arguments of a tool, being text, are the way in for that. */
import { refuse } from '../domain/failure.ts'
import type { Failure } from '../domain/failure.ts'

const nestsTooDeep: Failure = { reason: 'bad-answer', message: 'The provider sent an answer that nests too deeply.', sent: 'yes' }

/** The failure that an overflow of the stack stands for. @throws whatever else it was. */
export function tooDeep(error: unknown): Failure {
  if (error instanceof RangeError) return nestsTooDeep
  throw error
}

/** What `write` gives. @throws RefusedCall (400) where the request nests too deeply to be written. */
export function requestWithin<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw refuse('bad-request', 'The arguments of a tool call nest too deeply. Send them flatter.', { param: 'messages' })
  }
}
