/** Why the model stopped, in Anthropic's words and in ours. */
import type { CanonicalAnswer, Finish } from '../canonical/answer.ts'

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-full',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  pause_turn: 'pause',
}

/** @param hasCalls whether the answer holds a call that the caller has to carry out: some servers then say `end_turn` all the same. */
export function finishFrom(stopReason: string | undefined, hasCalls: boolean): Finish {
  const finish = stopReason === undefined ? 'stop' : (finishes[stopReason] ?? 'other')
  return hasCalls && finish === 'stop' ? 'tool-calls' : finish
}

const stopReasons: Readonly<Record<Finish, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-full': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
}

export interface Stop {
  readonly finish: Finish
  readonly raw?: string | undefined
  readonly stopSequence?: string | undefined
  /** The answer holds a call that the caller has to carry out. */
  readonly hasCalls: boolean
  /** The model said in so many words that it will not answer. */
  readonly hasRefusal: boolean
}

/** Callers loop on `tool_use` and end on anything else, so it follows from what the answer holds. */
export function stopReasonOf(stop: Stop): string {
  const { finish, raw, stopSequence } = stop
  if (finish === 'stop' || finish === 'tool-calls') return ended(stop)
  // Which text was met is not always told, and a reason without it means nothing to a caller.
  if (finish === 'stop-sequence' && stopSequence === undefined) return stopReasons.stop
  if (finish === 'other' && raw === 'compaction') return raw
  return stopReasons[finish]
}

function ended({ finish, hasCalls, hasRefusal }: Stop): string {
  if (hasCalls) return stopReasons['tool-calls']
  return hasRefusal && finish === 'stop' ? stopReasons['content-filter'] : stopReasons.stop
}

/** What a whole answer stopped for. */
export function stopOf({ finish, rawFinish, stopSequence, blocks }: CanonicalAnswer): Stop {
  return {
    finish,
    raw: rawFinish,
    stopSequence,
    hasCalls: blocks.some(({ is }) => is === 'tool-call'),
    hasRefusal: blocks.some(({ is }) => is === 'refusal'),
  }
}
