/** A caller's `generateContent` request in the canonical form. */
import { refuse } from '../../domain/failure.ts'
import type { AnswerFormat, CanonicalRequest, Effort, ReasoningAsk, Sampling, SystemTurn } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { fieldOf, listIn, numberIn, others, recordIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { fromOpenApi } from './open-api-schema.ts'
import { readContents, textPartsOf } from './read-contents.ts'
import { readToolConfig, readTools } from './read-tools.ts'

/** Top-level fields with a place in the canonical form. `model` is in the path. */
const known = new Set(['model', 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'])

/** @throws RefusedCall (400) naming the field at fault. */
export function readGeminiRequest(sketch: Sketch): CanonicalRequest {
  const body = parseJson(sketch.bytes.toString())
  if (!isRecord(body)) throw refuse('bad-request', 'The body must be a JSON object.')
  const { turns, extras } = readContents(body)
  const config = readConfig(recordIn(body, 'generationConfig') ?? {})
  const choice = readToolConfig(body)
  return {
    from: 'gemini-generate',
    model: sketch.model,
    stream: sketch.stream,
    turns: [...readSystem(body), ...turns],
    tools: readTools(body),
    ...choice.request,
    ...config.request,
    extras: { ...others(body, known), ...config.extras, ...choice.extras, ...extras },
  }
}

function readSystem(body: Fields): readonly SystemTurn[] {
  const parts = textPartsOf(fieldOf(body, 'systemInstruction'), 'systemInstruction')
  return parts.length === 0 ? [] : [{ role: 'system', parts }]
}

/** Fields of `generationConfig` that are read; the others come along as extras under their path. */
const knownConfig = new Set([
  'candidateCount',
  'frequencyPenalty',
  'logprobs',
  'maxOutputTokens',
  'presencePenalty',
  'responseJsonSchema',
  '_responseJsonSchema',
  'responseLogprobs',
  'responseMimeType',
  'responseModalities',
  'responseSchema',
  'seed',
  'stopSequences',
  'temperature',
  'thinkingConfig',
  'topK',
  'topP',
])

interface Config {
  readonly request: Pick<CanonicalRequest, 'sampling' | 'maxTokens' | 'stop' | 'format' | 'reasoning'>
  readonly extras: Readonly<Record<string, unknown>>
}

/** What a field one level down is called among the extras. */
export const configPrefix = 'generationConfig.'

function readConfig(config: Fields): Config {
  refuseAlternatives(config)
  const maxTokens = numberIn(config, 'maxOutputTokens')
  const stop = listIn(config, 'stopSequences').filter((each) => typeof each === 'string')
  const format = readFormat(config)
  const reasoning = readThinking(recordIn(config, 'thinkingConfig'))
  const rest = Object.entries(others(config, knownConfig)).map(([name, value]) => [configPrefix + name, value] as const)
  return {
    request: {
      sampling: readSampling(config),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(stop.length > 0 && { stop }),
      ...(format !== undefined && { format }),
      ...(reasoning !== undefined && { reasoning }),
    },
    extras: Object.fromEntries(rest),
  }
}

function refuseAlternatives(config: Fields): void {
  if ((numberIn(config, 'candidateCount') ?? 1) > 1) {
    throw refuse(
      'unsupported',
      '`generationConfig.candidateCount` above 1 is not possible with this model. Send the request once for each answer.',
      {
        param: 'generationConfig.candidateCount',
      },
    )
  }
  const wanted = listIn(config, 'responseModalities').filter((each) => typeof each === 'string' && each.toUpperCase() !== 'TEXT')
  if (wanted.length > 0) {
    throw refuse(
      'unsupported',
      '`generationConfig.responseModalities` can only be TEXT with this model. Ask a Gemini model for anything else.',
      {
        param: 'generationConfig.responseModalities',
      },
    )
  }
}

const samplingNames = ['temperature', 'topP', 'topK', 'presencePenalty', 'frequencyPenalty', 'seed'] as const

function readSampling(config: Fields): Sampling {
  const given = samplingNames.flatMap((name) => {
    const value = numberIn(config, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const wantsLogprobs = fieldOf(config, 'responseLogprobs') === true
  return { ...Object.fromEntries(given), ...(wantsLogprobs && { topLogprobs: numberIn(config, 'logprobs') ?? 0 }) }
}

function readFormat(config: Fields): AnswerFormat | undefined {
  const mediaType = stringIn(config, 'responseMimeType')
  if (mediaType === 'text/x.enum') {
    throw refuse(
      'unsupported',
      '`generationConfig.responseMimeType` `text/x.enum` is only possible with a Gemini model. Use `application/json`.',
      {
        param: 'generationConfig.responseMimeType',
      },
    )
  }
  const older = fieldOf(config, 'responseSchema')
  const schema =
    fieldOf(config, 'responseJsonSchema') ?? config['_responseJsonSchema'] ?? (older === undefined ? undefined : fromOpenApi(older))
  if (schema !== undefined) return { is: 'json-schema', schema }
  return mediaType === 'application/json' ? { is: 'json' } : undefined
}

const efforts: ReadonlySet<string> = new Set<Effort>(['minimal', 'low', 'medium', 'high'])

function isEffort(level: string): level is Effort {
  return efforts.has(level)
}

/** A budget of -1 leaves it to the model, as no budget does; 0 switches thinking off. */
function readThinking(thinking: Fields | undefined): ReasoningAsk | undefined {
  if (thinking === undefined) return undefined
  const budget = numberIn(thinking, 'thinkingBudget')
  const level = textIn(fieldOf(thinking, 'thinkingLevel'))?.toLowerCase()
  checkBudget(budget)
  const effort = level !== undefined && isEffort(level) ? level : budget === 0 ? 'none' : undefined
  return {
    ...(effort !== undefined && { effort }),
    ...(budget !== undefined && budget > 0 && { budgetTokens: budget }),
    // Gemini shows its thinking only where it is asked to.
    visible: fieldOf(thinking, 'includeThoughts') === true,
  }
}

function checkBudget(budget: number | undefined): void {
  if (budget === undefined || (Number.isInteger(budget) && budget >= -1)) return
  throw badField('generationConfig.thinkingConfig.thinkingBudget', '`thinkingBudget` must be a whole number of at least -1.')
}
