/** A request of the Responses API, read into the canonical form. https://platform.openai.com/docs/api-reference/responses/create */
import type { AnswerFormat, CanonicalRequest, Effort, ReasoningAsk, Sampling, Turn } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { badField, readValue } from '../sketch-json.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { encryptedReasoning } from './pass-request.ts'
import { readInput } from './read-items.ts'
import { readToolChoice, readTools } from './read-tools.ts'
import { ToolNames } from './tool-names.ts'

const logprobs = 'message.output_text.logprobs'

/** Fields that are read below, or that the gateway itself answers for. */
const known: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'temperature',
  'top_p',
  'top_logprobs',
  'presence_penalty',
  'frequency_penalty',
  'max_output_tokens',
  'prompt_cache_key',
  'service_tier',
  'metadata',
  'user',
  'include',
  // Kept here, and never at the provider.
  'store',
  'previous_response_id',
  // Its one option asks for padding, which is never added.
  'stream_options',
])

/** Values that say no more than leaving the field out. */
const usual: Readonly<Record<string, unknown>> = { truncation: 'disabled', background: false }

/** @throws RefusedCall (400) naming the field at fault. */
export function readResponsesRequest(sketch: Sketch): CanonicalRequest {
  // The whole body at once, and only where it does not parse, member by member to name the one at fault.
  const whole = parseJson(sketch.bytes.toString())
  const body = isRecord(whole) ? whole : Object.fromEntries(sketch.members.map((each) => [each.key, readValue(sketch.bytes, each)]))
  const names = new ToolNames(body['tools'])
  const { tools, dispensable } = readTools(body['tools'], names)
  const toolChoice = readToolChoice(body['tool_choice'], names)
  const { asked, reasoningExtras } = readReasoning(body['reasoning'])
  return {
    from: 'openai-responses',
    model: sketch.model,
    stream: sketch.stream,
    turns: [...readInstructions(body['instructions']), ...readInput(body['input'], names)],
    tools,
    sampling: readSampling(body),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(typeof body['parallel_tool_calls'] === 'boolean' && { parallelToolCalls: body['parallel_tool_calls'] }),
    ...(asked !== undefined && { reasoning: asked }),
    ...readText(body['text']),
    ...(sketch.maxTokens !== undefined && { maxTokens: sketch.maxTokens }),
    ...readCaller(body),
    extras: { ...extrasOf(body, toolChoice === undefined), ...reasoningExtras, ...dispensable },
  }
}

/** They stand before everything else (dialects rs2). */
function readInstructions(instructions: unknown): readonly Turn[] {
  if (instructions === undefined || instructions === null || instructions === '') return []
  if (typeof instructions === 'string') return [{ role: 'system', parts: [{ is: 'text', text: instructions }] }]
  if (Array.isArray(instructions)) return readInput(instructions, new ToolNames([]))
  throw badField('instructions', '`instructions` must be a text.')
}

const efforts: ReadonlySet<unknown> = new Set<Effort>(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

function isEffort(value: unknown): value is Effort {
  return efforts.has(value)
}

interface ReadReasoning {
  readonly asked?: ReasoningAsk
  readonly reasoningExtras: Readonly<Record<string, unknown>>
}

function readReasoning(reasoning: unknown): ReadReasoning {
  if (!isRecord(reasoning)) return { reasoningExtras: {} }
  const { effort: wanted, summary, generate_summary: older, ...others } = reasoning
  const effort = readEffort(wanted)
  const shown = textIn(summary) ?? textIn(older)
  const asked = { ...(effort !== undefined && { effort }), ...(shown !== undefined && { visible: true }) }
  const reasoningExtras = Object.fromEntries(Object.entries(others).map(([name, value]) => [`reasoning.${name}`, value]))
  // `auto` is what being visible means; a wish beyond that only this vendor understands.
  if (shown !== undefined && shown !== 'auto') reasoningExtras['reasoning.summary'] = shown
  return { ...(Object.keys(asked).length > 0 && { asked }), reasoningExtras: withoutNulls(reasoningExtras) }
}

function readEffort(effort: unknown): Effort | undefined {
  if (effort === undefined || effort === null) return undefined
  if (isEffort(effort)) return effort
  throw badField('reasoning.effort', `\`reasoning.effort\` must be one of ${[...efforts].join(', ')}.`)
}

function readText(text: unknown): Pick<CanonicalRequest, 'format' | 'verbosity'> {
  if (!isRecord(text)) return {}
  const format = readFormat(text['format'])
  const verbosity = textIn(text['verbosity'])
  return { ...(format !== undefined && { format }), ...(verbosity !== undefined && { verbosity }) }
}

function readFormat(format: unknown): AnswerFormat | undefined {
  if (!isRecord(format) || format['type'] === 'text') return undefined
  if (format['type'] === 'json_object') return { is: 'json' }
  if (format['type'] !== 'json_schema') throw badField('text.format.type', '`text.format.type` must be text, json_schema or json_object.')
  const { name, description, schema, strict } = format
  if (!isRecord(schema)) throw badField('text.format.schema', '`text.format.schema` must be a JSON schema.')
  return {
    is: 'json-schema',
    schema,
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
    ...(typeof strict === 'boolean' && { strict }),
  }
}

function readSampling(body: Record<string, unknown>): Sampling {
  const topLogprobs = readLogprobs(body)
  return {
    ...knob('temperature', body['temperature']),
    ...knob('topP', body['top_p']),
    ...knob('presencePenalty', body['presence_penalty'] || undefined),
    ...knob('frequencyPenalty', body['frequency_penalty'] || undefined),
    ...knob('topLogprobs', topLogprobs),
  }
}

function knob(name: keyof Sampling, value: unknown): Sampling {
  return typeof value === 'number' ? { [name]: value } : {}
}

/** How many alternatives; undefined: the caller wants no probabilities at all. */
function readLogprobs({ include, top_logprobs: top }: Record<string, unknown>): number | undefined {
  const most = typeof top === 'number' ? top : 0
  return most > 0 || (Array.isArray(include) && include.includes(logprobs)) ? most : undefined
}

type CallerFields = Pick<CanonicalRequest, 'user' | 'cacheKey' | 'serviceTier' | 'metadata'>

function readCaller(body: Record<string, unknown>): CallerFields {
  const user = textIn(body['user']) ?? textIn(body['safety_identifier'])
  const cacheKey = textIn(body['prompt_cache_key'])
  const serviceTier = textIn(body['service_tier'])
  const { metadata } = body
  return {
    ...(user !== undefined && { user }),
    ...(cacheKey !== undefined && { cacheKey }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(isRecord(metadata) && Object.keys(metadata).length > 0 && { metadata }),
  }
}

function extrasOf(body: Record<string, unknown>, choiceIsUnread: boolean): Record<string, unknown> {
  const extras = Object.fromEntries(Object.entries(body).filter(([name, value]) => !known.has(name) && value !== usual[name]))
  // Where both are given, `user` was read.
  if (textIn(body['user']) === undefined) delete extras['safety_identifier']
  if (choiceIsUnread && isRecord(body['tool_choice'])) extras['tool_choice'] = body['tool_choice']
  const { include } = body
  const more: unknown[] = Array.isArray(include) ? include.filter((each) => each !== encryptedReasoning && each !== logprobs) : []
  return withoutNulls(more.length === 0 ? extras : { ...extras, include: more })
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}
