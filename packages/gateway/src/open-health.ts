/** Wires what is known of providers' health, and the testing of their keys. */
import { isFault } from '@keywheel/keyring'
import type { Chance, Clock, Keyring } from '@keywheel/keyring'
import type { Config } from './config/config.ts'
import { KeyTests } from './credentials/test-keys.ts'
import type { EventBus } from './domain/events.ts'
import type { KeyTest } from './domain/key-test.ts'
import type { Secret } from './domain/secret.ts'
import { FleetHealth } from './fleet/health/fleet-health.ts'
import type { HealthHistory } from './fleet/health/health-history.ts'
import { HealthWatch } from './fleet/health/health-watch.ts'
import { Probes } from './fleet/health/probes.ts'
import type { ProbeAnswer } from './fleet/health/probes.ts'
import { isUsable } from './providers/active-provider.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import type { Connections } from './upstream/connections.ts'
import { probeList, probeWithAny } from './upstream/probe-list.ts'
import type { ListAnswer } from './upstream/probe-list.ts'

interface Parts {
  readonly config: Config
  readonly clock: Clock
  readonly chance: Chance
  readonly bus: EventBus
  readonly connections: Connections
  readonly history: HealthHistory
}

export interface OpenedHealth {
  readonly health: FleetHealth
  readonly testKey: (provider: string, keyId: string) => Promise<KeyTest | undefined>
  /** Once the gateway listens. */
  start(): void
  /** Before the history closes. */
  close(): void
}

export function openHealth(
  parts: Parts,
  providers: ReadonlyMap<string, ActiveProvider>,
  keyring: Keyring<Secret | undefined>,
): OpenedHealth {
  const usable = [...providers.values()].filter(isUsable)
  const { config, clock, bus, history } = parts
  const watch = new HealthWatch({ providers: usable.map(({ provider }) => provider.name), clock, slowMs: config.health.slowMs, history })
  watch.listen(bus)
  const { probes: probesByItself, intervalMs } = config.health
  const health = new FleetHealth({ watch, probes: probesOf(parts, usable, watch), history, probesByItself, intervalMs })
  const tests = keyTests(parts, usable, keyring)
  bus.on('key.dead', () => tests.wake())
  return {
    health,
    testKey: (provider, keyId) => tests.test(provider, keyId),
    start: () => {
      health.start()
      tests.wake()
    },
    close: () => {
      tests.close()
      health.close()
    },
  }
}

function probesOf({ config, clock, chance, connections }: Parts, usable: readonly ActiveProvider[], watch: HealthWatch): Probes {
  const probed = new Map(usable.flatMap((active) => (canProbe(active) ? [[String(active.provider.name), active] as const] : [])))
  const { intervalMs, timeoutMs, concurrency } = config.health
  return new Probes({
    providers: [...probed.keys()],
    ask: async (name, signal) => {
      const active = probed.get(name)
      if (active === undefined) return { is: 'refused', message: 'There is no such provider.' }
      const { provider, settings } = active
      const secrets = settings.keys.length === 0 ? [undefined] : settings.keys.map(({ secret }) => secret)
      const path = provider.modelsPath ?? ''
      return readAnswer(await probeWithAny({ provider, path, connections, signal, wallNow: clock.wallNow() }, secrets))
    },
    heard: (provider, result) => watch.probed(provider, result),
    clock,
    chance,
    intervalMs,
    timeoutMs,
    concurrency,
  })
}

function canProbe({ provider, settings }: ActiveProvider): boolean {
  return provider.modelsPath !== undefined && !settings.skipsProbes
}

function readAnswer({ failure }: ListAnswer): ProbeAnswer {
  if (failure === undefined) return { is: 'ok' }
  return { is: isFault(failure.reason) && failure.reason !== 'not-sent' ? 'failed' : 'refused', message: failure.message }
}

function keyTests(
  { config, clock, connections }: Parts,
  usable: readonly ActiveProvider[],
  keyring: Keyring<Secret | undefined>,
): KeyTests {
  const { timeoutMs, testsDeadKeys: testsByItself } = config.health
  return new KeyTests({
    keyring,
    providers: new Map(usable.map(({ provider }) => [String(provider.name), provider])),
    ask: (asked, signal) => probeList({ ...asked, connections, signal, wallNow: clock.wallNow() }),
    clock,
    timeoutMs,
    testsByItself,
  })
}
