/** Writes a chat request for Gemini. The model and whether it streams stand in the path. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, lostSampling, refuseMeaningful } from '../canonical/losses.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { splitSystem, textOf } from '../canonical/turns.ts'
import type { WireRequest } from '../dialect.ts'
import { isRecord } from '../wire.ts'
import { configPrefix } from './read-request.ts'
import { contentsPrefix } from './read-contents.ts'
import { toolConfigPrefix } from './read-tools.ts'
import { isGemma } from './thinking.ts'
import { geminiNames } from './tool-names.ts'
import { formatAsInstruction, keptSampling, writeConfig } from './write-config.ts'
import { writeContents } from './write-contents.ts'
import { writeToolConfig, writeTools } from './write-tools.ts'
import type { Json } from './writing.ts'

/** @throws RefusedCall `unsupported` where leaving something out would change what was asked. */
export function writeGeminiRequest(request: CanonicalRequest, target: TranslationTarget): WireRequest {
  const isOwn = request.from === 'gemini-generate'
  if (!isOwn) refuseMeaningful(request)
  const losses = new Losses()
  losses.loseAll(lostSampling(request.sampling, keptSampling(target.model)))
  losses.loseAll(lostFields(request))
  const extras = isOwn ? ownExtras(request, losses) : noExtras
  if (!isOwn) losses.loseAll(lostExtras(request))
  const writing = { request, target, losses, names: geminiNames(request) }
  const { system, turns } = splitSystem(withInstruction(request.turns, formatAsInstruction(writing)))
  const isPlaced = !isGemma(target.model)
  if (system.some(({ cache }) => cache !== undefined)) losses.lose('cacheMarks')
  const tools = writeTools(writing)
  const body = {
    // Gemma's templates know no such role: there it is said at the beginning of the user's first turn, as it would be later on.
    contents: writeContents(isPlaced || system.length === 0 ? turns : [{ role: 'system', parts: system }, ...turns], writing),
    ...(isPlaced && system.length > 0 && { systemInstruction: { parts: [{ text: textOf(system) }] } }),
    ...(tools.length > 0 && { tools }),
    ...withMembers('toolConfig', writeToolConfig(writing), extras.toolConfig),
    ...withMembers('generationConfig', writeConfig(writing), extras.generationConfig),
    ...extras.others,
  }
  return { body: Buffer.from(JSON.stringify(asOwnerWants(body, target))), losses: losses.names }
}

function withMembers(name: string, written: Json, own: Json): Json {
  const members = { ...written, ...own }
  return Object.keys(members).length === 0 ? {} : { [name]: members }
}

/** Behind the caller's own instructions. */
function withInstruction(turns: readonly Turn[], text: string | undefined): readonly Turn[] {
  if (text === undefined) return turns
  const first = turns.findIndex(({ role }) => role !== 'system')
  const at = first === -1 ? turns.length : first
  return [...turns.slice(0, at), { role: 'system', parts: [{ is: 'text', text }] }, ...turns.slice(at)]
}

/** Fields that Gemini has no word for. */
function lostFields(request: CanonicalRequest): readonly string[] {
  const fields = ['user', 'cacheKey', 'verbosity', 'serviceTier', 'metadata'] as const
  const lost: string[] = fields.filter((field) => request[field] !== undefined)
  // One call at a time cannot be asked for; several at once is what it does anyway.
  return request.parallelToolCalls === false ? [...lost, 'parallelToolCalls'] : lost
}

interface Extras {
  readonly generationConfig: Json
  readonly toolConfig: Json
  readonly others: Json
}

const noExtras: Extras = { generationConfig: {}, toolConfig: {}, others: {} }

/** What a caller of Gemini's has said that only Gemini understands, at the places where it stood. Which part a mark was on is not known any more. */
function ownExtras({ extras }: CanonicalRequest, losses: Losses): Extras {
  const lost = Object.keys(extras).filter((field) => field.startsWith(contentsPrefix))
  losses.loseAll(lost.map((field) => `extras.${field}`))
  const prefixes = [configPrefix, toolConfigPrefix, contentsPrefix]
  const others = Object.entries(extras).filter(([field]) => !prefixes.some((prefix) => field.startsWith(prefix)))
  return {
    generationConfig: membersUnder(configPrefix, extras),
    toolConfig: membersUnder(toolConfigPrefix, extras),
    others: Object.fromEntries(others),
  }
}

function membersUnder(prefix: string, extras: Json): Json {
  const own = Object.entries(extras).filter(([field]) => field.startsWith(prefix))
  return Object.fromEntries(own.map(([field, value]) => [field.slice(prefix.length), value]))
}

/** The owner's parameters fill gaps, also one level down, and what the target refuses is taken out; `generationConfig.seed` names a field in there. */
function asOwnerWants(body: Record<string, unknown>, { removed = [], defaults = {} }: TranslationTarget): Record<string, unknown> {
  const config = filled(defaults['generationConfig'], body['generationConfig'])
  const merged = { ...defaults, ...body, ...(config !== undefined && { generationConfig: without(config, configPrefix, removed) }) }
  return without(merged, '', removed)
}

function filled(defaults: unknown, given: unknown): Json | undefined {
  if (!isRecord(defaults)) return isRecord(given) ? given : undefined
  return isRecord(given) ? { ...defaults, ...given } : defaults
}

function without(fields: Json, prefix: string, removed: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !removed.includes(prefix + name)))
}
