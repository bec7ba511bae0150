/** The gateway's configuration in a simulation: loaded from text like any other, then varied as the scenario says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PoolSettings } from '@keywheel/keyring'
import type { Config, ConfiguredProvider } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { knownProviders } from '../../src/providers/known-providers.ts'
import { presets } from '../../src/providers/presets.ts'
import { callerKey } from './caller.ts'
import { bystander } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/** Short, so that many of them fit into a simulation. */
export const deadlineMs = 30_000
export const streamLifeMs = 60_000

const yaml = `
access: { proxy_api_keys: ["${callerKey}"] }
responses: { retention_days: 0 }
timeouts: { first_byte_ms: 5000, reasoning_first_byte_ms: 5000, whole_first_byte_ms: 8000, idle_ms: 5000, deadline_ms: ${deadlineMs}, stream_life_ms: ${streamLifeMs} }
log: { levels: { default: trace } }
providers:
  alpha: { base_url: "http://alpha.test/v1", keys: ["${keyText('alpha-1')}", "${keyText('alpha-2')}", "${keyText('alpha-3')}"] }
  beta: { base_url: "http://beta.test/v1", dialect: anthropic-messages, keys: ["${keyText('beta-1')}", "${keyText('beta-2')}"] }
  gamma: { base_url: "http://gamma.test/v1", keys: ["${keyText('gamma-1')}", "${keyText('gamma-2')}"] }
  delta: { base_url: "http://delta.test/v1", keys: ["${keyText('delta-1')}", "${keyText('delta-2')}", "${keyText('delta-3')}"] }
virtual_models:
  chain: { fallback_chain: [{ provider: alpha, model: m }, { provider: beta, model: m }, { provider: gamma, model: m }] }
`

/** A key's short name as a text that looks like a key. */
export function keyText(name: string): string {
  return `key-${name}-0123456789abcdef`
}

let loaded: Config | undefined

export function configFor({ settings }: Scenario, dataDirectory: string): Config {
  loaded ??= load()
  const poolOf = ({ name, pool }: ConfiguredProvider): PoolSettings => {
    const { rotation, tolerance, maxConcurrency } = settings
    // The bystander's callers never wait for one another.
    return { ...pool, rotation, tolerance, ...(maxConcurrency > 0 && name !== bystander && { maxConcurrency }) }
  }
  return {
    ...loaded,
    dataDirectory,
    keepsStandings: false,
    health: { ...loaded.health, probes: false, testsDeadKeys: false },
    server: { ...loaded.server, earlyCommitMs: settings.earlyCommitMs },
    providers: loaded.providers.map((provider) => Object.assign({}, provider, { pool: poolOf(provider) })),
  }
}

function load(): Config {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-simulation-config-'))
  try {
    writeFileSync(join(directory, 'keywheel.yaml'), yaml)
    return loadConfig({ env: {}, directory, flags: {}, known: knownProviders, presets })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
