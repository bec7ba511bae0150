/** From configured keys to the pools that the keyring works with. */
import type { Key, Pool, PoolSettings } from '@keywheel/keyring'
import type { Secret } from '../domain/secret.ts'
import { isUsable } from '../providers/active-provider.ts'
import type { ActiveProvider, ProviderSettings } from '../providers/active-provider.ts'
import { keyId } from './key-id.ts'

/** What stands in for a key where none is needed. */
const noKey: Key<undefined> = { id: 'keyless', credential: undefined, label: 'no key', priority: 1 }

/** One pool for each provider that can be used. A key that is configured twice counts once, since it has one quota. */
export function poolsOf(providers: Iterable<ActiveProvider>): readonly Pool<Secret | undefined>[] {
  return [...providers].filter(isUsable).map(({ provider, settings }) => ({
    name: provider.name,
    keys: settings.keys.length === 0 ? [noKey] : keysOf(settings),
    settings: poolSettings(settings),
  }))
}

function keysOf(settings: ProviderSettings): readonly Key<Secret>[] {
  const keys = new Map<string, Key<Secret>>()
  for (const { secret, priority } of settings.keys) {
    const id = keyId(secret)
    const earlier = keys.get(id)
    if (earlier === undefined || priority < earlier.priority) keys.set(id, { id, credential: secret, label: secret.masked, priority })
  }
  return [...keys.values()]
}

function poolSettings({ rotation, tolerance, optimalConcurrency, maxConcurrency }: ProviderSettings): PoolSettings {
  return {
    rotation,
    tolerance,
    ...(optimalConcurrency !== undefined && { optimalConcurrency }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
  }
}
