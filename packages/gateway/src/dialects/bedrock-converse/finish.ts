/** Why a Bedrock model stopped. */
import type { Failure } from '../../domain/failure.ts'
import type { Finish } from '../canonical/answer.ts'

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: 'stop',
  tool_use: 'tool-calls',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-full',
  content_filtered: 'content-filter',
  guardrail_intervened: 'content-filter',
}

/** The model produced something that its own server could not read: no reason to stop, but an error. */
const malformed: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use'])

export function stopFailure(stopReason: string): Failure | undefined {
  if (!malformed.has(stopReason)) return undefined
  return { reason: 'upstream-broken', message: `The model's output could not be read (${stopReason}).`, sent: 'yes' }
}

/** @param calls whether the answer holds calls for the caller; what is called must be told, whatever the model says. */
export function finishOf(stopReason: string, calls: boolean): Finish {
  const told = finishes[stopReason] ?? 'other'
  if (calls) return told === 'length' || told === 'context-full' || told === 'content-filter' ? told : 'tool-calls'
  // `tool_use` without a call for the caller: the answer came through the tool that stands for a JSON answer.
  return told === 'tool-calls' ? 'stop' : told
}
