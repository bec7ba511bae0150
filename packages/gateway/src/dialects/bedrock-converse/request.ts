/** Writes a request for Converse and ConverseStream; what a field of its own exists for only in some models goes beside. */
import { belongsTo } from '../canonical/opaque.ts'
import type { ReasoningBlock } from '../canonical/blocks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { AnswerFormat, CanonicalRequest, Sampling } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import { splitSystem } from '../canonical/turns.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import { strictSchema } from '../anthropic-messages/write-format.ts'
import type { WireRequest } from '../dialect.ts'
import { CachePoints, messagesOf, systemOf } from './messages.ts'
import { familyOf, holdsToSchema, isClaude } from './model-family.ts'
import type { Family } from './model-family.ts'
import { thinkingOf } from './thinking.ts'
import type { Thinking } from './thinking.ts'
import { toolConfigOf, toolNameRule } from './tools.ts'
import type { ToolConfig } from './tools.ts'

type Json = Readonly<Record<string, unknown>>

/** More than these are watched for by the gateway alone. */
const mostStops = 4

export function writeBedrockRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  refuseMeaningful(request)
  const losses = new Losses()
  losses.loseAll([...lostExtras(request), ...lostFields(request)])
  const body = bodyOf({ request, target, losses, family: familyOf(target.model), names: new ToolNames(request, toolNameRule) })
  const adjusted = target.quirks.adjustRequest?.(body, target.model) ?? body
  return { body: Buffer.from(JSON.stringify(adjusted)), losses: losses.names }
}

interface Writing {
  readonly request: CanonicalRequest
  readonly target: TranslationTarget
  readonly losses: Losses
  readonly family: Family
  readonly names: ToolNames
}

function bodyOf(writing: Writing): Record<string, unknown> {
  const { request, target, losses, family, names } = writing
  const points = new CachePoints(family, losses)
  const isKept = (block: ReasoningBlock): boolean => isKeptBy(block, family, target)
  const canForce = family.traits?.forcedTools !== false
  const { native, jsonTool, words } = formatOf(request.format, target.model, canForce)
  const tools = toolConfigOf({ request, names, points, canForce, jsonTool }, losses)
  if (words !== undefined) losses.lose('format')
  const maxTokens = smaller(request.maxTokens, target.maxTokens)
  const forced = tools?.toolChoice !== undefined
  const thinking = thinkingOf({ request, family, forced, maxTokens, maxOutputTokens: target.maxOutputTokens, isKept }, losses)
  const sampler = samplerOf(request.sampling, { family, thinking }, losses)
  const { system, turns } = splitSystem(request.turns)
  return {
    messages: messagesOf(turns, { names, points, family, withTools: tools !== undefined, isKept }),
    ...filled('system', [...systemOf(system, points), ...(words === undefined ? [] : [{ text: words }])]),
    ...filled('inferenceConfig', { ...limitOf(maxTokens), ...sampler.standard, ...stopsOf(request) }),
    ...(tools !== undefined && { toolConfig: tools }),
    ...(native !== undefined && { outputConfig: schemaConfig(native) }),
    ...filled('additionalModelRequestFields', { ...thinking.fields, ...sampler.own, ...oneCallAtATime(writing, tools) }),
    ...(hasStops(request) && isClaude(family, 3) && { additionalModelResponseFieldPaths: ['/stop_sequence'] }),
  }
}

/** Thinking goes back to the models that made it: Claude's to any Claude, others' to the same. */
function isKeptBy({ opaque }: ReasoningBlock, family: Family, { provider, model }: TranslationTarget): boolean {
  if (opaque === undefined || !belongsTo(opaque, { dialect: 'bedrock-converse', provider })) return false
  return opaque.origin.model === undefined || opaque.origin.model === model || familyOfOrigin(opaque.origin.model) === family.is
}

function familyOfOrigin(model: string): Family['is'] {
  return familyOf(model).is
}

const lostNames = ['user', 'cacheKey', 'verbosity', 'serviceTier', 'metadata'] as const

function lostFields(request: CanonicalRequest): readonly string[] {
  const lost: string[] = lostNames.filter((name) => request[name] !== undefined)
  return hasDetail(request) ? [...lost, 'detail'] : lost
}

/** How closely to look at an image cannot be said. */
function hasDetail({ turns }: CanonicalRequest): boolean {
  return turns.some((turn) => turn.role === 'user' && turn.parts.some((part) => part.is === 'image' && part.detail !== undefined))
}

