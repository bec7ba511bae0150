/** A canonical request as an Anthropic server takes it. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { CanonicalRequest, Sampling } from '../canonical/request.ts'
import { base62Hash } from '../canonical/tool-ids.ts'
import type { WireRequest } from '../dialect.ts'
import { isRecord, textIn } from '../wire.ts'
import { keepLastMarks } from './cache-marks.ts'
import { betaHeader } from './read-request.ts'
import { toolField } from './read-tools.ts'
import { anthropicNames } from './tool-names.ts'
import { traitsOf } from './traits.ts'
import type { Traits } from './traits.ts'
import { writeFormat } from './write-format.ts'
import type { Written } from './write-parts.ts'
import { writeThinking } from './write-thinking.ts'
import { writeTools } from './write-tools.ts'
import { writeTurns } from './write-turns.ts'

/** The version in which the samplers may still be set, and whose streams are read here. */
const version = '2023-06-01'
/** The API insists on a limit; this is asked for where nobody knows a better one. */
const usualMaxTokens = 4096

/** @throws RefusedCall `unsupported` for what no Anthropic model can be asked. */
export function writeRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  const isOwn = request.from === 'anthropic-messages'
  if (!isOwn) refuseMeaningful(request)
  const losses = new Losses()
  const betas = new Set(isOwn ? betasIn(request) : [])
  const body = isOwn ? withOwnFields(request, writeBody(request, { target, losses, betas })) : writeBody(request, { target, losses, betas })
  losses.loseAll(lostFields(request, isOwn))
  if (keepLastMarks(body)) losses.lose('cacheMarks')
  const headers = ['anthropic-version', version, ...(betas.size > 0 ? [betaHeader, [...betas].join(',')] : [])]
  return { body: Buffer.from(JSON.stringify(body)), headers, losses: losses.names }
}

interface Notes {
  readonly target: TranslationTarget
  readonly losses: Losses
  readonly betas: Set<string>
}

/** Members that are undefined do not reach the wire. */
function writeBody(request: CanonicalRequest, { target, losses, betas }: Notes): Written {
  const isOwn = request.from === 'anthropic-messages'
  const traits = traitsOf(target.model)
  const names = anthropicNames(request)
  const maxTokens = target.maxTokens ?? request.maxTokens ?? target.maxOutputTokens ?? usualMaxTokens
  const { system, messages } = writeTurns(request, { losses, betas, target, traits, names })
  const { thinking, effort } = writeThinking(request, { traits, losses, maxTokens, messages })
  const { format, instruction } = writeFormat(request.format, traits, isOwn, losses)
  return {
    model: target.model,
    max_tokens: maxTokens,
    stream: request.stream ? true : undefined,
    system: systemWith(system, instruction),
    messages,
    ...writeTools(request, { names, traits, losses }),
    thinking,
    ...writeSampling(request, { traits, losses, thinks: isThinking(thinking) }),
    stop_sequences: writeStop(request, losses),
    metadata: writeUser(request, isOwn),
    ...outputConfig(effort, format),
  }
}

function outputConfig(effort: unknown, format: unknown): Written {
  if (effort === undefined && format === undefined) return {}
  return { output_config: { ...(effort !== undefined && { effort }), ...(format !== undefined && { format }) } }
}

function isThinking(thinking: Written | undefined): boolean {
  return thinking !== undefined && thinking['type'] !== 'disabled'
}

function systemWith(system: readonly Written[], instruction: string | undefined): readonly Written[] | undefined {
  const blocks = instruction === undefined ? system : [...system, { type: 'text', text: instruction }]
  return blocks.length === 0 ? undefined : blocks
}

interface SamplingNotes {
  readonly traits: Traits
  readonly losses: Losses
  /** A model that thinks takes no temperature but its own, no `top_k`, and only the upper end of `top_p`. */
  readonly thinks: boolean
}

const smallestTopP = 0.95

function writeSampling({ sampling }: CanonicalRequest, notes: SamplingNotes): Written {
  const { losses } = notes
  const kept = keptSampling(sampling, notes)
  losses.loseAll(
    lostSampling(
      sampling,
      samplers.filter((name) => kept[name] !== undefined),
    ),
  )
  const { temperature, topP, topK } = kept
  // Others go up to 2.
  return { temperature: temperature === undefined ? undefined : Math.min(temperature, 1), top_p: topP, top_k: topK }
}

const samplers = ['temperature', 'topP', 'topK'] as const

type Samplers = Pick<Sampling, (typeof samplers)[number]>

function keptSampling(sampling: Sampling, notes: SamplingNotes): Samplers {
  if (notes.traits.sampling === 'none') return {}
  return notes.thinks ? whileThinking(sampling) : together(sampling, notes.traits)
}

function whileThinking({ temperature, topP = 0 }: Sampling): Samplers {
  return { ...(temperature === 1 ? { temperature } : topP >= smallestTopP && { topP }) }
}

/** Where temperature and `top_p` cannot both be set, the temperature counts. */
function together({ temperature, topP, topK }: Sampling, { sampling }: Traits): Samplers {
  const takesTopP = topP !== undefined && (sampling === 'all' || temperature === undefined)
  return { ...(temperature !== undefined && { temperature }), ...(takesTopP && { topP }), ...(topK !== undefined && { topK }) }
}

/** Texts of nothing but space are refused. */
function writeStop({ stop = [] }: CanonicalRequest, losses: Losses): readonly string[] | undefined {
  const kept = stop.filter((text) => text.trim() !== '')
  if (kept.length < stop.length) losses.lose('stop')
  return kept.length === 0 ? undefined : kept
}

const personal = /@|\+?\d[\d ()-]{6,}\d/

/** The vendor wants no names here: what looks like an address or a telephone number is hashed. */
function writeUser({ user, metadata }: CanonicalRequest, isOwn: boolean): Written | undefined {
  if (isOwn) return user === undefined && metadata === undefined ? undefined : { ...metadata, user_id: user }
  return user === undefined ? undefined : { user_id: personal.test(user) ? base62Hash(user, 24) : user }
}

/** What a caller of the same dialect wrote and no other knows goes back to where it was. */
function withOwnFields({ extras, serviceTier }: CanonicalRequest, body: Written): Written {
  const { output_config: left } = extras
  const { output_config: config } = body
  return {
    ...body,
    service_tier: serviceTier,
    ...Object.fromEntries(Object.entries(extras).filter(([field]) => !isElsewhere(field))),
    output_config: isRecord(left) ? { ...left, ...(isRecord(config) ? config : {}) } : config,
  }
}

/** The betas are a header, and what belongs to single tools is written with them. */
function isElsewhere(field: string): boolean {
  return field === betaHeader || field.startsWith(toolField)
}

function betasIn({ extras }: CanonicalRequest): readonly string[] {
  const told = textIn(extras[betaHeader]) ?? ''
  return told
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '')
}

function lostFields(request: CanonicalRequest, isOwn: boolean): readonly string[] {
  const { cacheKey, verbosity, serviceTier, metadata } = request
  const lost = Object.entries({
    cacheKey,
    verbosity,
    ...(!isOwn && { serviceTier: isUsualTier(serviceTier) ? undefined : serviceTier, metadata }),
  })
  return [...lost.flatMap(([name, value]) => (value === undefined ? [] : [name])), ...(isOwn ? [] : lostExtras(request))]
}

function isUsualTier(tier: string | undefined): boolean {
  return tier === 'auto' || tier === 'default'
}
