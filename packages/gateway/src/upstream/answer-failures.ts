/** What an answer that has begun can fail of. */
import type { Failure } from '../domain/failure.ts'

const sent = 'yes'

export const truncated: Failure = { reason: 'truncated', message: 'The provider cut the stream before its end.', sent }
export const emptyStream: Failure = { reason: 'bad-answer', message: 'The provider ended the stream without any content.', sent }
export const tooLong: Failure = { reason: 'stalled', message: 'The stream went on for longer than a stream may.', sent }
const tooSlow: Failure = { reason: 'stalled', message: 'The provider sent its answer too slowly for too long.', sent }
export const farewell: Failure = { reason: 'cancelled', message: 'The stream was complete.', sent }

export function badAnswer(message: string): Failure {
  return { reason: 'bad-answer', message, sent }
}

export function redirected(status: number): Failure {
  return {
    reason: 'upstream-broken',
    message: `The provider answered with a redirect (${status}), which is never followed. Check its base URL.`,
    status,
    sent,
  }
}

/** After the headers a lost connection is a cut answer; what the parser could not read stays what it is. */
export function cutAnswer(failure: Failure): Failure {
  const isCut = failure.reason === 'upstream-broken' || failure.reason === 'unreachable'
  return { ...failure, reason: isCut ? 'truncated' : failure.reason, sent }
}

/** The provider was quiet or slow for too long. */
export function lostPatience(
  why: 'quiet' | 'slow',
  patienceMs: number,
  { isFlowing, bodySent }: { readonly isFlowing: boolean; readonly bodySent: boolean },
): Failure {
  if (why === 'slow') return tooSlow
  return isFlowing ? wentQuiet(patienceMs) : stayedQuiet(patienceMs, bodySent)
}

/** Nothing has come for too long in the middle of a stream. */
function wentQuiet(patienceMs: number): Failure {
  return { reason: 'stalled', message: `The provider sent nothing for ${inSeconds(patienceMs)} s in the middle of the stream.`, sent }
}

/** Nothing has come at all. */
function stayedQuiet(patienceMs: number, bodySent: boolean): Failure {
  const message = `The provider did not answer within ${inSeconds(patienceMs)} s.`
  return { reason: 'timed-out', message, sent: bodySent ? sent : 'maybe' }
}

function inSeconds(ms: number): number {
  return Math.round(ms / 1000)
}
