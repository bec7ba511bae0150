/** A chat request as callers write it, read into the canonical form. https://platform.openai.com/docs/api-reference/chat/create */
import { refuse } from '../../domain/failure.ts'
import type { AnswerFormat, CanonicalRequest, Sampling } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { readResponsesRequest } from '../openai-responses/read-request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { readMessages } from './read-messages.ts'
import { readReasoning, reasoningFields } from './read-reasoning.ts'
import { isResponsesShaped } from './sketch.ts'
import { readToolChoice, readTools } from './read-tools.ts'

type Fields = Readonly<Record<string, unknown>>

/** Numbers of the sampler, by their names on the wire. */
const numbers = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  repetitionPenalty: 'repetition_penalty',
  seed: 'seed',
} as const satisfies Partial<Record<keyof Sampling, string>>

/** Fields that are read below, or that the gateway itself answers for. */
const known: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  ...reasoningFields,
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'n',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'user',
  'prompt_cache_key',
  'verbosity',
  'service_tier',
  'metadata',
  ...Object.values(numbers),
])

/** @throws RefusedCall (400) naming the field at fault. */
export function readChatRequest(sketch: Sketch): CanonicalRequest {
  if (isResponsesShaped(sketch)) return readResponsesRequest(sketch)
  const body = parseJson(sketch.bytes.toString())
  if (!isRecord(body)) throw badField('messages', 'The body holds characters that JSON does not allow.')
  const { n } = body
  if (typeof n === 'number' && n > 1) {
    throw refuse('unsupported', "`n` above 1 cannot be carried over to this model's provider. Ask once for each answer.", { param: 'n' })
  }
  return {
    from: 'openai-chat',
    model: sketch.model,
    stream: sketch.stream,
    turns: readMessages(body['messages']),
    ...readCalling(body),
    ...readAnswering(body),
    sampling: readSampling(body),
    ...readCaller(body),
    extras: extrasOf(body),
  }
}

function readCalling(body: Fields): Pick<CanonicalRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const tools = readTools(body)
  const toolChoice = readToolChoice(body)
  // A message of the old kind holds one call.
  const parallel = body['functions'] === undefined || body['functions'] === null ? body['parallel_tool_calls'] : false
  return {
    tools,
    ...(toolChoice !== undefined && { toolChoice }),
    ...(typeof parallel === 'boolean' && tools.length > 0 && { parallelToolCalls: parallel }),
  }
}

function readAnswering(body: Fields): Pick<CanonicalRequest, 'reasoning' | 'format' | 'maxTokens' | 'stop'> {
  const reasoning = readReasoning(body)
  const format = readFormat(body['response_format'])
  const maxTokens = body['max_completion_tokens'] ?? body['max_tokens']
  const stop = readStop(body['stop'])
  return {
    ...(reasoning !== undefined && { reasoning }),
    ...(format !== undefined && { format }),
    ...(typeof maxTokens === 'number' && maxTokens > 0 && { maxTokens }),
    ...(stop.length > 0 && { stop }),
  }
}

function readFormat(format: unknown): AnswerFormat | undefined {
  if (format === undefined || format === null) return undefined
  const { type, json_schema: told } = isRecord(format) ? format : { type: format, json_schema: undefined }
  if (type === 'text') return undefined
  if (type === 'json_object') return { is: 'json' }
  if (type === 'json_schema' && isRecord(told)) return schemaOf(told)
  throw badField('response_format', '`response_format` must be of type "text", "json_object" or "json_schema" with a `json_schema`.')
}

function schemaOf(told: Fields): AnswerFormat {
  const [name, description] = [textIn(told['name']), textIn(told['description'])]
  const { strict } = told
  return {
    is: 'json-schema',
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    schema: told['schema'] ?? {},
    ...(typeof strict === 'boolean' && { strict }),
  }
}

function readStop(stop: unknown): readonly string[] {
  if (stop === undefined || stop === null || stop === '') return []
  if (typeof stop === 'string') return [stop]
  if (Array.isArray(stop) && stop.every((each) => typeof each === 'string')) return stop
  throw badField('stop', '`stop` must be a text or a list of texts.')
}

function readSampling(body: Fields): Sampling {
  const told = Object.entries(numbers).flatMap(([knob, field]) => {
    const value = body[field]
    if (value === undefined || value === null) return []
    if (typeof value !== 'number') throw badField(field, `\`${field}\` must be a number.`)
    return [[knob, value] as const]
  })
  const { logit_bias: logitBias, logprobs, top_logprobs: top } = body
  return {
    ...Object.fromEntries(told),
    ...(logitBias !== undefined && logitBias !== null && { logitBias }),
    ...(logprobs === true && { topLogprobs: typeof top === 'number' ? top : 0 }),
  }
}

function readCaller(body: Fields): Pick<CanonicalRequest, 'user' | 'cacheKey' | 'verbosity' | 'serviceTier' | 'metadata'> {
  const { metadata } = body
  const texts = { user: 'user', cacheKey: 'prompt_cache_key', verbosity: 'verbosity', serviceTier: 'service_tier' }
  const told = Object.entries(texts).flatMap(([name, field]) => {
    const text = textIn(body[field])
    return text === undefined ? [] : [[name, text] as const]
  })
  return { ...Object.fromEntries(told), ...(isRecord(metadata) && { metadata }) }
}

function extrasOf(body: Fields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body).filter(([field, value]) => !known.has(field) && value !== null))
}
