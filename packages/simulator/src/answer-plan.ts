/** What a good answer to one call will say, before it is put in a shape: its words, tool calls, finish reason and usage. */
import type { SeenCall } from './call.ts'
import { countWords, promptOf, promptTokens } from './call.ts'
import type { AnswerReply, ToolCall } from './reply.ts'
import { field } from './unknown-json.ts'

export interface AnswerPlan {
  readonly id: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  readonly model: string
  /** The text, token by token; made while it is read, so that a long answer costs no memory. */
  readonly tokens: Iterable<string>
  readonly reasoning: readonly string[]
  readonly toolCalls: readonly ToolCall[]
  readonly finish: string
  /** Undefined where the reply sends none. */
  readonly usage: object | undefined
  readonly extra: object
}

/** What tells one answer from all others. */
export interface AnswerStamp {
  readonly id: string
  readonly wallNow: number
}

export function planAnswer(reply: AnswerReply, call: SeenCall, stamp: AnswerStamp): AnswerPlan {
  const toolCalls = offersTools(call) ? (reply.toolCalls ?? []) : []
  const words = wordsOf(reply, call, toolCalls.length > 0)
  const reasoning = tokensOf(fillIn(reply.reasoning ?? '', call))
  const counted = countUsage(promptTokens(call), words.count + countArguments(toolCalls), reasoning.length)
  return {
    id: stamp.id,
    created: Math.floor(stamp.wallNow / 1000),
    model: call.model ?? 'unnamed',
    tokens: words.tokens,
    reasoning,
    toolCalls,
    finish: reply.finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: reply.usage === null ? undefined : (reply.usage ?? counted),
    extra: reply.extra ?? {},
  }
}

interface Words {
  readonly tokens: Iterable<string>
  readonly count: number
}

/** The given text, so many numbered words, or a sentence with the call's number; nothing beside tool calls. */
function wordsOf(reply: AnswerReply, call: SeenCall, hasToolCalls: boolean): Words {
  if (reply.text === undefined && reply.tokens !== undefined) return { tokens: numberedWords(reply.tokens), count: reply.tokens }
  const tokens = tokensOf(fillIn(reply.text ?? (hasToolCalls ? '' : 'This is answer {call}.'), call))
  return { tokens, count: tokens.length }
}

function offersTools(call: SeenCall): boolean {
  return Array.isArray(field(call.json, 'tools'))
}

/** How many tokens an answer to this call is charged for. */
export function answerTokens(reply: AnswerReply): number {
  return reply.text === undefined ? (reply.tokens ?? 4) : tokensOf(reply.text).length
}

function countUsage(prompt: number, written: number, reasoning: number): object {
  const details = reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}
  const completion = written + reasoning
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...details }
}

function countArguments(toolCalls: readonly ToolCall[]): number {
  return toolCalls.reduce((sum, tool) => sum + 1 + countWords(tool.arguments), 0)
}

/** Words with the white space before them, as tokenizers cut; nothing is lost when they are joined. */
function tokensOf(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

function* numberedWords(count: number): Generator<string, void, undefined> {
  for (let index = 0; index < count; index++) yield index === 0 ? 'w0' : ` w${index}`
}

function fillIn(text: string, call: SeenCall): string {
  if (!text.includes('{')) return text
  const values: Readonly<Record<string, () => string>> = {
    call: () => String(call.number),
    key: () => call.key ?? '',
    prompt: () => promptOf(call),
    model: () => call.model ?? '',
  }
  return text.replaceAll(/\{(call|key|prompt|model)\}/g, (whole, name: string) => values[name]?.() ?? whole)
}
