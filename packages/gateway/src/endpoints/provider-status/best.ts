/** `GET /api/providers/best`: the quickest of those that work. */
import type { ProviderHealth, ProviderStatus } from '../../fleet/health/provider-health.ts'
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { neverStored } from './documents.ts'

export const bestProvider: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/best',
  access: 'key',
  rootOnly: true,
  answer: (call, { health }) => writeJson(call, 200, JSON.stringify(bestOf(health.snapshot().providers)), neverStored),
}

const mostAlternatives = 2

interface Best {
  readonly best_provider: string | null
  readonly reason: string
  readonly alternatives: readonly string[]
}

function bestOf(providers: readonly ProviderHealth[]): Best {
  const [healthiest, ...others] = quickestFirst(providers, 'healthy')
  if (healthiest !== undefined) {
    const reason = `It is the quickest of the healthy ones (${healthiest.responseTimeMs} ms).`
    return { best_provider: healthiest.provider, reason, alternatives: others.slice(0, mostAlternatives).map(({ provider }) => provider) }
  }
  const [degraded] = quickestFirst(providers, 'degraded')
  if (degraded !== undefined) {
    const reason = `No provider is healthy. It is the least slow of the degraded ones (${degraded.responseTimeMs} ms).`
    return { best_provider: degraded.provider, reason, alternatives: [] }
  }
  const isUnknown = providers.some(({ status }) => status === 'unknown')
  const reason = isUnknown ? 'No provider that works is known: some have not been asked for anything yet.' : 'All providers are down.'
  return { best_provider: null, reason, alternatives: [] }
}

function quickestFirst(providers: readonly ProviderHealth[], wanted: ProviderStatus): readonly ProviderHealth[] {
  return providers.filter(({ status }) => status === wanted).toSorted((a, b) => a.responseTimeMs - b.responseTimeMs)
}
