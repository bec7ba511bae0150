/** What Ollama says it used: counts on the last line of a stream, and in a whole answer. */
import type { Usage } from '../../domain/usage.ts'

/** The prompt's count is left out where the prompt was still in the cache. undefined: nothing is told at all. */
export function usageFromOllama(json: Record<string, unknown>): Usage | undefined {
  const input = countIn(json['prompt_eval_count'])
  const output = countIn(json['eval_count'])
  if (input === undefined && output === undefined) return undefined
  return {
    inputTokens: input ?? 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: output ?? 0,
    reasoningTokens: 0,
    source: 'provider',
  }
}

function countIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** The counts that a caller gets; none where nobody counted. */
export function countsFor(usage: Usage | undefined): Record<string, number> {
  if (usage === undefined) return {}
  return {
    prompt_eval_count: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    eval_count: usage.outputTokens,
  }
}
