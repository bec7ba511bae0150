/** Counting a prompt's tokens: `POST /v1beta/models/{model}:countTokens`. https://ai.google.dev/api/tokens */
import type { CanonicalRequest } from '../canonical/request.ts'
import type { CheckedAnswer, Dialect, RequestChanges, Sketch } from '../dialect.ts'
import { writeGeminiFailure, writeGeminiStreamFailure } from '../gemini-generate/failure.ts'
import { fieldOf, recordIn } from '../gemini-generate/fields.ts'
import { withModel } from '../gemini-generate/nested-model.ts'
import { readGeminiRequest } from '../gemini-generate/read-request.ts'
import { sketchGemini } from '../gemini-generate/sketch.ts'
import type { Member } from '../json-scan.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { readValue } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'

export const geminiCount: Dialect = {
  name: 'gemini-count',
  operation: 'count',
  sketch: (body, ask) => sketchGemini(body, { ...ask, stream: false }),
  writeRequest,
  readAnswer: readCount,
  readFailure: readProviderFailure,
  writeFailure: writeGeminiFailure,
  writeStreamFailure: writeGeminiStreamFailure,
  terminator: Buffer.alloc(0),
}

/** Whole requests stand in a field of their own, bare contents do not. */
const wholeNames = new Set(['generateContentRequest', 'generate_content_request'])

/** What is to be counted. @throws RefusedCall (400) naming the field at fault. */
export function countedRequest(sketch: Sketch): CanonicalRequest {
  const body = parseJson(sketch.bytes.toString())
  const whole = isRecord(body) ? recordIn(body, 'generateContentRequest') : undefined
  return readGeminiRequest(whole === undefined ? sketch : { ...sketch, bytes: Buffer.from(JSON.stringify(whole)) })
}

function writeRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  return spliceRequest(sketch, { ...changes, defaults: {} }, { replace: (member) => replacementOf(sketch, member, changes.model) })
}

function replacementOf({ bytes }: Sketch, member: Member, model: string): string | undefined {
  if (member.key === 'model') return JSON.stringify(`models/${model}`)
  if (!wholeNames.has(member.key)) return undefined
  const whole = withModel(readValue(bytes, member), model)
  return whole === undefined ? undefined : JSON.stringify(whole)
}

/** Counting uses nothing up. */
function readCount(body: Buffer): CheckedAnswer {
  const text = body.toString()
  const json = parseJson(text)
  if (isRecord(json) && typeof fieldOf(json, 'totalTokens') === 'number') return { usage: undefined, failure: undefined }
  if (isRecord(json) && json['error'] !== undefined) return { usage: undefined, failure: streamErrorFailure(text) }
  return { usage: undefined, failure: { reason: 'bad-answer', message: 'The provider sent no count of tokens.', sent: 'yes' } }
}
