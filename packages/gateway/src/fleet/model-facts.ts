/** What can be said of a model by the name that callers use: limits, abilities and prices, each with its source and date. */
import { providerName } from '../domain/names.ts'
import { findProvider } from '../providers/catalogue/list.ts'
import type { ModelData } from '../providers/model-data/model-data.ts'
import { Prices } from '../providers/model-data/prices.ts'
import type { Price, PricedTokens } from '../providers/model-data/prices.ts'
import type { Provider } from '../providers/provider.ts'
import { enrichedCard } from './enriched-card.ts'
import type { EnrichedCard, Facts } from './enriched-card.ts'
import type { ModelCard } from './model-cards.ts'

/** A provider's model. */
export interface FactsTarget {
  /** undefined: nobody was named. */
  readonly provider: Provider | undefined
  readonly model: string
}

export interface FactsParts {
  readonly data: ModelData
  /** Where a call for that name could go; nothing when the name is unknown or nobody can be asked. */
  readonly targetsOf: (name: string) => readonly { readonly provider: Provider; readonly model: string }[]
}

export class ModelFacts {
  readonly #parts: FactsParts
  readonly #prices: Prices
  readonly #remembered = new Map<string, Facts>()

  constructor(parts: FactsParts) {
    this.#parts = parts
    this.#prices = new Prices(parts.data)
  }

  /** New data have come. */
  forget(): void {
    this.#remembered.clear()
  }

  /** The model behind a name: of several that of the first target, which is asked first. */
  targetOf(name: string): FactsTarget {
    return this.#targetsOf(name)[0] ?? { provider: undefined, model: name }
  }

  priceOf(name: string, tokens: PricedTokens): Promise<Price | undefined> {
    const { provider, model } = this.targetOf(name)
    return this.#prices.of(provider, model, tokens)
  }

  /** The card with all that is known. Of a name for several models it says what holds for each of them. */
  async enrich(card: ModelCard): Promise<EnrichedCard> {
    const facts: Facts[] = []
    for (const target of this.#targetsOf(card.id)) facts.push(await this.#factsOf(target))
    return enrichedCard(card, facts)
  }

  #targetsOf(name: string): readonly { readonly provider: Provider; readonly model: string }[] {
    const targets = this.#parts.targetsOf(name)
    if (targets.length > 0) return targets
    // A provider that is not set up has its limits and prices all the same.
    const slash = name.indexOf('/')
    const provider = slash > 0 ? findProvider(providerName(name.slice(0, slash))) : undefined
    return provider === undefined ? [] : [{ provider, model: name.slice(slash + 1) }]
  }

  async #factsOf({ provider, model }: { readonly provider: Provider; readonly model: string }): Promise<Facts> {
    const name = `${provider.name}/${model}`
    const remembered = this.#remembered.get(name)
    if (remembered !== undefined) return remembered
    const { data } = this.#parts
    const facts = {
      known: data.known(provider, model),
      isInCatalogue: provider.models !== undefined && Object.hasOwn(provider.models, model),
      found: data.find(provider, model),
      price: await this.#prices.of(provider, model),
    }
    this.#remembered.set(name, facts)
    return facts
  }
}
