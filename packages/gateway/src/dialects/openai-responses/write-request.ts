/** A canonical request, written for a provider that speaks the Responses API. Nothing is kept there. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { CanonicalRequest, Effort, ReasoningAsk, Sampling } from '../canonical/request.ts'
import { fitToolIds } from '../canonical/tool-ids.ts'
import type { ToolIdRule } from '../canonical/tool-ids.ts'
import { pairTools, splitSystem, textOf, withoutEmptyText } from '../canonical/turns.ts'
import type { WireRequest } from '../dialect.ts'
import { ownerFields, withEffort } from './owner-fields.ts'
import { encryptedReasoning, thinks } from './pass-request.ts'
import { writeItems } from './write-items.ts'
import { writeTools } from './write-tools.ts'

const dialect = 'openai-responses'
const logprobs = 'message.output_text.logprobs'

/** The API refuses less (dialects L1). */
const fewestTokens = 16

const idRule: ToolIdRule = { fits: /^[A-Za-z0-9_-]+$/, longest: 64, prefix: 'call_' }

type Fields = Readonly<Record<string, unknown>>

/** @throws RefusedCall `unsupported` where leaving something out would change what was asked. */
export function writeResponsesRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  const losses = new Losses()
  const isOwn = request.from === dialect
  if (!isOwn) refuseMeaningful(request)
  const turns = fitToolIds(pairTools(withoutEmptyText(request.turns), { missing: 'error-result' }), idRule)
  const { system, turns: said } = splitSystem(turns)
  if (system.some(({ cache }) => cache !== undefined)) losses.lose('cacheMarks')
  const body = {
    model: target.model,
    ...(request.stream && { stream: true }),
    store: false,
    ...(system.length > 0 && { instructions: textOf(system) }),
    input: writeItems(said, { target, losses }),
    ...writeTools(request, losses),
    ...(request.parallelToolCalls !== undefined && request.tools.length > 0 && { parallel_tool_calls: request.parallelToolCalls }),
    ...writeThinking(request, target, losses),
    ...writeText(request),
    ...writeLimit(request, target),
    ...writeCaller(request, losses),
    ...writeExtras(request, losses),
  }
  return { body: Buffer.from(JSON.stringify(asOwnerWants(body, target, losses))), losses: losses.names }
}

/** What fields are called when they are lost. */
const lossOf: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_logprobs: 'topLogprobs',
  reasoning: 'reasoning',
  text: 'format',
  max_output_tokens: 'maxTokens',
  parallel_tool_calls: 'parallelToolCalls',
  tool_choice: 'toolChoice',
  tools: 'tools',
  user: 'user',
  prompt_cache_key: 'cacheKey',
  service_tier: 'serviceTier',
  metadata: 'metadata',
}
/** Of no consequence for the answer. */
const silent: ReadonlySet<string> = new Set(['store', 'include'])

/** The owner's parameters fill gaps, and what the target refuses is taken out. */
function asOwnerWants(body: Record<string, unknown>, target: TranslationTarget, losses: Losses): Fields {
  const { removed = [], quirks } = target
  const { defaults, effort } = ownerFields(target.defaults ?? {})
  const reasoning = withEffort(body['reasoning'], effort)
  const wanted = { ...defaults, ...body, ...(reasoning !== undefined && { reasoning }) }
  for (const name of removed) if (Object.hasOwn(body, name) && !silent.has(name)) losses.lose(lossOf[name] ?? `extras.${name}`)
  const fitted = Object.fromEntries(Object.entries(wanted).filter(([name]) => !removed.includes(name)))
  return quirks.adjustRequest === undefined ? fitted : quirks.adjustRequest(fitted, target.model)
}

const takenKnobs = ['temperature', 'topP', 'topLogprobs'] as const

/** Thinking, what of it is shown, and the knobs that models which think refuse (dialects TH3). */
function writeThinking(request: CanonicalRequest, target: TranslationTarget, losses: Losses): Fields {
  const { sampling, reasoning } = request
  const canThink = target.reasoning !== false && thinks(target.model)
  const effort = reasoning === undefined ? undefined : effortOf(reasoning, request.maxTokens, target)
  const takesKnobs = target.reasoning !== true || effort === 'none'
  losses.loseAll(lostSampling(sampling, takesKnobs ? takenKnobs : []))
  if (!canThink && reasoning !== undefined && effort !== 'none') losses.lose('reasoning')
  const turned = takesKnobs ? knobs(sampling) : {}
  return { ...writeInclude(request, canThink, turned), ...(canThink && writeReasoning(request, effort)), ...turned }
}