/** An empty list or object is left out. */
function filled(name: string, value: object): Json {
  return Object.keys(value).length === 0 ? {} : { [name]: value }
}

function smaller(asked: number | undefined, limit: number | undefined): number | undefined {
  return asked === undefined || limit === undefined ? asked : Math.min(asked, limit)
}

function limitOf(maxTokens: number | undefined): Json {
  return maxTokens === undefined ? {} : { maxTokens }
}

function hasStops({ stop = [] }: CanonicalRequest): boolean {
  return stop.some((text) => text.trim() !== '')
}

/** Blank ones are refused by Claude; the gateway watches for them as for all others. */
function stopsOf({ stop = [] }: CanonicalRequest): Json {
  const told = stop.filter((text) => text.trim() !== '').slice(0, mostStops)
  return told.length === 0 ? {} : { stopSequences: told }
}

interface Sampler {
  /** For `inferenceConfig`. */
  readonly standard: Json
  /** For the model's own fields. */
  readonly own: Json
}

/** What the families call the number of tokens to choose from. */
const topKFields: Partial<Readonly<Record<Family['is'], (topK: number) => Json>>> = {
  claude: (topK) => ({ top_k: topK }),
  nova: (topK) => ({ inferenceConfig: { topK } }),
  mistral: (topK) => ({ top_k: topK }),
  cohere: (topK) => ({ k: topK }),
}

function samplerOf(sampling: Sampling, { family, thinking }: { family: Family; thinking: Thinking }, losses: Losses): Sampler {
  const kept = knobsOf(sampling, family, thinking)
  losses.loseAll(lostSampling(sampling, kept))
  const { temperature, topP, topK } = sampling
  return {
    standard: {
      // Converse knows temperatures up to 1.
      ...(temperature !== undefined && kept.includes('temperature') && { temperature: Math.min(temperature, 1) }),
      ...(topP !== undefined && kept.includes('topP') && { topP }),
    },
    own: topK !== undefined && kept.includes('topK') ? (topKFields[family.is]?.(topK) ?? {}) : {},
  }
}

function knobsOf(sampling: Sampling, family: Family, thinking: Thinking): readonly (keyof Sampling)[] {
  const knobs: readonly (keyof Sampling)[] = topKFields[family.is] === undefined ? ['temperature', 'topP'] : ['temperature', 'topP', 'topK']
  switch (family.traits?.sampling) {
    case undefined:
      return knobs
    // The newest models have no knobs at all.
    case 'none':
      return []
    case 'all':
      return thinking.on ? knobsWhileThinking(sampling) : knobs
    // A request may turn one of the two, not both.
    case 'one':
      if (thinking.on) return knobsWhileThinking(sampling)
      return sampling.temperature === undefined ? knobs : knobs.filter((knob) => knob !== 'topP')
  }
}

/** The temperature that it has anyway, or the upper end of `topP`. */
function knobsWhileThinking({ temperature, topP }: Sampling): readonly (keyof Sampling)[] {
  if (temperature === 1) return ['temperature']
  return topP !== undefined && topP >= 0.95 ? ['topP'] : []
}

/** Claude takes this beside Converse's own choice only where there is none: two of them are in conflict. */
function oneCallAtATime({ request, family, losses }: Writing, tools: ToolConfig | undefined): Json {
  if (request.parallelToolCalls !== false || tools === undefined) return {}
  if (isClaude(family, 4) && tools.toolChoice === undefined) return { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }
  losses.lose('parallelToolCalls')
  return {}
}

interface FormatPlan {
  /** The model is held to it. */
  readonly native?: Extract<AnswerFormat, { is: 'json-schema' }>
  /** A tool stands for the answer. */
  readonly jsonTool?: AnswerFormat
  /** It can only be asked for. */
  readonly words?: string
}

function formatOf(format: AnswerFormat | undefined, model: string, canForce: boolean): FormatPlan {
  if (format === undefined) return {}
  if (format.is === 'json-schema' && holdsToSchema(model)) return { native: format }
  if (canForce) return { jsonTool: format }
  const schema = format.is === 'json-schema' ? ` that fits this JSON Schema: ${JSON.stringify(format.schema)}` : ''
  return { words: `Answer with one JSON object and nothing else, no words around it and no code fence${schema}` }
}

function schemaConfig({ schema, name, description }: Extract<AnswerFormat, { is: 'json-schema' }>): Json {
  const jsonSchema = {
    schema: JSON.stringify(strictSchema(schema)),
    name: name ?? 'answer',
    ...(description !== undefined && { description }),
  }
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } }
}
