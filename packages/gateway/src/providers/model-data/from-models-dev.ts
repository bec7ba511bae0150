/** From what https://models.dev/api.json answers to the lines of a snapshot. */
import * as z from 'zod'
import { modelsDevNames } from './data-names.ts'
import type { ModelLine, ModelRecord } from './snapshot.ts'

const cost = z.looseObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cache_read: z.number().nonnegative().optional(),
  cache_write: z.number().nonnegative().optional(),
})

const modelSchema = z.looseObject({
  id: z.string().min(1).max(256),
  family: z.string().optional(),
  reasoning: z.boolean().optional(),
  structured_output: z.boolean().optional(),
  temperature: z.boolean().optional(),
  tool_call: z.union([z.boolean(), z.looseObject({ supported: z.boolean() })]).optional(),
  limit: z.looseObject({ context: z.number().optional(), output: z.number().optional() }).optional(),
  modalities: z.looseObject({ input: z.array(z.string()).optional(), output: z.array(z.string()).optional() }).optional(),
  cost: cost.optional(),
})

const answerSchema = z.record(z.string(), z.looseObject({ models: z.record(z.string(), z.unknown()) }))

type Model = z.infer<typeof modelSchema>

/** Fewer than that, and the answer is no catalogue but a mistake of somebody's. */
const fewestModels = 500

/**
 * The models of those providers that the catalogue has, in a fixed order.
 * @throws Error when the answer is not of the expected form, or suspiciously small.
 */
export function fromModelsDev(answer: unknown): readonly ModelLine[] {
  const byProvider = answerSchema.parse(answer)
  const lines = Object.entries(modelsDevNames).flatMap(([provider, theirs]) =>
    Object.values(byProvider[theirs]?.models ?? {}).flatMap((value): readonly ModelLine[] => {
      const model = modelSchema.safeParse(value)
      return model.success ? [[provider, model.data.id, recordOf(model.data)]] : []
    }),
  )
  if (lines.length < fewestModels) throw new Error(`The model data holds only ${lines.length} models that can be used.`)
  return lines.toSorted(inOrder)
}

function inOrder(a: ModelLine, b: ModelLine): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] < b[1] ? -1 : 1
}

function recordOf({ limit, reasoning, structured_output, temperature, tool_call, modalities, ...model }: Model): ModelRecord {
  const tools = typeof tool_call === 'object' ? tool_call.supported : tool_call
  const prices = pricesOf(model)
  return {
    ...given('contextTokens', positive(limit?.context)),
    // Of embeddings it is the number of dimensions.
    ...given('maxOutputTokens', isEmbedding(model) ? undefined : positive(limit?.output)),
    ...given('reasoning', reasoning),
    ...given('tools', tools),
    ...given('structuredOutput', structured_output),
    ...given('takesTemperature', temperature),
    ...given('input', modalities?.input),
    ...given('output', modalities?.output),
    ...given('prices', prices),
  }
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  const entry: Partial<Record<Name, Value>> = {}
  if (value !== undefined) entry[name] = value
  return entry
}

function positive(tokens: number | undefined): number | undefined {
  return tokens !== undefined && Number.isInteger(tokens) && tokens > 0 ? tokens : undefined
}

function isEmbedding({ id, family }: Pick<Model, 'id' | 'family'>): boolean {
  return /embed/i.test(`${id} ${family ?? ''}`)
}

/** Subscriptions are listed as costing nothing; only what is named free is. */
function pricesOf({ id, cost: listed }: Pick<Model, 'id' | 'cost'>): ModelRecord['prices'] {
  if (listed === undefined || (listed.input === 0 && listed.output === 0 && !/[:-]free$/.test(id))) return undefined
  const above = Object.entries(listed).flatMap(([name, value]) => {
    const thousands = /^context_over_(\d+)k$/.exec(name)?.[1]
    const tier = cost.safeParse(value)
    return thousands === undefined || !tier.success ? [] : [{ tokens: Number(thousands) * 1000, ...classesOf(tier.data) }]
  })
  return { ...classesOf(listed), ...(above.length > 0 && { above: above.toSorted((a, b) => a.tokens - b.tokens) }) }
}

function classesOf({ input, output, cache_read, cache_write }: z.infer<typeof cost>): { input: number; output: number } {
  return { input, output, ...given('cacheRead', cache_read), ...given('cacheWrite', cache_write) }
}
