/** Token counts in the form of OpenAI's chat: totals, with the parts that are told apart beside them. */
import type { Usage } from '../../domain/usage.ts'

export function chatUsage(usage: Usage): Record<string, unknown> {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens, ...(cacheWriteTokens > 0 && { cache_write_tokens: cacheWriteTokens }) },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}
