/** What is counted of a key, and of each of its models. Plain records: the pool, the lease and the snapshot share them. */
import type { Millis } from '../clock.ts'
import type { Key } from '../pool.ts'
import { Rest } from './rest.ts'

/** A key as a whole. */
export interface KeyStanding<C> {
  readonly key: Key<C>
  readonly rest: Rest
  inFlight: number
  requests: number
  successes: number
  failures: number
  tokens: number
  /** `clock.wallNow()` based. */
  lastUsedAt: Millis | undefined
  /** Rests in a row without a success between. */
  restsInRow: number
}

/** One model of a key. */
export interface KeyModelStanding<C> {
  readonly owner: KeyStanding<C>
  readonly rest: Rest
  inFlight: number
  /** Requests in the current day; begins anew with each day. */
  usage: number
  requests: number
  tokens: number
  faultsInRow: number
  restsInRow: number
  lastChosen: number
}

export function newKeyStanding<C>(key: Key<C>): KeyStanding<C> {
  return {
    key,
    rest: new Rest(),
    inFlight: 0,
    requests: 0,
    successes: 0,
    failures: 0,
    tokens: 0,
    lastUsedAt: undefined,
    restsInRow: 0,
  }
}

export function newKeyModelStanding<C>(owner: KeyStanding<C>): KeyModelStanding<C> {
  return { owner, rest: new Rest(), inFlight: 0, usage: 0, requests: 0, tokens: 0, faultsInRow: 0, restsInRow: 0, lastChosen: 0 }
}
