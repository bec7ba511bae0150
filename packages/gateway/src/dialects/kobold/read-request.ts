/** Reads a request of KoboldAI's and KoboldCpp's: one flat prompt, and a sampler of its own. */
import { refuse } from '../../domain/failure.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { mediaTypeOf, parseDataUrl } from '../canonical/data-url.ts'
import type { Part } from '../canonical/parts.ts'
import type { Sketch } from '../dialect.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, parseJson } from '../wire.ts'
import { readExtras, readSampling } from './sampling.ts'
import { splitPrompt } from './split-prompt.ts'
import { stopsForProvider, stopsIn } from './stops.ts'

/** @throws RefusedCall (400) naming the field at fault. */
export function readKoboldRequest(sketch: Sketch): CanonicalRequest {
  const body = bodyOf(sketch)
  if (typeof body['n'] === 'number' && body['n'] > 1) {
    throw refuse('unsupported', 'Only one answer at a time is given here. Send `n` as 1, and ask again for another.', { param: 'n' })
  }
  const media = [...readMedia(body['images'], 'image'), ...readMedia(body['audio'], 'audio')]
  const stop = stopsForProvider(stopsIn(sketch), body['trim_stop'] === true)
  return {
    from: 'kobold',
    model: sketch.model,
    stream: sketch.stream,
    turns: splitPrompt(textIn(body, 'memory') + promptIn(body), media),
    tools: [],
    sampling: readSampling(body),
    ...(sketch.maxTokens !== undefined && { maxTokens: sketch.maxTokens }),
    ...(stop.length > 0 && { stop }),
    extras: readExtras(body),
  }
}

export function bodyOf({ bytes }: Pick<Sketch, 'bytes'>): Record<string, unknown> {
  const body = parseJson(bytes.toString())
  if (!isRecord(body)) throw refuse('bad-request', 'The body is not valid JSON.', { code: 'invalid_json' })
  return body
}

function promptIn(body: Record<string, unknown>): string {
  if (body['prompt'] === undefined) throw badField('prompt', '`prompt` is missing.')
  return textIn(body, 'prompt')
}

function textIn(body: Record<string, unknown>, field: string): string {
  const value = body[field]
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw badField(field, `\`${field}\` must be a text.`)
  return value
}

const usualTypes = { image: 'image/png', audio: 'audio/wav' } as const

/** Base64, mostly without anything in front. */
function readMedia(given: unknown, is: 'image' | 'audio'): readonly Part[] {
  const field = is === 'image' ? 'images' : 'audio'
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw badField(field, `\`${field}\` must be a list of base64 texts.`)
  return given.map((each: unknown): Part => {
    if (typeof each !== 'string' || each === '') throw badField(field, `\`${field}\` must be a list of base64 texts.`)
    const { mediaType, data } = parseDataUrl(each) ?? { mediaType: mediaTypeOf(each) ?? usualTypes[is], data: each }
    return { is, source: { is: 'base64', mediaType, data } }
  })
}
