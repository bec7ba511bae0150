/** Who decides which key a call goes to, and what a call needs of the world around it. */
import type { Clock, Failure, Millis } from '@keywheel/keyring'
import type { Call } from '../calls.ts'
import type { Ledger } from '../ledger.ts'
import type { Provider } from '../provider.ts'

export interface World {
  readonly clock: Clock
  readonly provider: Provider
  readonly ledger: Ledger
  readonly seed: number
  /** Callers leave when no answer has begun by then. */
  readonly patienceMs: Millis
  readonly endsAt: Millis
  /** Requests that a key may have in flight. */
  readonly maxConcurrency: number | undefined
}

export interface Scheduler {
  /** Whether it works with promises. */
  readonly breathes: boolean
  /** Takes a call; sooner or later it ends in the ledger. */
  start(call: Call): void
  /** What it believes to be in flight, if it counts that. */
  inFlight?(): number
}

export const schedulerNames = ['omniscient', 'keywheel', 'round-robin', 'cooldown-retry'] as const

export type SchedulerName = (typeof schedulerNames)[number]

export function isSchedulerName(name: string): name is SchedulerName {
  return schedulerNames.some((one) => one === name)
}

/** One request, for schedulers without promises. An answer ends the call; `onRefused` is told of anything else. */
export function request(world: World, call: Call, key: number, onRefused: (failure: Failure) => void): void {
  const { clock, provider, ledger } = world
  const { failure } = provider.ask(call, key)
  if (failure === undefined) clock.after(call.firstByteMs, () => end(world, call, key))
  else clock.after(call.refusalMs, () => (isLate(world, call) ? ledger.failed(call, 'late', clock.now()) : onRefused(failure)))
}

function end(world: World, call: Call, key: number): void {
  const now = world.clock.now()
  if (isLate(world, call)) world.ledger.failed(call, 'late', now)
  else world.ledger.answered(call, key, now)
}

function isLate({ clock, patienceMs }: World, call: Call): boolean {
  return clock.now() > call.arrivesAt + patienceMs
}
