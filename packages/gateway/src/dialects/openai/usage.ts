/** Token counts as OpenAI-style answers give them, read into classes that add up. */
import type { Usage } from '../../domain/usage.ts'

/** Past this a count is junk: no call consumes a trillion tokens. */
const mostTokens = 1e12

/**
 * Reads a `usage` object of the OpenAI family: chat, completions, embeddings and the responses API.
 * Anything but believable counts gives undefined, which means unknown and is never stored as zero.
 */
export function usageFromOpenAi(usage: unknown): Usage | undefined {
  if (!isFields(usage)) return undefined
  const prompt = promptTokens(usage)
  const completion = tokens(usage['completion_tokens'] ?? usage['output_tokens'] ?? 0)
  if (prompt === undefined || completion === undefined) return undefined
  const { outputTokens, reasoningTokens } = outputOf(usage, prompt, completion)
  // Zeros all over come from servers that do not count, and from chunks that are sent before the counts are known.
  if (prompt + outputTokens === 0) return undefined
  const cacheReadTokens = Math.min(cacheRead(usage), prompt)
  const cacheWriteTokens = Math.min(tokens(detailOf(usage, inputDetails, 'cache_write_tokens')) ?? 0, prompt - cacheReadTokens)
  return {
    inputTokens: prompt - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens,
    source: 'provider',
  }
}

type Fields = Readonly<Record<string, unknown>>

const inputDetails = ['prompt_tokens_details', 'input_tokens_details'] as const
const outputDetails = ['completion_tokens_details', 'output_tokens_details'] as const

function promptTokens(usage: Fields): number | undefined {
  const whole = usage['prompt_tokens'] ?? usage['input_tokens']
  if (whole !== undefined && whole !== null) return tokens(whole)
  const hit = tokens(usage['prompt_cache_hit_tokens'])
  const miss = tokens(usage['prompt_cache_miss_tokens'])
  return hit === undefined || miss === undefined ? undefined : hit + miss
}

function cacheRead(usage: Fields): number {
  const told = detailOf(usage, inputDetails, 'cached_tokens') ?? usage['prompt_cache_hit_tokens'] ?? usage['cached_tokens']
  return tokens(told) ?? 0
}

/** Providers disagree on whether the completion holds the reasoning; their own total tells which it is. */
function outputOf(usage: Fields, prompt: number, completion: number): Pick<Usage, 'outputTokens' | 'reasoningTokens'> {
  const reasoning = tokens(detailOf(usage, outputDetails, 'reasoning_tokens') ?? usage['reasoning_tokens']) ?? 0
  const total = tokens(usage['total_tokens']) ?? 0
  // xAI counts the reasoning beside the completion.
  if (total === prompt + completion + reasoning) return { outputTokens: completion + reasoning, reasoningTokens: reasoning }
  // Google's OpenAI-compatible answers leave the thinking out of everything but the total.
  // Mistral's total holds audio that is input: there the total proves nothing about the output.
  if (total > prompt + completion && reasoning <= total - prompt && usage['prompt_audio_seconds'] === undefined) {
    return { outputTokens: total - prompt, reasoningTokens: Math.max(reasoning, total - prompt - completion) }
  }
  // The completion is everything where the total says so, even with a little more reasoning than that (OpenRouter).
  if (reasoning > completion && total !== prompt + completion) return { outputTokens: completion + reasoning, reasoningTokens: reasoning }
  return { outputTokens: completion, reasoningTokens: Math.min(reasoning, completion) }
}

function detailOf(usage: Fields, groups: readonly string[], name: string): unknown {
  for (const group of groups) {
    const details = usage[group]
    if (isFields(details) && details[name] !== undefined && details[name] !== null) return details[name]
  }
  return undefined
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens ? value : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
