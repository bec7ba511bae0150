/** How the health of providers is looked after, and which of them are left alone. */
import { nearest } from '../domain/nearest.ts'
import type { Config } from './config.ts'
import { defaultHealth } from './defaults.ts'
import { given } from './given.ts'
import { prefixOf } from './provider-variables.ts'
import { commaList } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

export function healthOf({ file }: Sources): Config['health'] {
  const written = file.content.health
  return {
    ...defaultHealth,
    ...given({
      intervalMs: written?.interval_ms,
      timeoutMs: written?.timeout_ms,
      slowMs: written?.slow_ms,
      concurrency: written?.concurrency,
      retentionDays: written?.retention_days,
    }),
    probes: written?.probes ?? defaultHealth.probes,
    testsDeadKeys: written?.test_dead_keys ?? defaultHealth.testsDeadKeys,
  }
}

/**
 * The providers of HEALTH_CHECK_SKIP, beside those that the file leaves out.
 * @param owners provider by prefix: names are compared as prefixes, so that `nvidia-nim` and `NVIDIA_NIM` are the same.
 */
export function skippedProviders(sources: Sources, owners: ReadonlyMap<string, string>): ReadonlySet<string> {
  const skipped = new Set<string>()
  for (const name of setting(sources, 'HEALTH_CHECK_SKIP', commaList) ?? []) {
    const owner = owners.get(prefixOf(name))
    if (owner !== undefined) skipped.add(owner)
    else sources.findings.warnings.push(skipsNobody(name, new Set(owners.values())))
  }
  return skipped
}

function skipsNobody(name: string, providers: ReadonlySet<string>): string {
  const close = nearest(name.toLowerCase(), providers, 1)
  return `HEALTH_CHECK_SKIP: no provider is called ${name}.${close.length > 0 ? ` Did you mean ${close.join('')}?` : ''}`
}