function writeInclude(request: CanonicalRequest, canThink: boolean, turned: Fields): Fields {
  const probable = turned['top_logprobs'] === undefined ? [] : [logprobs]
  const include = [...(canThink ? [encryptedReasoning] : []), ...probable, ...moreIncluded(request)]
  return include.length === 0 ? {} : { include }
}

function writeReasoning(request: CanonicalRequest, effort: string | undefined): Fields {
  const asked = { ...(effort !== undefined && { effort }), ...summaryOf(request), ...own(request, 'reasoning.') }
  return Object.keys(asked).length === 0 ? {} : { reasoning: asked }
}

function knobs({ temperature, topP, topLogprobs }: Sampling): Fields {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topLogprobs !== undefined && { top_logprobs: topLogprobs }),
  }
}

function summaryOf({ reasoning }: CanonicalRequest): Fields {
  return reasoning?.visible === true ? { summary: 'auto' } : {}
}

const order: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] satisfies Effort[]

/** A budget is told as the effort it comes nearest to (dialects TH2). */
function effortOf(
  { effort, budgetTokens }: ReasoningAsk,
  maxTokens: number | undefined,
  { quirks }: TranslationTarget,
): string | undefined {
  const asked = effort ?? (budgetTokens === undefined ? undefined : ofBudget(budgetTokens, maxTokens ?? 32_000))
  const { efforts } = quirks
  if (asked === undefined || efforts === undefined || efforts.includes(asked)) return asked
  const at = order.indexOf(asked)
  return efforts.toSorted((left, right) => Math.abs(order.indexOf(left) - at) - Math.abs(order.indexOf(right) - at))[0]
}

function ofBudget(budgetTokens: number, maxTokens: number): Effort {
  const share = budgetTokens / maxTokens
  if (budgetTokens === 0) return 'none'
  return share < 0.35 ? 'low' : share < 0.65 ? 'medium' : 'high'
}

function writeText({ format, verbosity }: CanonicalRequest): Fields {
  const text = { ...(format !== undefined && { format: writeFormat(format) }), ...(verbosity !== undefined && { verbosity }) }
  return Object.keys(text).length === 0 ? {} : { text }
}

function writeFormat(format: NonNullable<CanonicalRequest['format']>): unknown {
  if (format.is === 'json') return { type: 'json_object' }
  const { name = 'response', description, schema, strict } = format
  return {
    type: 'json_schema',
    name,
    ...(description !== undefined && { description }),
    schema,
    ...(strict !== undefined && { strict }),
  }
}

function writeLimit({ maxTokens }: CanonicalRequest, target: TranslationTarget): Fields {
  const asked = target.maxTokens ?? maxTokens
  return asked === undefined ? {} : { max_output_tokens: Math.max(asked, fewestTokens) }
}

function writeCaller(request: CanonicalRequest, losses: Losses): Fields {
  const { user, cacheKey } = request
  return {
    ...(user !== undefined && { user }),
    ...(cacheKey !== undefined && { prompt_cache_key: cacheKey }),
    ...writeLabels(request, losses),
  }
}

/** Tiers and labels mean something only where they were made for (dialects L6). */
function writeLabels({ from, serviceTier, metadata }: CanonicalRequest, losses: Losses): Fields {
  if (from === dialect || from === 'openai-chat')
    return { ...(serviceTier !== undefined && { service_tier: serviceTier }), ...(metadata !== undefined && { metadata }) }
  if (serviceTier !== undefined) losses.lose('serviceTier')
  if (metadata !== undefined) losses.lose('metadata')
  return {}
}

/** Fields under a name with a dot belong into an object, and are put there where that is written. */
const inObjects = /^(?:reasoning|tools)\./

function writeExtras(request: CanonicalRequest, losses: Losses): Fields {
  if (request.from !== dialect) {
    losses.loseAll(lostExtras(request))
    return {}
  }
  return Object.fromEntries(Object.entries(request.extras).filter(([name]) => !inObjects.test(name) && name !== 'include'))
}

function moreIncluded({ from, extras }: CanonicalRequest): readonly unknown[] {
  const { include } = extras
  return from === dialect && Array.isArray(include) ? include : []
}

function own({ from, extras }: CanonicalRequest, prefix: string): Fields {
  if (from !== dialect) return {}
  const found = Object.entries(extras).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
}
