/** `generationConfig`: the sampler, the limit, the form of the answer, and how much is thought. */
import type { AnswerFormat, CanonicalRequest, Sampling } from '../canonical/request.ts'
import { geminiSchema } from './schema.ts'
import { isCurrent, isStrict, knowsJsonSchema, thinkingConfig } from './thinking.ts'
import { toOpenApi } from './to-open-api.ts'
import type { Json, Writing } from './writing.ts'

/** Gemini calls them by our names. */
const plainKnobs = ['temperature', 'topP', 'topK'] as const
const allKnobs = [...plainKnobs, 'presencePenalty', 'frequencyPenalty'] as const

/** The knobs that the model has. */
export function keptSampling(model: string): readonly (keyof Sampling)[] {
  return [...knobsOf(model), 'seed', 'topLogprobs']
}

function knobsOf(model: string): readonly (typeof allKnobs)[number][] {
  return isStrict(model) ? plainKnobs : allKnobs
}

const mostStops = 5

export function writeConfig(writing: Writing): Json {
  const { request, target } = writing
  const limit = target.maxTokens ?? request.maxTokens
  const thinking = writeThinking(writing)
  const resolution = resolutionOf(writing)
  return {
    ...writeSampling(request.sampling, target.model),
    ...(limit !== undefined && { maxOutputTokens: limit }),
    ...writeStops(writing),
    ...(request.format !== undefined && !isInstruction(writing) && writeFormat(request.format, target.model)),
    ...(thinking !== undefined && { thinkingConfig: thinking }),
    ...(resolution !== undefined && { mediaResolution: resolution }),
  }
}

/** Seeds are 32 bits wide; a wider one is folded, the same way each time. */
const seeds = 2 ** 31

function writeSampling(sampling: Sampling, model: string): Json {
  const { seed, topLogprobs } = sampling
  return {
    ...Object.fromEntries(knobsOf(model).flatMap((knob) => (sampling[knob] === undefined ? [] : [[knob, sampling[knob]]]))),
    ...(seed !== undefined && { seed: Math.trunc(seed) % seeds }),
    ...(topLogprobs !== undefined && { responseLogprobs: true }),
    ...(topLogprobs !== undefined && topLogprobs > 0 && { logprobs: topLogprobs }),
  }
}

function writeStops({ request: { stop = [] }, losses }: Writing): Json {
  const texts = stop.filter((text) => text !== '')
  if (texts.length > mostStops) losses.lose('stop')
  return texts.length === 0 ? {} : { stopSequences: texts.slice(0, mostStops) }
}

function writeFormat(format: AnswerFormat, model: string): Json {
  const responseMimeType = 'application/json'
  if (format.is === 'json') return { responseMimeType }
  return knowsJsonSchema(model)
    ? { responseMimeType, responseJsonSchema: geminiSchema(format.schema) }
    : { responseMimeType, responseSchema: toOpenApi(format.schema) }
}

/** Before the third generation a form of the answer and tools in one request are a 400. */
function isInstruction({ request: { tools }, target: { model } }: Pick<Writing, 'request' | 'target'>): boolean {
  return tools.length > 0 && !isCurrent(model)
}

/** The form of the answer in words, where it cannot be asked for. */
export function formatAsInstruction(writing: Writing): string | undefined {
  const { format } = writing.request
  if (format === undefined || !isInstruction(writing)) return undefined
  writing.losses.lose('format')
  if (format.is === 'json') return 'When you give your final answer, give it as one JSON object and nothing else.'
  return `When you give your final answer, give it as JSON that follows this schema, and nothing else:\n${JSON.stringify(format.schema)}`
}

function writeThinking({ request: { reasoning }, target, losses }: Writing): Json | undefined {
  if (reasoning === undefined) return undefined
  const config = thinkingConfig(target.model, reasoning)
  if (config === undefined && reasoning.effort !== 'none') losses.lose('reasoning')
  return config === undefined || Object.keys(config).length === 0 ? undefined : config
}

const resolutions: Readonly<Record<string, string>> = { low: 'MEDIA_RESOLUTION_LOW', high: 'MEDIA_RESOLUTION_HIGH' }

/** There is one size for all images of a request; wishes that differ cannot all be met. */
function resolutionOf({ request, losses }: Writing): string | undefined {
  const details = new Set(detailsIn(request))
  const [only] = details
  const found = only === undefined || details.size > 1 ? undefined : resolutions[only]
  if (details.size > 0 && found === undefined) losses.lose('detail')
  return found
}

/** `auto` asks for nothing. */
function detailsIn({ turns }: CanonicalRequest): readonly string[] {
  const parts = turns.flatMap((turn) => {
    if (turn.role === 'user') return turn.parts
    return turn.role === 'tool' ? turn.results.flatMap((result) => result.parts) : []
  })
  return parts.flatMap((part) => (part.is === 'image' && part.detail !== undefined && part.detail !== 'auto' ? [part.detail] : []))
}
