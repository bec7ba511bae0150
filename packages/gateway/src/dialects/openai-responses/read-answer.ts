/** A provider's whole answer of the Responses API, read into the canonical form. */
import type { CanonicalAnswer, Finish } from '../canonical/answer.ts'
import type { Block } from '../canonical/blocks.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { ReadAnswer } from '../dialect.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { checkResponsesAnswer } from './check-answer.ts'
import { blocksOf } from './read-blocks.ts'

export function readResponsesAnswer(body: Buffer, origin: Origin): ReadAnswer {
  const { failure } = checkResponsesAnswer(body)
  if (failure !== undefined) return { failure }
  const json = parseJson(body.toString())
  const response = isRecord(json) ? json : {}
  const output = Array.isArray(response['output']) ? response['output'].filter(isRecord) : []
  const blocks = output.flatMap((item) => blocksOf(item, origin))
  const usage = usageFromOpenAi(response['usage'])
  const logprobs = output.flatMap(logprobsOf)
  return {
    answer: {
      ...aboutOf(response),
      blocks,
      ...finishOf(response, blocks),
      ...(usage !== undefined && { usage }),
      ...(logprobs.length > 0 && { logprobs }),
    },
  }
}

export function aboutOf(response: Record<string, unknown>): Pick<CanonicalAnswer, 'id' | 'model' | 'createdAt'> {
  const id = textIn(response['id'])
  const model = textIn(response['model'])
  const { created_at: createdAt } = response
  return { ...(id !== undefined && { id }), ...(model !== undefined && { model }), ...(typeof createdAt === 'number' && { createdAt }) }
}

const finishes: Readonly<Record<string, Finish>> = { max_output_tokens: 'length', content_filter: 'content-filter' }

/** The API never says that the model has called a tool; its calls do (dialects C2). */
export function finishOf(
  response: Record<string, unknown>,
  blocks: readonly Pick<Block, 'is'>[],
): { readonly finish: Finish; readonly rawFinish?: string } {
  const { incomplete_details: details } = response
  const reason = isRecord(details) ? textIn(details['reason']) : undefined
  if (response['status'] === 'incomplete' || reason !== undefined)
    return { finish: finishes[reason ?? ''] ?? 'other', ...(reason !== undefined && { rawFinish: reason }) }
  return blocks.some(({ is }) => is === 'tool-call') ? { finish: 'tool-calls' } : { finish: 'stop' }
}

function logprobsOf({ content }: Record<string, unknown>): readonly unknown[] {
  const parts = Array.isArray(content) ? content.filter(isRecord) : []
  return parts.flatMap(({ logprobs }): unknown[] => (Array.isArray(logprobs) ? logprobs : []))
}
