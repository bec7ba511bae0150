/** The long form of a model's card: what it can hold, what it can do and what it costs, in the fields that OpenRouter made usual. */
import type { FoundModel } from '../providers/model-data/model-data.ts'
import type { Price } from '../providers/model-data/prices.ts'
import type { KnownModel } from '../providers/provider.ts'
import type { ModelCard } from './model-cards.ts'

/** What is known of one model, from all sources. */
export interface Facts {
  readonly known: KnownModel | undefined
  /** The catalogue describes the model itself, and its word counts more than anybody's data. */
  readonly isInCatalogue: boolean
  readonly found: FoundModel | undefined
  readonly price: Price | undefined
}

interface Source {
  readonly source: string
  /** The day on which it said so; null for the catalogue, whose files say it for each model. */
  readonly date: string | null
}

/** Null is unknown; never a guess, and a price never 0 for that reason. */
export interface EnrichedCard extends ModelCard {
  readonly context_length: number | null
  readonly max_output_tokens: number | null
  readonly architecture: { readonly input_modalities: readonly string[]; readonly output_modalities: readonly string[] } | null
  readonly capabilities: Readonly<Record<'reasoning' | 'tools' | 'structured_output' | 'vision' | 'temperature', boolean | null>>
  readonly pricing: Pricing | null
  readonly sources: { readonly limits: Source | null; readonly pricing: Source | null }
}

/** US dollars for one token, as text: binary fractions would spoil them. */
interface Pricing {
  readonly prompt: string
  readonly completion: string
  readonly input_cache_read?: string
  readonly input_cache_write?: string
}

/** @param facts of all the models that the name stands for; a price is told only of one that stands alone. */
export function enrichedCard(card: ModelCard, facts: readonly Facts[]): EnrichedCard {
  const records = facts.map(({ found }) => found?.record)
  const price = facts.length === 1 ? facts[0]?.price : undefined
  const inputs = common(records.map((record) => record?.input))
  const outputs = common(records.map((record) => record?.output))
  return {
    ...card,
    context_length: smallest(facts.map(({ known }) => known?.contextTokens)),
    max_output_tokens: smallest(facts.map(({ known }) => known?.maxOutputTokens)),
    architecture: inputs === undefined || outputs === undefined ? null : { input_modalities: inputs, output_modalities: outputs },
    capabilities: {
      reasoning: everyone(facts.map(({ known }) => known?.reasoning)),
      tools: everyone(records.map((record) => record?.tools)),
      structured_output: everyone(records.map((record) => record?.structuredOutput)),
      vision: inputs?.includes('image') ?? null,
      temperature: everyone(records.map((record) => record?.takesTemperature)),
    },
    pricing: price === undefined ? null : pricingOf(price),
    sources: { limits: sourceOfLimits(facts), pricing: price === undefined ? null : { source: price.source, date: price.date } },
  }
}

function smallest(all: readonly (number | undefined)[]): number | null {
  const known = all.filter((value) => value !== undefined)
  return known.length === 0 || known.length < all.length ? null : Math.min(...known)
}

/** true: all can; false: somebody cannot; null: it is not known of all. */
function everyone(all: readonly (boolean | undefined)[]): boolean | null {
  if (all.includes(false)) return false
  return all.length === 0 || all.includes(undefined) ? null : true
}

function common(all: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const [first, ...others] = all
  if (first === undefined || others.includes(undefined)) return undefined
  return first.filter((kind) => others.every((other) => other?.includes(kind) === true))
}

function pricingOf({ prices }: Price): Pricing {
  const { input, output, cacheRead, cacheWrite } = prices
  return {
    prompt: plain(input),
    completion: plain(output),
    ...(cacheRead !== undefined && { input_cache_read: plain(cacheRead) }),
    ...(cacheWrite !== undefined && { input_cache_write: plain(cacheWrite) }),
  }
}

/** Without an exponent, which `1.5e-7` would have. */
function plain(dollars: number): string {
  return dollars.toFixed(15).replace(/\.?0+$/, '')
}

function sourceOfLimits(facts: readonly Facts[]): Source | null {
  if (facts.some(({ isInCatalogue }) => isInCatalogue)) return { source: 'catalogue', date: null }
  const about = facts.find(({ found }) => found !== undefined)?.found?.about
  return about === undefined ? null : { source: about.source, date: about.date }
}
