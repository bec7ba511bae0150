/** Writes a chat request for Ollama. */
import { refuse } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { AnswerFormat, CanonicalRequest, FunctionTool, Tool } from '../canonical/request.ts'
import type { WireRequest } from '../dialect.ts'
import { contextFor } from '../ollama/context-size.ts'
import { levelOf } from '../ollama/efforts.ts'
import { keptSampling, writeSampling } from '../ollama/options.ts'
import { isRecord } from '../wire.ts'
import { writeMessages } from './write-messages.ts'

/** @throws RefusedCall `unsupported` where leaving something out would change what was asked. */
export function writeChatRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  if (!isOllamas(request)) refuseMeaningful(request)
  const losses = new Losses()
  losses.loseAll(lostSampling(request.sampling, keptSampling))
  const { options: ownOptions, ...extras } = carriedExtras(request, losses)
  losses.loseAll(lostFields(request))
  const messages = writeMessages(request.turns, losses)
  const tools = writeTools(request, losses)
  const think = thinkFor(request, target, losses)
  const body = {
    model: target.model,
    messages,
    stream: request.stream,
    ...(tools.length > 0 && { tools }),
    ...(request.format !== undefined && { format: formatOf(request.format) }),
    ...(think !== undefined && { think }),
    ...logprobsFor(request),
    options: { ...optionsFor(request, target, { messages, tools }), ...(isRecord(ownOptions) && ownOptions) },
    ...extras,
  }
  return { body: Buffer.from(JSON.stringify(asOwnerWants(body, target))), losses: losses.names }
}

/** The owner's parameters fill gaps, and what the target refuses is taken out. */
function asOwnerWants(body: Record<string, unknown>, { removed = [], defaults = {} }: TranslationTarget): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...defaults, ...body }).filter(([field]) => !removed.includes(field)))
}

function logprobsFor({ sampling: { topLogprobs } }: CanonicalRequest): Record<string, unknown> {
  if (topLogprobs === undefined) return {}
  return topLogprobs > 0 ? { logprobs: true, top_logprobs: topLogprobs } : { logprobs: true }
}

/** Fields of `/api/generate` that `/api/chat` overlooks. */
const onlyOfPrompts: ReadonlySet<string> = new Set(['raw', 'template'])

/** What a caller of Ollama's has said that only Ollama understands. */
function carriedExtras(request: CanonicalRequest, losses: Losses): Record<string, unknown> {
  if (!isOllamas(request)) {
    losses.loseAll(lostExtras(request))
    return {}
  }
  const lost = Object.keys(request.extras).filter((field) => onlyOfPrompts.has(field))
  losses.loseAll(lost.map((field) => `extras.${field}`))
  return Object.fromEntries(Object.entries(request.extras).filter(([field]) => !onlyOfPrompts.has(field)))
}

function isOllamas({ from }: CanonicalRequest): boolean {
  return from === 'ollama-chat' || from === 'ollama-generate'
}

/** Fields that Ollama has no word for. */
function lostFields(request: CanonicalRequest): readonly string[] {
  const fields = ['user', 'cacheKey', 'verbosity', 'serviceTier', 'metadata'] as const
  const lost: string[] = fields.filter((field) => request[field] !== undefined)
  // One call at a time cannot be asked for; several at once is what it does anyway.
  return request.parallelToolCalls === false ? [...lost, 'parallelToolCalls'] : lost
}

/** Without the window that a request needs, Ollama silently forgets the beginning of a long one. */
function optionsFor(
  { sampling, stop, maxTokens }: CanonicalRequest,
  target: TranslationTarget,
  weighed: Parameters<typeof contextFor>[0],
): Record<string, unknown> {
  const limit = target.maxTokens ?? maxTokens
  const context = contextFor(weighed, limit)
  return {
    ...writeSampling(sampling),
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(limit !== undefined && { num_predict: limit }),
    ...(context !== undefined && { num_ctx: context }),
  }
}

/** There is no choosing among tools: those that may not be called are held back, and nothing forces a call. */
function writeTools({ tools, toolChoice }: CanonicalRequest, losses: Losses): readonly Record<string, unknown>[] {
  if (toolChoice?.is === 'none') return []
  const allowed =
    toolChoice?.is === 'allowed' ? tools.filter((tool) => tool.is === 'server' || toolChoice.names.includes(tool.name)) : tools
  if (toolChoice?.is === 'required' || (toolChoice?.is === 'allowed' && toolChoice.required)) losses.lose('toolChoice')
  return allowed.map((tool) => {
    const plain = functionIn(tool)
    if (plain.strict === true) losses.lose('tools.strict')
    if (plain.cache !== undefined) losses.lose('cacheMarks')
    return writeTool(plain)
  })
}

function functionIn(tool: Tool): FunctionTool {
  switch (tool.is) {
    case 'function':
      return tool
    case 'custom':
      throw refuse('unsupported', `The tool \`${tool.name}\` takes free text, which Ollama’s tools cannot. Offer a function instead.`, {
        param: 'tools',
      })
    case 'server':
      throw refuse('unsupported', `Ollama has no tool \`${tool.type}\`. Leave it out, or ask a model of its own vendor.`, {
        param: 'tools',
      })
  }
}

function writeTool({ name, description, parameters }: FunctionTool): Record<string, unknown> {
  const schema = parameters ?? { type: 'object', properties: {} }
  return { type: 'function', function: { name, ...(description !== undefined && { description }), parameters: schema } }
}

function formatOf(format: AnswerFormat): unknown {
  return format.is === 'json' ? 'json' : format.schema
}

const knowsLevels = /(?:^|\/)gpt-oss/

/**
 * Models that think do so unless told not to, and the others refuse a request that tells them to. So it is said only where the
 * model is known to think, or where the caller speaks Ollama's own language.
 */
function thinkFor(request: CanonicalRequest, target: TranslationTarget, losses: Losses): boolean | string | undefined {
  const { reasoning } = request
  if (reasoning === undefined || (reasoning.effort === undefined && reasoning.budgetTokens === undefined)) return undefined
  const level = levelOf(reasoning.effort ?? 'medium')
  if (level === false) return false
  if (knowsLevels.test(target.model)) return level
  if (target.reasoning === true || isOllamas(request)) return true
  losses.lose('reasoning')
  return undefined
}
