/** All models that can be asked for: kept in memory, fetched anew now and then, and never lost because a provider is down. */
import type { Clock, Millis } from '@keywheel/keyring'
import type { ActiveProvider } from '../providers/active-provider.ts'
import { modelCard, routeCard } from './model-cards.ts'
import type { ModelCard, RouteName } from './model-cards.ts'
import { ModelList } from './model-list.ts'
import type { AnnounceModels, ListTools } from './model-list.ts'

/** What the lists are made of. */
export interface ModelListsOptions {
  readonly providers: Iterable<ActiveProvider>
  readonly fetchList: ListTools['fetchList']
  readonly clock: Clock
  readonly announce: AnnounceModels
  /** Virtual models and aliases, shown before everything else. */
  readonly routes: () => readonly RouteName[]
  /** How long a list is good; 300 s unless told. */
  readonly freshForMs?: Millis
  /** How long a provider that failed is left alone; 30 s unless told. */
  readonly retryAfterMs?: Millis
}

/** How one provider's list stands. */
export interface ListStanding {
  readonly provider: string
  readonly models: number
  readonly stale: boolean
}

/** One list for each provider, and the cards made of them. */
export class ModelLists {
  readonly #lists: ReadonlyMap<string, ModelList>
  readonly #clock: Clock
  readonly #routes: () => readonly RouteName[]
  readonly #created: number
  #hits = 0
  #misses = 0

  constructor({ providers, routes, freshForMs = 300_000, retryAfterMs = 30_000, ...tools }: ModelListsOptions) {
    const lists = [...providers].map((active) => new ModelList(active, { ...tools, freshForMs, retryAfterMs }))
    this.#lists = new Map(lists.map((list) => [list.active.provider.name, list]))
    this.#clock = tools.clock
    this.#routes = routes
    this.#created = Math.floor(tools.clock.wallNow() / 1000)
  }

  /**
   * All cards from memory. Lists that are due are asked for in the background; only for providers that were never
   * asked the answer waits, all of them together at most `waitMs`.
   */
  async list(waitMs: Millis = 2000): Promise<readonly ModelCard[]> {
    const worthWaiting = this.#askThoseDue()
    if (worthWaiting.length > 0) await this.#atMost(Promise.all(worthWaiting), waitMs)
    return this.#cards()
  }

  /** The card of one name, from memory. */
  card(id: string): ModelCard | undefined {
    const route = this.#routes().find(({ name }) => name === id)
    if (route !== undefined) return routeCard(route, this.#created)
    const slash = id.indexOf('/')
    const list = this.#lists.get(id.slice(0, slash))
    const name = id.slice(slash + 1)
    if (slash < 0 || list?.shown.has(name) !== true) return undefined
    return modelCard({ provider: id.slice(0, slash), name, stale: list.stale }, this.#created)
  }

  /** The full names of providers' models, from memory. */
  *names(): Generator<string> {
    for (const [provider, list] of this.#lists) {
      for (const name of list.shown) yield `${provider}/${name}`
    }
  }

  /** Whether the provider's list, as far as it is known, shows this model. */
  has(provider: string, model: string): boolean {
    return this.#lists.get(provider)?.shown.has(model) ?? false
  }

  /** Asks all providers at once, or the one named, however fresh its list is. */
  async refresh(provider?: string): Promise<void> {
    const lists = [...this.#lists.values()].filter((list) => provider === undefined || list.active.provider.name === provider)
    await Promise.all(lists.map((list) => list.refresh()))
  }

  /** How each provider's list stands. */
  standings(): readonly ListStanding[] {
    return [...this.#lists].map(([provider, { shown, stale }]) => ({ provider, models: shown.size, stale }))
  }

  /** How often a provider's list was answered from memory, and how often it had to be asked for. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses }
  }

  #askThoseDue(): readonly Promise<void>[] {
    const worthWaiting: Promise<void>[] = []
    for (const list of this.#lists.values()) {
      if (!list.isDue()) {
        this.#hits += 1
        continue
      }
      this.#misses += 1
      const asked = list.refresh()
      if (list.isNew) worthWaiting.push(asked)
    }
    return worthWaiting
  }

  #cards(): readonly ModelCard[] {
    const cards = this.#routes().map((route) => routeCard(route, this.#created))
    for (const [provider, { shown, stale }] of this.#lists) {
      for (const name of shown) cards.push(modelCard({ provider, name, stale }, this.#created))
    }
    return cards
  }

  #atMost(work: Promise<unknown>, waitMs: Millis): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(waitMs, resolve)
    void work.then(() => {
      timer.cancel()
      resolve()
    })
    return promise
  }
}
