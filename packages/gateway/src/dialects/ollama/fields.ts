/** Request fields that Ollama's chat and its generation from a prompt have in common. */
import { isEffort } from './efforts.ts'
import { mediaTypeOf, parseDataUrl } from '../canonical/data-url.ts'
import type { ImagePart } from '../canonical/parts.ts'
import type { AnswerFormat, CanonicalRequest, ReasoningAsk, Sampling } from '../canonical/request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord } from '../wire.ts'
import { readOptions } from './options.ts'

type Common = Pick<CanonicalRequest, 'sampling' | 'extras' | 'maxTokens' | 'stop' | 'format' | 'reasoning'>

/** @param own the fields that the operation reads by itself; all others travel along as extras. */
export function readCommonFields(body: Record<string, unknown>, own: readonly string[]): Common {
  const { sampling, maxTokens, stop, others } = readOptions(body['options'])
  const format = readFormat(body['format'])
  const reasoning = readThink(body['think'])
  const known = new Set([...own, 'model', 'stream', 'options', 'format', 'think', 'logprobs', 'top_logprobs'])
  const extras = Object.fromEntries(Object.entries(body).filter(([field, value]) => !known.has(field) && !isEmpty(value)))
  return {
    sampling: { ...sampling, ...readLogprobs(body) },
    extras: Object.keys(others).length === 0 ? extras : { ...extras, options: others },
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop !== undefined && { stop }),
    ...(format !== undefined && { format }),
    ...(reasoning !== undefined && { reasoning }),
  }
}

/** Clients write every field there is, empty where it says nothing. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
}

function readFormat(format: unknown): AnswerFormat | undefined {
  if (format === undefined || format === null || format === '') return undefined
  if (format === 'json') return { is: 'json' }
  if (isRecord(format)) return { is: 'json-schema', schema: format }
  throw badField('format', '`format` must be `"json"` or a JSON schema.')
}

/** Thinking that is asked for is also shown. */
function readThink(think: unknown): ReasoningAsk | undefined {
  if (think === undefined || think === null) return undefined
  if (think === false) return { effort: 'none' }
  if (think === true) return { effort: 'medium', visible: true }
  if (isEffort(think)) return { effort: think, visible: think !== 'none' }
  throw badField('think', '`think` must be true, false or one of `low`, `medium` and `high`.')
}

function readLogprobs({ logprobs, top_logprobs: top }: Record<string, unknown>): Sampling {
  if (logprobs !== true) return {}
  return { topLogprobs: typeof top === 'number' ? top : 0 }
}

/** Images as Ollama takes them: base64 without anything in front, though some clients send data URLs. */
export function readImages(images: unknown, param: string): ImagePart[] {
  if (images === undefined || images === null) return []
  if (!Array.isArray(images)) throw badField(param, `\`${param}\` must be a list of base64 texts.`)
  return images.map((image: unknown): ImagePart => {
    if (typeof image !== 'string' || image === '') throw badField(param, `\`${param}\` must be a list of base64 texts.`)
    const { mediaType, data } = parseDataUrl(image) ?? { mediaType: mediaTypeOf(image) ?? 'image/png', data: image }
    return { is: 'image', source: { is: 'base64', mediaType, data } }
  })
}
