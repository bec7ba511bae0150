/** Token counts as Cohere gives them: `tokens` is what went through the model, `billed_units` what is paid for. */
import type { Usage } from '../../domain/usage.ts'
import { isRecord } from '../wire.ts'

export function usageFromCohere(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined
  const { tokens, billed_units: billed } = usage
  const counts = isRecord(tokens) ? tokens : isRecord(billed) ? billed : {}
  const input = countIn(counts['input_tokens'])
  const cacheReadTokens = Math.min(countIn(usage['cached_tokens']), input)
  const outputTokens = countIn(counts['output_tokens'])
  if (input + outputTokens === 0) return undefined
  return {
    inputTokens: input - cacheReadTokens,
    cacheReadTokens,
    cacheWriteTokens: 0,
    outputTokens,
    reasoningTokens: Math.min(countIn(counts['reasoning_tokens']), outputTokens),
    source: 'provider',
  }
}

function countIn(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
