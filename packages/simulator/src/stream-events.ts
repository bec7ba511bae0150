/** Answers that are streamed: the JSON texts of their events, in the order real providers send them. */
import type { AnswerPlan } from './answer-plan.ts'
import type { ToolCall } from './reply.ts'

/** Which stream a request asked for. */
export interface StreamShape {
  readonly kind: 'chat' | 'text'
  /** `stream_options.include_usage`: an event with the usage at the end, and `"usage":null` on the others. */
  readonly includeUsage: boolean
}

/** The JSON of each event, without `[DONE]`. */
export function* streamEvents(plan: AnswerPlan, shape: StreamShape): Generator<string, void, undefined> {
  const object = shape.kind === 'chat' ? 'chat.completion.chunk' : 'text_completion'
  const top = JSON.stringify({ id: plan.id, object, created: plan.created, model: plan.model, ...plan.extra }).slice(0, -1)
  const tail = shape.includeUsage ? ',"usage":null}' : '}'
  const choices = shape.kind === 'chat' ? chatChoices(plan) : textChoices(plan)
  // Only the choice is made anew for each event: this runs once a token.
  for (const choice of choices) yield `${top},"choices":[${choice}]${tail}`
  if (shape.includeUsage && plan.usage !== undefined) yield `${top},"choices":[],"usage":${JSON.stringify(plan.usage)}}`
}

function* chatChoices(plan: AnswerPlan): Generator<string, void, undefined> {
  yield chatChoice({ role: 'assistant', content: plan.toolCalls.length > 0 ? null : '' })
  for (const token of plan.reasoning) yield chatChoice({ reasoning_content: token })
  for (const token of plan.tokens) yield chatChoice({ content: token })
  for (const [index, call] of plan.toolCalls.entries()) yield* toolChoices(index, call)
  yield chatChoice({}, plan.finish)
}

function* toolChoices(index: number, call: ToolCall): Generator<string, void, undefined> {
  yield chatChoice({ tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] })
  // Cut by code points: half a surrogate pair would not survive JSON and UTF-8.
  const text = Array.from(call.arguments)
  for (let from = 0; from < text.length; from += fragmentLength) {
    yield chatChoice({ tool_calls: [{ index, function: { arguments: text.slice(from, from + fragmentLength).join('') } }] })
  }
}

const fragmentLength = 6

function chatChoice(delta: object, finish: string | null = null): string {
  return JSON.stringify({ index: 0, delta, logprobs: null, finish_reason: finish })
}

function* textChoices(plan: AnswerPlan): Generator<string, void, undefined> {
  for (const token of plan.tokens) yield textChoice(token, null)
  yield textChoice('', plan.finish)
}

function textChoice(text: string, finish: string | null): string {
  return JSON.stringify({ index: 0, text, logprobs: null, finish_reason: finish })
}
