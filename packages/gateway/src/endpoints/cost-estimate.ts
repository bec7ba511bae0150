/** `POST /v1/cost-estimate`: what so many tokens of a model would cost. An unknown price is null, never 0. */
import { badField } from '../dialects/sketch-json.ts'
import { writeJson } from '../http/write-reply.ts'
import type { Price, PricedTokens } from '../providers/model-data/prices.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { modelIn, readBodyObject } from './token-count.ts'

export const costEstimate: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/cost-estimate',
  access: 'key',
  answer: async (call, rooms) => {
    const ask = readBodyObject(await rooms.readBody(call))
    const model = modelIn(ask)
    const price = await rooms.facts.priceOf(model, tokensIn(ask))
    writeJson(call, 200, JSON.stringify({ model, ...(price === undefined ? unknown : estimateOf(price)) }))
  },
}

const unknown = { cost: null, currency: 'USD', pricing: null, source: 'unknown', error: 'The price of this model is not known.' } as const

function estimateOf({ cost, prices, source, date }: Price): Readonly<Record<string, unknown>> {
  const { input, output, cacheRead, cacheWrite } = prices
  const pricing = {
    input_cost_per_token: input,
    output_cost_per_token: output,
    ...(cacheRead !== undefined && { cache_read_input_token_cost: cacheRead }),
    ...(cacheWrite !== undefined && { cache_creation_input_token_cost: cacheWrite }),
  }
  return { cost, currency: 'USD', pricing, source, date }
}

/** The four classes are apart: what was read from or written to a cache is no part of `prompt_tokens`. */
function tokensIn(ask: Readonly<Record<string, unknown>>): PricedTokens {
  return {
    input: countIn(ask, 'prompt_tokens'),
    output: countIn(ask, 'completion_tokens'),
    cacheRead: countIn(ask, 'cache_read_tokens', 0),
    cacheWrite: countIn(ask, 'cache_creation_tokens', 0),
  }
}

function countIn(ask: Readonly<Record<string, unknown>>, name: string, standard?: number): number {
  const value = ask[name] ?? standard
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw badField(name, `\`${name}\` must be a whole number, 0 or more.`)
}
