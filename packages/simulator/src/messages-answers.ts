/** Answers in the shape of Anthropic's messages, whole and streamed: text and tool calls. */
import type { AnswerPlan } from './answer-plan.ts'
import { field, parseJson } from './unknown-json.ts'

/** One event of a stream; its type stands in the `event:` line too. */
export interface MessageEvent {
  readonly type: string
  readonly [name: string]: unknown
}

/** A message. */
export function messageAnswer(plan: AnswerPlan): object {
  const text = [...plan.tokens].join('')
  const content = [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...plan.toolCalls.map(({ id, name, arguments: given }) => ({ type: 'tool_use', id, name, input: parseJson(given) ?? {} })),
  ]
  return { ...envelope(plan), content, stop_reason: stopReason(plan), stop_sequence: null, ...usageOf(plan), ...plan.extra }
}

/** The events in the order in which Anthropic sends them; the last one ends the stream. */
export function* messageEvents(plan: AnswerPlan): Generator<MessageEvent, void, undefined> {
  yield { type: 'message_start', message: { ...envelope(plan), content: [], stop_reason: null, stop_sequence: null, ...startUsage(plan) } }
  let index = 0
  if (plan.toolCalls.length === 0) yield* textBlock(plan, index++)
  for (const { id, name, arguments: given } of plan.toolCalls) {
    yield { type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } }
    yield { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: given } }
    yield { type: 'content_block_stop', index: index++ }
  }
  yield { type: 'message_delta', delta: { stop_reason: stopReason(plan), stop_sequence: null }, ...usageOf(plan) }
  yield { type: 'message_stop' }
}

function* textBlock({ tokens }: AnswerPlan, index: number): Generator<MessageEvent, void, undefined> {
  yield { type: 'content_block_start', index, content_block: { type: 'text', text: '' } }
  for (const text of tokens) yield { type: 'content_block_delta', index, delta: { type: 'text_delta', text } }
  yield { type: 'content_block_stop', index }
}

function envelope({ id, model }: AnswerPlan): object {
  return { id, type: 'message', role: 'assistant', model }
}

const stopReasons: Readonly<Record<string, string>> = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' }

function stopReason({ finish }: AnswerPlan): string {
  return stopReasons[finish] ?? finish
}

/** The plan counts in OpenAI's words. */
function usageOf({ usage }: AnswerPlan): { readonly usage?: object } {
  if (usage === undefined) return {}
  return { usage: { input_tokens: field(usage, 'prompt_tokens'), output_tokens: field(usage, 'completion_tokens') } }
}

function startUsage({ usage }: AnswerPlan): { readonly usage?: object } {
  return usage === undefined ? {} : { usage: { input_tokens: field(usage, 'prompt_tokens'), output_tokens: 0 } }
}
