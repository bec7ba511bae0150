/**
 * How a text that was cut is given to a target to go on with: as the beginning of its answer where it takes up such a beginning,
 * else with a request to go on. Read in the vendors' documents and in the issues of their clients, 2026-11.
 */
import type { DialectName } from '../domain/operation.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import { traitsOf } from './anthropic-messages/traits.ts'
import type { CanonicalRequest, Turn } from './canonical/request.ts'

type TakesUp = (target: TranslationTarget, request: CanonicalRequest) => boolean

/**
 * Who goes on with a last turn of the assistant. All others take it for something said: OpenAI, Cohere, Gemini (newer models refuse it), and
 * the servers that need a field of their own for it (vLLM's `continue_final_message`, Qwen's and Moonshot's `partial`) or another
 * address (DeepSeek's beta).
 */
const takers: Readonly<Partial<Record<DialectName, TakesUp>>> = {
  // Refused from Claude 4.6 on, and by all of them while they think.
  'anthropic-messages': ({ model }, request) => traitsOf(model).prefill && !thinks(request),
  'bedrock-converse': ({ model }, request) => /claude/i.test(model) && traitsOf(model).prefill && !thinks(request),
  // The writer marks it with `prefix`.
  'mistral-chat': () => true,
  'ollama-chat': ({ reasoning }, request) => reasoning !== true && !thinks(request),
}

function thinks({ reasoning }: CanonicalRequest): boolean {
  return reasoning !== undefined && reasoning.effort !== 'none' && (reasoning.effort !== undefined || reasoning.budgetTokens !== undefined)
}

export function takesUpText(target: TranslationTarget, request: CanonicalRequest): boolean {
  if (target.quirks.manner === 'mistral') return true
  return takers[target.dialect]?.(target, request) === true
}

const goOn =
  'Your answer above was cut off in transit. Continue it exactly where it stopped, in the middle of a word if need be. ' +
  'Begin with the next character, a space or a line break included. Do not repeat anything, do not comment on this, and do not start again.'

const charactersPerToken = 4

/** The request with what was said so far behind it. */
export function withText(request: CanonicalRequest, said: string, target: TranslationTarget): CanonicalRequest {
  const turns: Turn[] = [...request.turns, { role: 'assistant', blocks: [{ is: 'text', text: said.trimEnd() }] }]
  if (!takesUpText(target, request)) turns.push({ role: 'user', parts: [{ is: 'text', text: goOn }] })
  const { maxTokens } = request
  if (maxTokens === undefined) return { ...request, turns }
  return { ...request, turns, maxTokens: Math.max(1, maxTokens - Math.floor(said.length / charactersPerToken)) }
}
