/** What one key may do and what it gets, and whose turn it is. */
import type { SeenCall } from './call.ts'
import type { RetryAfterForm } from './rate-limits.ts'
import type { Reply } from './reply.ts'

/** The behaviour of one key. */
export interface KeyScript {
  /** Quotas slide over 60 s and 24 h, exactly; a refused call is not counted. */
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly requestsPerDay?: number
  readonly concurrency?: number
  /** How a 429 says when to come back; `seconds` by default. */
  readonly limitForm?: RetryAfterForm
  /** Sends `x-ratelimit-*` headers for the minute's quotas. */
  readonly announceLimits?: boolean
  /** One reply, replies used in turn of which the last one stays, or a function asked for each call. */
  readonly reply?: Reply | readonly Reply[] | ((call: SeenCall) => Reply)
}

/** Replies used in turn; the last one stays. */
export class ReplyTurns {
  readonly #replies: readonly Reply[]
  #next = 0

  constructor(replies: readonly Reply[]) {
    this.#replies = replies
  }

  /** The reply whose turn it is, without taking the turn. */
  peek(): Reply | undefined {
    return this.#replies[Math.min(this.#next, this.#replies.length - 1)]
  }

  take(): Reply | undefined {
    const reply = this.peek()
    this.#next++
    return reply
  }
}

/** Turns the `reply` of a script into one way of asking. */
export function replySource(reply: KeyScript['reply']): ReplyTurns | ((call: SeenCall) => Reply) | undefined {
  if (reply === undefined || typeof reply === 'function') return reply
  return new ReplyTurns('is' in reply ? [reply] : reply)
}
