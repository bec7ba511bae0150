/** A whole answer for a caller of Gemini. */
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { WriterAsk } from '../dialect.ts'
import { partsOf } from './answer-parts.ts'
import type { Part } from './answer-parts.ts'
import { finishTo } from './finish.ts'
import { groundingOf } from './grounding.ts'
import { logprobsTo } from './logprobs.ts'
import { usageToGemini } from './usage.ts'

/** Clients look at the first part without asking whether there is one. */
export const noText: readonly Part[] = [{ text: '' }]

export function writeGeminiAnswer(answer: CanonicalAnswer, { request, model, callId }: WriterAsk): Buffer {
  const { blocks, finish, rawFinish, usage, logprobs } = answer
  const parts = blocks.flatMap((block) => partsOf(block, request))
  const texts = blocks.flatMap((block) => (block.is === 'text' ? [{ text: block.text, citations: block.citations ?? [] }] : []))
  const groundingMetadata = groundingOf(texts, blocks)
  const candidate = {
    content: { parts: parts.length === 0 ? noText : parts, role: 'model' },
    finishReason: finishTo(finish, rawFinish),
    index: 0,
    ...(groundingMetadata !== undefined && { groundingMetadata }),
    ...(logprobs !== undefined && { logprobsResult: logprobsTo(logprobs) }),
  }
  return Buffer.from(
    JSON.stringify({
      candidates: [candidate],
      ...(usage !== undefined && { usageMetadata: usageToGemini(usage) }),
      modelVersion: answer.model ?? model,
      responseId: answer.id ?? callId,
    }),
  )
}
