/** What the keyring tells: its events on the bus, and what is measured of it and of the stores. */
import type { Clock, Keyring, KeyringEvent } from '@keywheel/keyring'
import type { EventBus } from './domain/events.ts'
import type { Secret } from './domain/secret.ts'
import type { Log } from './observability/log.ts'
import type { Gauges } from './observability/metrics.ts'
import type { UsageJournal } from './usage/usage-journal.ts'
import { isAsleep } from './endpoints/asleep.ts'

interface Watched {
  readonly usage: UsageJournal
  readonly log: Log
  readonly clock: Clock
}

export function announceKey(bus: EventBus, event: KeyringEvent): void {
  const { pool: provider } = event
  switch (event.is) {
    case 'key.rested':
      return bus.emit(event.is, { ...event, provider })
    case 'key.dead':
      return bus.emit(event.is, { ...event, provider })
    case 'key.disabled':
    case 'key.enabled':
      return bus.emit(event.is, { ...event, provider })
    case 'key.returned':
      return bus.emit(event.is, { ...event, provider })
    case 'target.rested':
      return bus.emit(event.is, { ...event, provider })
    case 'target.returned':
      return bus.emit(event.is, { ...event, provider })
  }
}

const states = ['ready', 'resting', 'probing', 'exhausted', 'dead', 'disabled'] as const

function countStates(keyring: Keyring<Secret | undefined>, now: number): { provider: string; state: string; count: number }[] {
  return keyring.snapshot().flatMap(({ name, keys }) => {
    const found = keys.map(({ state }) => (state.is === 'probing' || isAsleep(state, now) ? state.is : 'ready'))
    // Those that no key is in are told as well: a chart shows 0 then, and no gap.
    return states.map((state) => ({ provider: name, state, count: found.filter((each) => each === state).length }))
  })
}

export function gaugesOf({ usage, log, clock }: Watched, keyring: Keyring<Secret | undefined>): Gauges {
  return {
    inFlight: () => keyring.inFlight,
    keyStates: () => countStates(keyring, clock.now()),
    usageBacklog: () => usage.backlog,
    usageDropped: () => usage.dropped,
    logDropped: () => log.dropped,
  }
}
