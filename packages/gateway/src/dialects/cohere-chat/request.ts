/** Writes a request for Cohere's chat. Fields that it does not know are a 400 or 422, so nothing is sent that is not its own. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { CanonicalRequest, Effort, Sampling } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import type { WireRequest } from '../dialect.ts'
import { messagesOf } from './messages.ts'
import { toolNameRule, toolsOf } from './tools.ts'

type Json = Readonly<Record<string, unknown>>

export function writeCohereRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  refuseMeaningful(request)
  const losses = new Losses()
  losses.loseAll([...lostExtras(request), ...lostFields(request), ...lostSampling(request.sampling, knobs)])
  const names = new ToolNames(request, toolNameRule)
  const tools = toolsOf(request, names, losses)
  const maxTokens = smaller(request.maxTokens, target.maxTokens)
  const body = {
    model: target.model,
    messages: messagesOf(request, names),
    stream: request.stream,
    ...tools,
    ...formatOf(request, 'tools' in tools, losses),
    ...thinkingOf(request, target, losses),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...stopsOf(request),
    ...samplerOf(request.sampling),
  }
  const adjusted = target.quirks.adjustRequest?.(body, target.model) ?? body
  return { body: Buffer.from(JSON.stringify(adjusted)), losses: losses.names }
}

const lostNames = ['user', 'cacheKey', 'verbosity', 'serviceTier', 'metadata'] as const

function lostFields(request: CanonicalRequest): readonly string[] {
  const lost: string[] = lostNames.filter((name) => request[name] !== undefined)
  if (request.parallelToolCalls === false && request.tools.length > 0) lost.push('parallelToolCalls')
  if (hasMarks(request)) lost.push('cacheMarks')
  return lost
}

function hasMarks({ turns }: CanonicalRequest): boolean {
  return turns.some((turn) => {
    const pieces = turn.role === 'assistant' ? turn.blocks : turn.role === 'tool' ? turn.results : turn.parts
    return pieces.some((piece: object) => 'cache' in piece && piece.cache !== undefined)
  })
}

function smaller(asked: number | undefined, limit: number | undefined): number | undefined {
  return asked === undefined || limit === undefined ? asked : Math.min(asked, limit)
}

/** Beside tools Cohere takes no format. */
function formatOf({ format }: CanonicalRequest, withTools: boolean, losses: Losses): Json {
  if (format === undefined) return {}
  if (withTools) {
    losses.lose('format')
    return {}
  }
  return { response_format: { type: 'json_object', ...(format.is === 'json-schema' && { json_schema: format.schema }) } }
}

const thinkers = /reasoning|command-a-plus/
/** What an effort is a share of, where nobody has said how long the answer may be. */
const usualAnswerTokens = 8192
/** Higher efforts think without a limit. */
const shares: Partial<Readonly<Record<Effort, number>>> = { minimal: 0.1, low: 0.25, medium: 0.5 }

/** Models that think do so by themselves; others refuse to be asked. */
function thinkingOf({ reasoning, maxTokens }: CanonicalRequest, target: TranslationTarget, losses: Losses): Json {
  if (reasoning === undefined) return {}
  const isOff = reasoning.effort === 'none' || reasoning.budgetTokens === 0
  if (target.reasoning !== true && !thinkers.test(target.model)) {
    if (!isOff) losses.lose('reasoning')
    return {}
  }
  if (isOff) return { thinking: { type: 'disabled' } }
  const budget = reasoning.budgetTokens ?? budgetFor(reasoning.effort, maxTokens ?? usualAnswerTokens)
  return { thinking: { type: 'enabled', ...(budget !== undefined && { token_budget: budget }) } }
}

function budgetFor(effort: Effort | undefined, answerTokens: number): number | undefined {
  const share = effort === undefined ? undefined : shares[effort]
  return share === undefined ? undefined : Math.max(1, Math.floor(answerTokens * share))
}

/** More than these are watched for by the gateway alone. */
const mostStops = 5

function stopsOf({ stop = [] }: CanonicalRequest): Json {
  const told = stop.filter((text) => text !== '').slice(0, mostStops)
  return told.length === 0 ? {} : { stop_sequences: told }
}

const knobs: readonly (keyof Sampling)[] = ['temperature', 'topP', 'topK', 'seed', 'frequencyPenalty', 'presencePenalty']

/** Each knob within the bounds that Cohere gives it. */
function samplerOf({ temperature, topP, topK, seed, frequencyPenalty, presencePenalty }: Sampling): Json {
  return {
    ...(temperature !== undefined && { temperature: within(temperature, 0, 1) }),
    ...(topP !== undefined && { p: within(topP, 0.01, 0.99) }),
    ...(topK !== undefined && { k: within(topK, 0, 500) }),
    ...(seed !== undefined && { seed }),
    ...(frequencyPenalty !== undefined && { frequency_penalty: within(frequencyPenalty, 0, 1) }),
    ...(presencePenalty !== undefined && { presence_penalty: within(presencePenalty, 0, 1) }),
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
