/** What routing decides: where a call may go, best first, and what was ruled out and why. */
import type { Plan, Target } from '@keywheel/keyring'
import type { Timeouts } from '../domain/timeouts.ts'
import type { KnownModel, Provider } from '../providers/provider.ts'

/** One place where the call can be answered. */
export interface PlannedTarget extends Target {
  readonly provider: Provider
  /** As people write it: `groq/openai/gpt-oss-120b`. */
  readonly shownModel: string
  /** What the catalogue knows of the model. */
  readonly known?: KnownModel
  /** Parameters added when the request lacks them; `reasoning_effort` replaces the request's. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Request fields to take out: the provider's, the owner's and the model's. */
  readonly rejects: readonly string[]
  /** For this target: the virtual model's over the provider's over the general ones. */
  readonly timeouts: Timeouts
}

/** A target that was ruled out before anything was sent. */
export interface RefusedTarget {
  readonly shownModel: string
  readonly because: 'no-provider' | 'no-key' | 'unsupported' | 'hidden'
  /** A sentence for people, with the remedy where there is one. */
  readonly why: string
}

/** Everything that `pursue` and the answer's headers need. */
export interface RoutePlan extends Plan<PlannedTarget> {
  readonly asked: string
  /** The virtual model that decided, or the alias when it leads straight to a provider's model. */
  readonly route?: string
  readonly refused: readonly RefusedTarget[]
}

/** A name that stands for several models; the configuration's entry fits as it is. */
export interface VirtualModel {
  readonly name: string
  readonly description?: string
  /** In the order in which they are tried. */
  readonly targets: readonly { readonly provider: string; readonly model: string }[]
  readonly timeouts: Partial<Timeouts>
}
