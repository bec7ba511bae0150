/**
 * How a Gemini model is told how much to think: 2.5 by a budget of tokens, 3 and later by a level. Both in one request are a 400.
 * Budgets as LLM-API-Key-Proxy has them; levels after ai.google.dev/gemini-api/docs/thinking, read 2026-11.
 */
import type { Effort, ReasoningAsk } from '../canonical/request.ts'

/** undefined: the model has no such setting, and the wish is lost. */
export function thinkingConfig(model: string, ask: ReasoningAsk): Readonly<Record<string, unknown>> | undefined {
  const generation = generationOf(model)
  if (generation === 'none') return undefined
  const amount = generation === 'levels' ? levelOf(model, ask) : budgetOf(model, ask)
  const includeThoughts = ask.visible ?? (amount !== undefined && ask.effort !== 'none')
  return { ...amount, ...(includeThoughts || ask.visible === false ? { includeThoughts } : {}) }
}

/** The number behind the family's name, where there is one: `gemini-2.5-pro`. */
function versionOf(model: string): number | undefined {
  const found = /gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Names without a number (`gemini-flash-latest`) always mean a current model. */
export function isCurrent(model: string): boolean {
  return model.includes('gemini') && (versionOf(model) ?? 3) >= 3
}

/**
 * From 3.6 on, and 3.5 Flash-Lite before it, an answer that the caller has begun is a 400, and so are the sampler's penalties.
 * docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/3-5-flash-lite, read 2026-11.
 */
export function isStrict(model: string): boolean {
  return isCurrent(model) && ((versionOf(model) ?? Infinity) >= 3.6 || model.includes('3.5-flash-lite'))
}

export function isGemma(model: string): boolean {
  return /(?:^|\/)gemma/.test(model)
}

function generationOf(model: string): 'none' | 'budget' | 'levels' {
  if (isGemma(model)) return 'none'
  if (isCurrent(model)) return 'levels'
  return (versionOf(model) ?? 2.5) < 2.5 ? 'none' : 'budget'
}

interface Budgets {
  readonly fits: RegExp
  readonly least: number
  readonly most: number
  readonly canStop: boolean
  readonly low: number
  readonly medium: number
  readonly high: number
}

/** The first that fits. Pro cannot be kept from thinking. */
const budgets: readonly Budgets[] = [
  { fits: /-pro\b/, least: 128, most: 32_768, canStop: false, low: 8192, medium: 16_384, high: 32_768 },
  { fits: /flash-lite/, least: 512, most: 24_576, canStop: true, low: 6144, medium: 12_288, high: 24_576 },
  { fits: /flash/, least: 1, most: 24_576, canStop: true, low: 6144, medium: 12_288, high: 24_576 },
  { fits: /(?:)/, least: 512, most: 24_576, canStop: true, low: 1024, medium: 2048, high: 4096 },
]

type Strength = 'minimal' | 'low' | 'medium' | 'high'

/** Where thinking cannot be switched off, the least of it is the nearest. */
const strengths: Readonly<Record<Exclude<Effort, 'none'>, Strength>> = {
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
}

function budgetOf(model: string, { effort, budgetTokens }: ReasoningAsk): { readonly thinkingBudget: number } | undefined {
  const found = budgets.find(({ fits }) => fits.test(model))
  if (found === undefined) return undefined
  const { least, most, canStop } = found
  if (effort === 'none') return { thinkingBudget: canStop ? 0 : least }
  if (budgetTokens !== undefined) return { thinkingBudget: Math.min(Math.max(budgetTokens, least), most) }
  if (effort === undefined) return undefined
  const strength = strengths[effort]
  return { thinkingBudget: strength === 'minimal' ? Math.max(least, 512) : found[strength] }
}

/** Models that can be asked for next to no thinking. */
const knowsMinimal = /flash-lite|gemini-3(?:\.[56])?-flash/
/** The first of the generation knew two levels. */
const knowsNoMedium = /gemini-3-pro/

/** Budgets up to these stand for a level; what is more is high. */
const levelBudgets: readonly (readonly [most: number, level: Strength])[] = [
  [1024, 'minimal'],
  [8192, 'low'],
  [16_384, 'medium'],
]

function levelOf(model: string, { effort, budgetTokens }: ReasoningAsk): { readonly thinkingLevel: string } | undefined {
  const strength = strengthOf(effort, budgetTokens)
  if (strength === undefined) return undefined
  if (strength === 'minimal' && !knowsMinimal.test(model)) return { thinkingLevel: 'LOW' }
  if (strength === 'medium' && knowsNoMedium.test(model)) return { thinkingLevel: 'HIGH' }
  return { thinkingLevel: strength.toUpperCase() }
}

function strengthOf(effort: Effort | undefined, budgetTokens: number | undefined): Strength | undefined {
  if (effort === 'none') return 'minimal'
  if (effort !== undefined) return strengths[effort]
  if (budgetTokens === undefined) return undefined
  return levelBudgets.find(([most]) => budgetTokens <= most)?.[1] ?? 'high'
}

/** Whether the fields for real JSON schemas are there; they came with 2.5. */
export function knowsJsonSchema(model: string): boolean {
  return !isGemma(model) && (versionOf(model) ?? 2.5) >= 2.5
}
