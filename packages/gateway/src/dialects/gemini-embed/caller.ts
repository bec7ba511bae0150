/** Embeddings as Gemini's callers ask for them: one content, or a batch of requests that may differ in more than their texts. */
import { refuse } from '../../domain/failure.ts'
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { Sketch } from '../dialect.ts'
import { fieldOf, numberIn, others, recordIn, recordsIn } from '../gemini-generate/fields.ts'
import type { Fields } from '../gemini-generate/fields.ts'
import { textPartsOf } from '../gemini-generate/read-contents.ts'
import { hasMember } from '../splice-request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'

/** Whether several are asked for at once. */
export function isBatch(sketch: Sketch): boolean {
  return hasMember(sketch, 'requests')
}

/** @throws RefusedCall naming the field at fault. */
export function readEmbedRequest(sketch: Sketch): CanonicalEmbedding {
  const body = parseJson(sketch.bytes.toString())
  if (!isRecord(body)) throw refuse('bad-request', 'The body must be a JSON object.')
  const requests = isBatch(sketch) ? recordsIn(body, 'requests') : [body]
  const [first] = requests
  if (first === undefined) throw badField('requests', '`requests` must hold at least one request.')
  const asked = wishesOf(first)
  if (requests.some((request) => JSON.stringify(wishesOf(request)) !== JSON.stringify(asked))) {
    throw refuse(
      'unsupported',
      'All `requests` of a batch must have the same `taskType`, `outputDimensionality` and `title` with this model. Send those that differ by themselves.',
      { param: 'requests' },
    )
  }
  const outer = isBatch(sketch) ? others(body, knownOuter) : {}
  return { from: 'gemini-embed', model: sketch.model, inputs: requests.map(textOf), ...asked, extras: { ...outer, ...asked.extras } }
}

const knownOuter = new Set(['requests', 'model'])
const known = new Set(['model', 'content', 'taskType', 'outputDimensionality', 'embedContentConfig'])

type Wishes = Pick<CanonicalEmbedding, 'dimensions' | 'purpose' | 'extras'>

/** Newer requests hold their wishes in an object of their own. */
function wishesOf(request: Fields): Wishes {
  const config = { ...request, ...recordIn(request, 'embedContentConfig') }
  const purpose = textIn(fieldOf(config, 'taskType'))
  const dimensions = numberIn(config, 'outputDimensionality')
  return {
    ...(purpose !== undefined && purpose !== 'TASK_TYPE_UNSPECIFIED' && { purpose: purpose.toLowerCase() }),
    ...(dimensions !== undefined && { dimensions }),
    extras: others(config, known),
  }
}

function textOf(request: Fields): string {
  const content = fieldOf(request, 'content')
  if (content === undefined) throw badField('content', '`content` is missing.')
  return textPartsOf(content, 'content')
    .map(({ text }) => text)
    .join('\n')
}

export function writeEmbedAnswer({ vectors, usage }: CanonicalVectors, { sketch }: { readonly sketch: Sketch }): Buffer {
  const embeddings = vectors.map((values) => ({ values }))
  const counted = usage === undefined ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens, totalTokenCount: usage.inputTokens } }
  const answer = isBatch(sketch) ? { embeddings } : { embedding: embeddings[0] }
  return Buffer.from(JSON.stringify({ ...answer, ...counted }))
}
