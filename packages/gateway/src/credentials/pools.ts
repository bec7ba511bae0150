/** From configured keys to the pools that the keyring works with. */
import type { Key, Pool, PoolSettings } from '@keywheel/keyring'
import type { Secret } from '../domain/secret.ts'
import { isUsable } from '../providers/active-provider.ts'
import type { ActiveProvider, ProviderSettings } from '../providers/active-provider.ts'
import type { Provider } from '../providers/provider.ts'
import { keyId } from './key-id.ts'

/** What stands in for a key where none is needed. */
const noKey: Key<undefined> = { id: 'keyless', credential: undefined, label: 'no key', priority: 1 }

/** One pool for each provider that can be used. A key that is configured twice counts once, since it has one quota. */
export function poolsOf(providers: Iterable<ActiveProvider>): readonly Pool<Secret | undefined>[] {
  return [...providers].filter(isUsable).map(({ provider, settings }) => ({
    name: provider.name,
    keys: settings.keys.length === 0 ? [noKey] : keysOf(settings),
    settings: withWindow(settings.pool, provider),
  }))
}

function keysOf(settings: ProviderSettings): readonly Key<Secret>[] {
  const keys = new Map<string, Key<Secret>>()
  for (const { secret, priority, tier } of settings.keys) {
    const id = keyId(secret)
    const earlier = keys.get(id)
    if (earlier !== undefined && priority >= earlier.priority) continue
    keys.set(id, { id, credential: secret, label: secret.masked, priority, ...(tier !== undefined && { tier }) })
  }
  return [...keys.values()]
}

/** The owner's window, or else the provider's own day. */
function withWindow(settings: PoolSettings, { dayBegins }: Provider): PoolSettings {
  if (settings.window !== undefined || dayBegins === undefined) return settings
  return { ...settings, window: { is: 'daily', ...dayBegins } }
}
