/** Token counts in Gemini's form, read into classes that add up, and written back. */
import type { Usage } from '../../domain/usage.ts'
import { isRecord } from '../wire.ts'
import { fieldOf } from './fields.ts'
import type { Fields } from './fields.ts'

/** Past this a count is junk: no call consumes a trillion tokens. */
const mostTokens = 1e12

/**
 * Reads `usageMetadata`. The cached part is inside the prompt's count, what the vendor's own tools read is beside it, and so is
 * the thinking beside the answer. Vertex sends `{trafficType}` alone before it has counted: that says nothing.
 */
export function usageFromGemini(metadata: unknown): Usage | undefined {
  if (!isRecord(metadata)) return undefined
  const prompt = tokens(metadata, 'promptTokenCount')
  if (prompt === undefined) return undefined
  const cacheReadTokens = Math.min(tokens(metadata, 'cachedContentTokenCount') ?? 0, prompt)
  const reasoningTokens = tokens(metadata, 'thoughtsTokenCount') ?? 0
  return {
    inputTokens: prompt - cacheReadTokens + (tokens(metadata, 'toolUsePromptTokenCount') ?? 0),
    cacheReadTokens,
    cacheWriteTokens: 0,
    outputTokens: (tokens(metadata, 'candidatesTokenCount') ?? 0) + reasoningTokens,
    reasoningTokens,
    source: 'provider',
  }
}

function tokens(metadata: Fields, name: string): number | undefined {
  const value = fieldOf(metadata, name)
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens ? value : undefined
}

/** `usageMetadata` for a caller. */
export function usageToGemini(usage: Usage): Readonly<Record<string, number>> {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    totalTokenCount: prompt + usage.outputTokens,
    ...(usage.cacheReadTokens > 0 && { cachedContentTokenCount: usage.cacheReadTokens }),
    ...(usage.reasoningTokens > 0 && { thoughtsTokenCount: usage.reasoningTokens }),
  }
}
