/** Token counts as Bedrock gives them: what came from or went to the cache stands beside the input, not in it. */
import type { Usage } from '../../domain/usage.ts'
import { isRecord } from '../wire.ts'

export function usageFromBedrock(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined
  const count = (name: string): number => {
    const value = usage[name]
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  const read: Usage = {
    inputTokens: count('inputTokens'),
    // `…TokenCount` says the same a second time.
    cacheReadTokens: count('cacheReadInputTokens'),
    cacheWriteTokens: count('cacheWriteInputTokens'),
    outputTokens: count('outputTokens'),
    reasoningTokens: 0,
    source: 'provider',
  }
  return read.inputTokens + read.cacheReadTokens + read.cacheWriteTokens + read.outputTokens === 0 ? undefined : read
}
