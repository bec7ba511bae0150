/** Wires the keys: their pools, what is announced of them, and what is remembered of them over a restart. */
import { Keyring } from '@keywheel/keyring'
import type { Chance, Clock } from '@keywheel/keyring'
import type { Config } from './config/config.ts'
import { poolsOf } from './credentials/pools.ts'
import { StandingKeeper } from './credentials/standing-keeper.ts'
import type { EventBus } from './domain/events.ts'
import type { Secret } from './domain/secret.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import { StandingFile } from './storage/standing-file.ts'
import { announceKey } from './watch-keys.ts'

interface Parts {
  readonly config: Config
  readonly clock: Clock
  readonly chance: Chance
  readonly bus: EventBus
}

export interface OpenedKeys {
  readonly keyring: Keyring<Secret | undefined>
  /** undefined: the owner wants nothing kept. */
  readonly standings: StandingKeeper | undefined
}

/** The data directory is there and this process's own by now. */
export function openKeys({ config, clock, chance, bus }: Parts, providers: ReadonlyMap<string, ActiveProvider>): OpenedKeys {
  const keyring = new Keyring({ pools: poolsOf(providers.values()), clock, chance, announce: (event) => announceKey(bus, event) })
  if (!config.keepsStandings) return { keyring, standings: undefined }
  const announce = (message: string): void => bus.emit('standings.failed', { message })
  const store = new StandingFile({ dataDirectory: config.dataDirectory, announce })
  return { keyring, standings: new StandingKeeper({ keyring, bus, clock, store }) }
}
