/** A guess at what a call used, for when nobody told; marked as a guess. */
import type { Usage } from '../domain/usage.ts'

/** English text and JSON come to about this. */
export const bytesPerToken: number = 4

/** From the sizes of the request's and the answer's text in bytes. */
export function estimateUsage(inputBytes: number, outputBytes: number): Usage {
  return {
    inputTokens: tokensIn(inputBytes),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: tokensIn(outputBytes),
    reasoningTokens: 0,
    source: 'estimated',
  }
}

function tokensIn(bytes: number): number {
  return Number.isFinite(bytes) && bytes > 0 ? Math.ceil(bytes / bytesPerToken) : 0
}
