/** What a pool of keys is made of, as its owner describes it. */
import type { Millis } from './clock.ts'

/** A key's public name: the first 12 hex digits of a hash of the key, never the key itself. */
export type KeyId = string

/** `C` is whatever the caller's `attempt` needs to use the key; the keyring never looks inside. */
export interface Key<C> {
  readonly id: KeyId
  readonly credential: C
  /** What people see, masked. */
  readonly label: string
  /** 1 is best; keys of a worse priority are chosen only while no better one is usable. */
  readonly priority: number
  /** The owner's name for what the key may do, such as `free` or `paid`; for people and for caps. */
  readonly tier?: string
}

/** When a window of use begins and ends. */
export type WindowRule =
  /** Any such length of time: what is older no longer counts. */
  | { readonly is: 'rolling'; readonly lengthMs: Millis }
  /** From one boundary to the next: each day, each Sunday or each first of a month, at this hour of this time zone (IANA). */
  | { readonly is: 'daily' | 'weekly' | 'monthly'; readonly hour: number; readonly timeZone: string }
  /** As the provider's own headers say; by day until they have said anything. */
  | { readonly is: 'provider' }

/** Uses each key up once before any is used again. */
export interface FairCycle {
  /** What is used up: a key for one model or quota group, or the key as a whole. */
  readonly tracks: 'model' | 'key'
  /** One cycle over all priorities; else each priority has its own. */
  readonly crossesTiers: boolean
  /** A cycle ends after this at the latest. */
  readonly durationMs: Millis
  /** A rest of at least this means that the key is used up. */
  readonly exhaustedFromMs: Millis
  /** The part of a known limit, 0 to 1, at which the key counts as used up. */
  readonly quotaShare: number
  /** Where a used-up key is back within this, it is waited for before the cycle begins anew. */
  readonly waitsForMs: Millis
}

/** A limit of the owner's own on how often a key is used within its window. */
export interface Cap {
  /** Priorities of keys that it holds for; absent: all that no other cap for the same model names. */
  readonly priorities?: readonly number[]
  /** A model or a quota group. Compared with everything but letters and digits left out, so that `gemini_2_5_pro` is `gemini-2.5-pro`. */
  readonly model: string
  /** Requests; or a part (0 to 1) of the provider's known limit, or that limit plus or minus some: those say nothing until it is known. */
  readonly limit: { readonly is: 'requests' | 'share' | 'offset'; readonly amount: number }
  /** How long the key is left alone then: until the window ends, that much longer or shorter, or for a fixed time. */
  readonly rest: { readonly is: 'reset' } | { readonly is: 'offset' | 'fixed'; readonly ms: Millis }
}

export interface PoolSettings {
  readonly rotation: 'balanced' | 'sequential'
  /** Balanced only. 0 takes strictly the least used key; 2 to 4 spread moderately; from 5 nearly evenly. */
  readonly tolerance: number
  /** Soft: a key with fewer calls in flight is preferred. undefined: no preference. */
  readonly optimalConcurrency?: number
  /** Hard: a key with this many calls in flight is not chosen. undefined: unlimited. */
  readonly maxConcurrency?: number
  /** By priority: what both are multiplied with, at least 1. */
  readonly concurrencyMultipliers?: Readonly<Record<number, number>>
  /** For priorities that are not among them; 1 unless given. */
  readonly fallbackMultiplier?: number
  /** Models that share one quota at the provider, by the group's name. */
  readonly quotaGroups?: Readonly<Record<string, readonly string[]>>
  /** Worst priority of keys that may serve a model. Keys without a tier are a last resort there. */
  readonly modelPriorities?: Readonly<Record<string, number>>
  /** In which use is counted for balance, caps and the fair cycle; daily at 03:00 UTC unless given. */
  readonly window?: WindowRule
  /** A known limit of the window closes a key even where no answer has said so. */
  readonly enforcesWindow?: boolean
  readonly fairCycle?: FairCycle
  readonly caps?: readonly Cap[]
  /** Whether limits are learnt from answers, so that a key that is about to be refused is not chosen; true unless given. */
  readonly learnsLimits?: boolean
  /** Whether calls that wait for their first byte are kept to what the provider bears (R10); true unless given. */
  readonly adaptsConcurrency?: boolean
  /** A limited key that a session (or sequential rotation) stays on is waited for this long, because its prompt cache is warm; 0 unless given. */
  readonly waitsForWarmMs?: Millis
  /** The same for one that is only busy; 15 s in sequential rotation, else 0, unless given. */
  readonly waitsForBusyMs?: Millis
}

export interface Pool<C> {
  readonly name: string
  readonly keys: readonly Key<C>[]
  readonly settings: PoolSettings
}

/** Where a call can go: one model of one pool. Callers extend it with what their `attempt` needs. */
export interface Target {
  readonly pool: string
  readonly model: string
}

export interface Plan<T extends Target> {
  /** Best first. */
  readonly targets: readonly T[]
  /** All attempts and waits together end after this; the committed answer may take longer to arrive. */
  readonly deadlineMs: number
  /** Calls of one session prefer the key that the session used before. */
  readonly session?: string
  /** Tokens that the call will use, roughly: what is reserved of a key's limits while it is under way. */
  readonly roughTokens?: number
  /** May be sent twice at once where that is allowed at all (`PursueLimits.hedge`). */
  readonly mayHedge?: boolean
  /** How long its answer takes to begin tells how loaded the provider is: true for streams, not for answers that come whole. */
  readonly isPaced?: boolean
  /** The key that alone can read something in the call: chosen before all others while it is usable, whatever its priority. */
  readonly prefers?: { readonly pool: string; readonly keyId: KeyId }
}
