/** Looks at a whole answer of the Responses API that goes on as it is. */
import type { CheckedAnswer } from '../dialect.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { isRecord, parseJson } from '../wire.ts'
import { eventFailure } from './failure.ts'

export function checkResponsesAnswer(body: Buffer): CheckedAnswer {
  const json = parseJson(body.toString())
  if (!isRecord(json)) return bad('The provider sent an answer that is not a JSON object.')
  const failure = failureIn(json)
  if (failure !== undefined) return failure
  if (!Array.isArray(json['output'])) return bad('The provider sent an answer without `output`.')
  return { usage: usageFromOpenAi(json['usage']), failure: undefined }
}

/** An error in place of an answer, or an answer that says it has failed. */
function failureIn(json: Record<string, unknown>): CheckedAnswer | undefined {
  const { error, status } = json
  if (status !== 'failed' && (error === undefined || error === null)) return undefined
  return { usage: usageFromOpenAi(json['usage']), failure: eventFailure({ error: isRecord(error) ? error : { message: error } }) }
}

function bad(message: string): CheckedAnswer {
  return { usage: undefined, failure: { reason: 'bad-answer', message, sent: 'yes' } }
}
