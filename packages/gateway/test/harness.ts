/** Opens a real gateway on a real port in front of simulated providers, and closes everything when the test ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '@keywheel/keyring'
import type { Chance, Clock } from '@keywheel/keyring'
import { openSimulator } from '@keywheel/simulator'
import type { Simulator, SimulatorOptions } from '@keywheel/simulator'
import { loadConfig } from '../src/config/load-config.ts'
import type { Config } from '../src/config/config.ts'
import { openGateway } from '../src/gateway.ts'
import type { Gateway } from '../src/gateway.ts'
import { knownProviders } from '../src/providers/known-providers.ts'
import { presets } from '../src/providers/presets.ts'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import type { CallRow } from '../src/usage/call-row.ts'

export interface Given {
  /** keywheel.yaml, with `${ALPHA_URL}` and so on for the simulators' URLs. */
  readonly yaml?: string
  /** Environment variables beside those of the simulators. */
  readonly env?: Readonly<Record<string, string>>
  /** One simulated provider each; `{ alpha: {} }` becomes provider `alpha` with the keys of `keys`. */
  readonly providers?: Readonly<Record<string, SimulatorOptions>>
  /** Keys by provider; `['a']` where nothing is said. */
  readonly keys?: Readonly<Record<string, readonly string[]>>
  readonly clock?: Clock
  readonly chance?: Chance
  readonly maxInFlight?: number
  /** Images may be fetched from this machine. */
  readonly reachesPrivateMedia?: boolean
  /** Standings of keys outlive the gateway; their timers would run on a test's clock. */
  readonly keepsStandings?: boolean
  /** Changes the loaded configuration, for what the file cannot say. */
  readonly adjust?: (config: Config) => Config
}

export interface Bench {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string
  readonly port: number
  readonly gateway: Gateway
  /** The only provider, or the first. */
  readonly upstream: Simulator
  readonly simulators: Readonly<Record<string, Simulator>>
  /** Log lines so far, parsed. */
  readonly log: readonly Record<string, unknown>[]
  /** POST chat/completions. */
  ask(body?: object, init?: RequestInit): Promise<Response>
  /** Closes the gateway and reads the usage rows it left. */
  rows(): Promise<readonly CallRow[]>
  close(): Promise<void>
}

/** What most calls ask for: model `m` of the first provider. */
export const hello: { messages: { role: string; content: string }[] } = { messages: [{ role: 'user', content: 'hello' }] }

export async function openBench(t: TestContext, given: Given = {}): Promise<Bench> {
  const simulators = await openSimulators(given)
  const [[first, upstream] = unreachable('a bench needs a provider')] = Object.entries(simulators)
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-test-'))
  let opened: Gateway | undefined
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= opened?.close() ?? Promise.resolve())
  t.after(async () => {
    await close()
    await Promise.all(Object.values(simulators).map((simulator) => simulator.close()))
    rmSync(directory, { recursive: true, force: true })
  })
  const { gateway, log } = await openFor(given, configure(given, simulators, directory))
  opened = gateway
  const { port } = await gateway.listen()
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    url: `${origin}/v1`,
    port,
    gateway,
    upstream,
    simulators,
    log,
    ask: (body = {}, init = {}) =>
      fetch(`${origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: `${first}/m`, ...hello, ...body }),
        ...init,
      }),
    rows: async () => {
      await close()
      return readCalls(join(directory, 'data', 'keywheel.db'), { limit: 10_000 })
    },
    close,
  }
}

function unreachable(message: string): never {
  throw new Error(message)
}

async function openSimulators({ providers = { alpha: {} }, clock }: Given): Promise<Record<string, Simulator>> {
  const simulators: Record<string, Simulator> = {}
  for (const [name, options] of Object.entries(providers)) {
    simulators[name] = await openSimulator({ models: ['m'], ...(clock !== undefined && { clock }), ...options })
  }
  return simulators
}

async function openFor(given: Given, config: Config): Promise<{ gateway: Gateway; log: Record<string, unknown>[] }> {
  const log: Record<string, unknown>[] = []
  const gateway = await openGateway({
    config: { ...(given.adjust?.(config) ?? config), keepsStandings: given.keepsStandings === true },
    maxInFlight: given.maxInFlight ?? 10_000,
    reachesPrivateMedia: given.reachesPrivateMedia === true,
    logTo: { write: (line) => void log.push(JSON.parse(line)) },
    clock: given.clock ?? systemClock,
    ...(given.chance !== undefined && { chance: given.chance }),
  })
  return { gateway, log }
}

function configure(given: Given, simulators: Readonly<Record<string, Simulator>>, directory: string): Config {
  // Rows of a manual clock's past must outlive the real retention.
  const env: Record<string, string> = { PORT: '0', USAGE_RETENTION_DAYS: '36500' }
  for (const [name, simulator] of Object.entries(simulators)) {
    env[`${name.toUpperCase()}_URL`] = simulator.url
    if (given.yaml !== undefined) continue
    env[`${name.toUpperCase()}_API_BASE`] = simulator.url
    for (const [index, key] of (given.keys?.[name] ?? ['a']).entries()) env[`${name.toUpperCase()}_API_KEY_${index + 1}`] = keyText(key)
  }
  if (given.yaml !== undefined) writeFileSync(join(directory, 'keywheel.yaml'), given.yaml)
  return loadConfig({
    env: { ...env, ...given.env },
    directory,
    flags: {},
    known: knownProviders,
    presets,
  })
}

/** Short names of keys in tests, long enough to be taken for keys. */
export function keyText(name: string): string {
  return `key-${name}-0123456789abcdef`
}
