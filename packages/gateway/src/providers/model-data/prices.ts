/**
 * What tokens cost: first what the price library says, then what the model data says. An unknown price is undefined, never
 * zero. The library is large, so it is loaded when the first price is asked for.
 */
import type { calcPrice as CalcPrice, ModelPrice } from '@pydantic/genai-prices'
import type { Provider } from '../provider.ts'
import { catalogueName, priceListNames } from './data-names.ts'
import type { FoundModel, ModelData } from './model-data.ts'

/** Disjoint classes of tokens; they add up. */
export interface PricedTokens {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** US dollars for one token. */
interface TokenPrices {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
}

export interface Price {
  /** US dollars for the tokens asked about. */
  readonly cost: number
  readonly prices: TokenPrices
  /** Who says so: `genai-prices 0.1.8`. */
  readonly source: string
  /** The day on which that was so. */
  readonly date: string
}

/** The version that is installed and the day on which it came out; a test compares it with the package. */
export const priceList: { readonly version: string; readonly date: string } = { version: '0.1.8', date: '2026-09-23' }

const perMillion = 1_000_000

let loading: Promise<typeof CalcPrice> | undefined

export class Prices {
  readonly #data: ModelData

  constructor(data: ModelData) {
    this.#data = data
  }

  /** @param provider undefined: nobody was named, and the model's own vendor is meant. */
  async of(provider: Provider | undefined, model: string, tokens: PricedTokens = noTokens): Promise<Price | undefined> {
    loading ??= import('@pydantic/genai-prices').then(({ calcPrice }) => calcPrice)
    const calcPrice = await loading
    const listed = fromPriceList(calcPrice, provider, model, tokens)
    if (listed !== undefined || provider === undefined) return listed
    const found = this.#data.find(provider, model)
    return found === undefined ? undefined : fromModelData(found, tokens)
  }
}

const noTokens: PricedTokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

function fromPriceList(
  calcPrice: typeof CalcPrice,
  provider: Provider | undefined,
  model: string,
  tokens: PricedTokens,
): Price | undefined {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite
  const usage = {
    input_tokens: prompt,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: tokens.cacheWrite,
    output_tokens: tokens.output,
  }
  const name = provider === undefined ? undefined : catalogueName(provider)
  // A server that nobody knows has prices of its own, whatever its models are called.
  if (provider !== undefined && name === undefined) return undefined
  const found = calcPrice(usage, model, name === undefined ? {} : { providerId: priceListNames[name] ?? name })
  if (found === null) return undefined
  const prices = tokenPrices(found.model_price, prompt)
  if (prices === undefined) return undefined
  return { cost: exact(found.total_price), prices, source: `genai-prices ${priceList.version}`, date: priceList.date }
}

function tokenPrices(listed: ModelPrice, prompt: number): TokenPrices | undefined {
  const [input, output] = [perToken(listed['input_mtok'], prompt), perToken(listed['output_mtok'], prompt)]
  if (input === undefined) return undefined
  const [cacheRead, cacheWrite] = [perToken(listed['cache_read_mtok'], prompt), perToken(listed['cache_write_mtok'], prompt)]
  return { input, output: output ?? 0, ...(cacheRead !== undefined && { cacheRead }), ...(cacheWrite !== undefined && { cacheWrite }) }
}

/** Tiers go by the length of the prompt, for the whole call. */
function perToken(price: ModelPrice[string], prompt: number): number | undefined {
  if (price === undefined) return undefined
  if (typeof price === 'number') return exact(price / perMillion)
  return exact((price.tiers.findLast(({ start }) => prompt > start)?.price ?? price.base) / perMillion)
}

function fromModelData({ record, about }: FoundModel, tokens: PricedTokens): Price | undefined {
  if (record.prices === undefined) return undefined
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite
  const tier = record.prices.above?.findLast((each) => prompt > each.tokens) ?? record.prices
  const { input, output, cacheRead, cacheWrite } = tier
  const total =
    tokens.input * input + tokens.output * output + tokens.cacheRead * (cacheRead ?? input) + tokens.cacheWrite * (cacheWrite ?? input)
  const prices = {
    input: exact(input / perMillion),
    output: exact(output / perMillion),
    ...(cacheRead !== undefined && { cacheRead: exact(cacheRead / perMillion) }),
    ...(cacheWrite !== undefined && { cacheWrite: exact(cacheWrite / perMillion) }),
  }
  return { cost: exact(total / perMillion), prices, source: about.source, date: about.date }
}

/** Without the noise that binary fractions leave behind the last digit that means something. */
function exact(dollars: number): number {
  return Number(dollars.toFixed(15))
}
