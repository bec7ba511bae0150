/** One provider's models: what was last heard, and when to ask again. */
import type { Clock, Millis } from '@keywheel/keyring'
import type { GatewayEvents } from '../domain/events.ts'
import { isUsable } from '../providers/active-provider.ts'
import type { ActiveProvider } from '../providers/active-provider.ts'
import type { Provider } from '../providers/provider.ts'
import { shownModels } from './shown-models.ts'

/** What a list works with. */
export interface ListTools {
  /** Asks the provider; a rejection is a failure. It has to end by itself. */
  readonly fetchList: (provider: Provider) => Promise<readonly string[]>
  readonly clock: Clock
  readonly announce: AnnounceModels
  readonly freshForMs: Millis
  readonly retryAfterMs: Millis
}

/** How the lists tell others what happened; `EventBus.emit` fits. */
export type AnnounceModels = <Name extends 'models.refreshed' | 'models.failed'>(name: Name, event: GatewayEvents[Name]) => void

type Standing =
  | { readonly is: 'fixed' }
  | { readonly is: 'never-asked' }
  | { readonly is: 'listed'; readonly askAgainAt: Millis; readonly stale: boolean }
  | { readonly is: 'never-answered'; readonly askAgainAt: Millis }

/** Starts with the owner's own names and never loses what it once heard. */
export class ModelList {
  readonly active: ActiveProvider
  readonly #tools: ListTools
  #standing: Standing
  #asking: Promise<void> | undefined
  #shown: ReadonlySet<string>

  constructor(active: ActiveProvider, tools: ListTools) {
    this.active = active
    this.#tools = tools
    const { provider, settings } = active
    this.#standing = { is: provider.modelsPath === undefined || !isUsable(active) ? 'fixed' : 'never-asked' }
    // A provider without a list offers at least what the catalogue knows of it.
    const known = provider.modelsPath === undefined ? Object.keys(provider.models ?? {}) : []
    this.#shown = isUsable(active) ? new Set(shownModels(settings, known)) : new Set()
  }

  /** In the order in which they are shown. */
  get shown(): ReadonlySet<string> {
    return this.#shown
  }

  get stale(): boolean {
    return this.#standing.is === 'listed' && this.#standing.stale
  }

  /** Nobody has asked the provider so far, so waiting for it is worth while. */
  get isNew(): boolean {
    return this.#standing.is === 'never-asked'
  }

  isDue(): boolean {
    if ('askAgainAt' in this.#standing) return this.#tools.clock.now() >= this.#standing.askAgainAt
    return this.#standing.is === 'never-asked'
  }

  /** Asks the provider, or joins those who are asking already. Never rejects. */
  refresh(): Promise<void> {
    if (this.#standing.is === 'fixed') return Promise.resolve()
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #ask(): Promise<void> {
    const { clock, fetchList, announce, freshForMs } = this.#tools
    const { provider, settings } = this.active
    const startedAt = clock.now()
    try {
      const listed = await fetchList(provider)
      this.#shown = new Set(shownModels(settings, listed))
      this.#standing = { is: 'listed', askAgainAt: clock.now() + freshForMs, stale: false }
      announce('models.refreshed', { provider: provider.name, models: this.#shown.size, tookMs: clock.now() - startedAt })
    } catch (error) {
      this.#rest()
      announce('models.failed', { provider: provider.name, message: error instanceof Error ? error.message : 'unknown error' })
    }
  }

  #rest(): void {
    const askAgainAt = this.#tools.clock.now() + this.#tools.retryAfterMs
    const everListed = this.#standing.is === 'listed'
    this.#standing = everListed ? { is: 'listed', askAgainAt, stale: true } : { is: 'never-answered', askAgainAt }
  }
}
