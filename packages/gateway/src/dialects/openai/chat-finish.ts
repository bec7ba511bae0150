/** Why a model of the OpenAI family stopped: read from every word that its servers use, written in OpenAI's own. */
import type { Failure, FailureReason } from '../../domain/failure.ts'
import type { Finish } from '../canonical/answer.ts'

const finishes: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  length: 'length',
  max_tokens: 'length',
  // Mistral: the model's window.
  model_length: 'context-full',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  tool_use: 'tool-calls',
  content_filter: 'content-filter',
  safety: 'content-filter',
  refusal: 'content-filter',
}

/** An error in the clothes of a reason to stop: Mistral and OpenRouter, DeepSeek, and Google behind its OpenAI-compatible path. */
const failures: readonly (readonly [RegExp, FailureReason])[] = [
  [/^insufficient_system_resource$/i, 'overloaded'],
  [/^error$|malformed_function_call|unexpected_tool_call|malformed_response/i, 'upstream-broken'],
]

/** Tool calls decide where there are any: OpenAI says `stop` after a call it was forced to make, others say nothing at all. */
export function readFinish(raw: string | undefined, hasCalls: boolean): Finish {
  const told = raw === undefined ? 'other' : (finishes[raw.toLowerCase()] ?? 'other')
  if (hasCalls) return told === 'length' || told === 'context-full' || told === 'content-filter' ? told : 'tool-calls'
  return told === 'tool-calls' ? 'stop' : told
}

/** The failure that a reason to stop stands for, if it stands for one. */
export function finishFailure(raw: string): Failure | undefined {
  const reason = failures.find(([word]) => word.test(raw))?.[1]
  return reason === undefined ? undefined : { reason, message: `The provider stopped the answer with \`${raw}\`.`, sent: 'yes' }
}

/** A pause cannot be resumed through chat, and there is no word for an unknown reason. */
export const chatFinishes: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
}
