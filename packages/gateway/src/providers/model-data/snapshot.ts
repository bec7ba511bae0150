/**
 * A file of model data: one line about the whole, then a line for each model. Lines keep changes readable, and only those of
 * providers that are asked about are ever parsed.
 */
import * as z from 'zod'

/** US dollars for a million tokens. */
interface ListedPrices {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
}

/** What is known of a model; absent means unknown. */
export interface ModelRecord {
  readonly contextTokens?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly reasoning?: boolean | undefined
  readonly tools?: boolean | undefined
  readonly structuredOutput?: boolean | undefined
  readonly takesTemperature?: boolean | undefined
  /** `text`, `image`, `audio`, `video`, `pdf`. */
  readonly input?: readonly string[] | undefined
  readonly output?: readonly string[] | undefined
  /** `above`: for prompts longer than that many tokens, the whole call; shortest first. */
  readonly prices?: (ListedPrices & { readonly above?: readonly (ListedPrices & { readonly tokens: number })[] | undefined }) | undefined
}

export interface AboutData {
  readonly source: string
  /** The day on which the source said so. */
  readonly date: string
  readonly license: string
  /** How it came here, where it was not from the source itself. */
  readonly via?: string | undefined
  /** The source's own word for this version, to ask only for newer ones. */
  readonly etag?: string | undefined
}

const price = z.number().nonnegative().max(1_000_000)
const prices = { input: price, output: price, cacheRead: price.optional(), cacheWrite: price.optional() }
const tokens = z.int().positive().max(1_000_000_000)
const kinds = z.array(z.string().max(20)).max(10)

const recordSchema: z.ZodType<ModelRecord> = z.strictObject({
  contextTokens: tokens.optional(),
  maxOutputTokens: tokens.optional(),
  reasoning: z.boolean().optional(),
  tools: z.boolean().optional(),
  structuredOutput: z.boolean().optional(),
  takesTemperature: z.boolean().optional(),
  input: kinds.optional(),
  output: kinds.optional(),
  prices: z.strictObject({ ...prices, above: z.array(z.strictObject({ tokens, ...prices })).optional() }).optional(),
})

const aboutSchema: z.ZodType<AboutData> = z.strictObject({
  source: z.string().min(1).max(200),
  date: z.iso.date(),
  license: z.string().min(1).max(500),
  via: z.string().max(500).optional(),
  etag: z.string().max(500).optional(),
})

export type ModelLine = readonly [provider: string, model: string, record: ModelRecord]

const lineSchema: z.ZodType<ModelLine> = z.tuple([z.string().min(1).max(100), z.string().min(1).max(256), recordSchema])

export interface Snapshot {
  readonly about: AboutData
  /** All models of a provider, by the provider's own names. */
  modelsOf(provider: string): ReadonlyMap<string, ModelRecord>
}

const nothing: ReadonlyMap<string, ModelRecord> = new Map()

/** @throws Error when the first line says nothing of where the data comes from. Lines further down that are wrong are left out. */
export function openSnapshot(text: string): Snapshot {
  const [first = '', ...lines] = text.split('\n')
  const about = aboutSchema.parse(parse(first))
  const linesOf = Map.groupBy(lines, providerOf)
  const read = new Map<string, ReadonlyMap<string, ModelRecord>>()
  return {
    about,
    modelsOf: (provider) => {
      const known = read.get(provider)
      if (known !== undefined) return known
      const models = readModels(linesOf.get(provider) ?? [])
      read.set(provider, models)
      return models
    },
  }
}

/** Lines begin `["groq",`; names hold nothing that JSON would escape. */
function providerOf(line: string): string {
  return line.slice(2, line.indexOf('"', 2))
}

function readModels(lines: readonly string[]): ReadonlyMap<string, ModelRecord> {
  if (lines.length === 0) return nothing
  const models = new Map<string, ModelRecord>()
  for (const line of lines) {
    const read = lineSchema.safeParse(parse(line))
    if (read.success) models.set(read.data[1], read.data[2])
  }
  return models
}

/** @throws Error when something does not fit: what is written must be readable. */
export function writeSnapshot(about: AboutData, models: readonly ModelLine[]): string {
  const lines = models.map((line) => JSON.stringify(lineSchema.parse(line)))
  return `${[JSON.stringify(aboutSchema.parse(about)), ...lines].join('\n')}\n`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
