/** A client-facing path: data for the pipeline, or a small answer of the gateway's own. */
import type { Keyring, SavedPool } from '@keywheel/keyring'
import type { KeyTest } from '../domain/key-test.ts'
import type { Secret } from '../domain/secret.ts'
import type { FleetHealth } from '../fleet/health/fleet-health.ts'
import type { ModelFacts } from '../fleet/model-facts.ts'
import type { ModelLists } from '../fleet/model-lists.ts'
import type { ResponseStore } from '../conversations/response-store.ts'
import type { Call } from '../http/call.ts'
import type { Route } from '../http/router.ts'
import type { Consumption } from '../usage/consumption.ts'
import type { Operating } from '../pipeline/answer-call.ts'
import type { Generations } from '../pipeline/generations.ts'

/** Answered by a provider; everything about it is in the dialect and the pipeline. */
export interface OperationEndpoint extends Route, Operating {
  readonly kind: 'operation'
}

/** What the gateway knows of itself. */
export interface OwnRooms {
  readonly version: string
  readonly homepage: string
  readonly isOpen: boolean
  readonly startedAt: number
  readonly now: () => number
  readonly wallNow: () => number
  readonly keyring: Keyring<Secret | undefined>
  readonly models: ModelLists
  readonly facts: ModelFacts
  readonly consumption: Consumption
  readonly nearestNames: (id: string) => readonly string[]
  readonly providers: readonly ProviderFacts[]
  readonly health: FleetHealth
  /** Asks the provider whether it accepts this key; undefined: there is no such key. */
  readonly testKey: (provider: string, keyId: string) => Promise<KeyTest | undefined>
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  readonly generations: Generations
  /** Answers that callers may name again; undefined: none are kept. */
  readonly responses: ResponseStore | undefined
  /** For callers that cannot name a model. */
  readonly defaultModel: () => string | undefined
  /** The smallest window among those that may answer for this model; undefined: nobody knows. */
  readonly contextTokens: (model: string) => number | undefined
  /** The hashed id of the caller's key. @throws RefusedCall 401. */
  readonly callerOf: (call: Call) => string
  /** Writes the standings of keys to the disk and reads them back; gives undefined where that fails. undefined: none are kept. */
  readonly standings: (() => Promise<readonly SavedPool[] | undefined>) | undefined
  /** @throws RefusedCall where the body is too large or comes too slowly. */
  readonly readBody: (call: Call) => Promise<Buffer>
}

interface ProviderFacts {
  readonly name: string
  readonly title: string
  readonly baseUrl: string
  readonly keys: number
  readonly rotation: 'balanced' | 'sequential'
}

/** Answered here. Throws a RefusedCall to refuse. */
export interface OwnEndpoint extends Route {
  readonly kind: 'own'
  /** @param id what `{id}` in the path stood for. */
  readonly answer: (call: Call, rooms: OwnRooms, id: string) => Promise<void> | void
}

export type Endpoint = OperationEndpoint | OwnEndpoint
