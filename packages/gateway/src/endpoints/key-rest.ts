/** How a key stands, in the words of the quota page: one word for the whole, and reason, source and until for whatever rests. */
import type { KeySnapshot, KeyState } from '@keywheel/keyring'
import { isAsleep } from './asleep.ts'
import type { OwnRooms } from './endpoint.ts'

/** The two clocks: rests end on the first, people read the second. */
export type Clocks = Pick<OwnRooms, 'now' | 'wallNow'>

/** `mixed`: some of its models rest and others do not. `cooldown`, `exhausted`: it rests for everything it was used for, the latter used up. */
export type KeyStatus = 'active' | 'mixed' | 'cooldown' | 'exhausted' | 'dead' | 'disabled'

export function statusOf(key: KeySnapshot, now: number): KeyStatus {
  const { state } = key
  if (state.is === 'disabled' || state.is === 'dead') return state.is
  if (isAsleep(state, now)) return isUsedUp(state) ? 'exhausted' : 'cooldown'
  const states = Object.values(key.models).map((model) => model.state)
  const asleep = states.filter((each) => isAsleep(each, now))
  if (asleep.length === 0) return 'active'
  if (asleep.length < states.length) return 'mixed'
  return asleep.every(isUsedUp) ? 'exhausted' : 'cooldown'
}

/** Whether it can answer anything at all. */
export function isOutOfUse(key: KeySnapshot, now: number): boolean {
  const status = statusOf(key, now)
  if (status === 'dead') return isAsleep(key.state, now)
  return status !== 'active' && status !== 'mixed'
}

function isUsedUp(state: KeyState): boolean {
  return state.is === 'exhausted' || (state.is === 'resting' && state.why === 'quota-exhausted')
}

export interface RestStats {
  readonly state: Exclude<KeyState['is'], 'ready'>
  readonly reason?: string
  readonly source?: string
  readonly failures?: number
  /** null: not by itself. */
  readonly remaining_seconds?: number | null
  /** In seconds since the epoch. */
  readonly until?: number | null
}

/** Undefined: it does not rest. */
export function restOf(state: KeyState, clocks: Clocks): RestStats | undefined {
  switch (state.is) {
    case 'ready':
      return undefined
    case 'probing':
      return { state: state.is, failures: state.failures }
    case 'disabled':
      return { state: state.is, reason: `disabled by ${state.by}`, source: 'operator', remaining_seconds: null, until: null }
    case 'exhausted':
      return { state: state.is, reason: state.by, source: usedUpSources[state.by], ...until(state.until, clocks) }
    case 'dead':
    case 'resting':
      return { state: state.is, reason: state.why, source: state.source, failures: state.failures, ...until(state.until, clocks) }
  }
}

/** Who says that something is used up. */
const usedUpSources = { limit: 'provider', learnt: 'learnt', cap: 'cap', 'fair-cycle': 'fair-cycle' } as const

/** A moment on the monotonic clock, for people. */
export function until(at: number, { now, wallNow }: Clocks): { readonly remaining_seconds: number | null; readonly until: number | null } {
  if (!Number.isFinite(at)) return { remaining_seconds: null, until: null }
  const remainingMs = Math.max(0, at - now())
  return { remaining_seconds: Math.ceil(remainingMs / 1000), until: Math.round(wallNow() + remainingMs) / 1000 }
}
