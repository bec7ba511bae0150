/** A gateway in front of one provider or a chain of two, and what must be so when a test is over. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { KeySnapshot } from '@keywheel/keyring'
import type { Simulator } from '@keywheel/simulator'
import type { ChatDialectName } from '../../src/domain/chat-dialects.ts'
import { hello, keyText, openBench } from '../harness.ts'
import type { Bench, Given } from '../harness.ts'
import { RawCall } from './raw-call.ts'
import type { RawAnswer } from './raw-call.ts'
import { until } from './until.ts'

export interface Stand extends Bench {
  readonly clock: ManualClock
  /** The first provider of the chain. */
  readonly alpha: Simulator
  /** The second. */
  readonly beta: Simulator
  /** Begins a call; `chain` unless the body names a model. */
  begin(body?: object, headers?: Readonly<Record<string, string>>): RawCall
  /** Asks and waits for the end. */
  hear(body?: object): Promise<RawAnswer>
  /** The names of the keys that a provider has seen, in order. */
  keysSeen(provider: 'alpha' | 'beta'): readonly string[]
  key(name: string, provider?: 'alpha' | 'beta'): KeySnapshot
}

export interface StandGiven extends Omit<Given, 'yaml' | 'providers' | 'clock'> {
  /** Lines of keywheel.yaml before the providers, such as `timeouts: { idle_ms: 5000 }`. */
  readonly settings?: string
  /** Fields of provider alpha. */
  readonly alpha?: string
  readonly keys?: { readonly alpha?: readonly string[]; readonly beta?: readonly string[] }
  /** What both providers speak; OpenAI's chat by default. */
  readonly dialect?: ChatDialectName
}

/** What the caller sees and what is tried does not wait: pauses are drawn as zero and providers are asked at once. */
export async function openStand(t: TestContext, given: StandGiven = {}): Promise<Stand> {
  // Rows older than the retention are forgotten by the writer, whose clock is the real one.
  const clock = new ManualClock(Date.now())
  const { settings = '', alpha = '', keys, dialect = 'openai-chat', adjust = (config) => config, ...rest } = given
  const bench = await openBench(t, {
    chance: () => 0,
    ...rest,
    clock,
    // Standings are written a moment after they have changed: a timer that no call has left behind.
    adjust: (config) => adjust({ ...config, keepsStandings: false }),
    providers: { alpha: {}, beta: {} },
    yaml: `${settings}\n${yamlOf({ alpha, keys, dialect })}`,
  })
  const simulators = bench.simulators as { alpha: Simulator; beta: Simulator }
  const begin: Stand['begin'] = (body, headers = {}) => new RawCall(bench.port, { body: { model: 'chain', ...hello, ...body }, headers })
  return {
    ...bench,
    ...simulators,
    clock,
    begin,
    hear: (body) => hearOut(begin(body), clock),
    keysSeen: (provider) => simulators[provider].calls.map(({ key = '' }) => nameOf(key)),
    key: (name, provider = 'alpha') => snapshotOf(bench, provider, name),
  }
}

/** Pauses of no length are timers all the same: they are let pass while the call goes on. */
export async function hearOut(call: RawCall, clock: ManualClock): Promise<RawAnswer> {
  await until(() => {
    if (clock.untilNext === 0) clock.advance(0)
    return call.isClosed || call.soFar?.finished === true
  })
  return call.ended()
}

interface Written {
  readonly alpha: string
  readonly keys: StandGiven['keys']
  readonly dialect: ChatDialectName
}

function yamlOf({ alpha, keys, dialect }: Written): string {
  const both = `rotation: sequential, dialect: ${dialect}`
  return `providers:
  alpha: { base_url: "\${ALPHA_URL}", ${both}, keys: [${list(keys?.alpha ?? ['a'])}], ${alpha} }
  beta: { base_url: "\${BETA_URL}", ${both}, keys: [${list(keys?.beta ?? ['z'])}] }
virtual_models:
  chain: { fallback_chain: [{ provider: alpha, model: m }, { provider: beta, model: m }] }
`
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${keyText(name)}"`).join(', ')
}

function nameOf(key: string): string {
  return key.replace(/^key-/, '').replace(/-0123456789abcdef$/, '')
}

function snapshotOf(bench: Bench, provider: string, name: string): KeySnapshot {
  const id = createHash('sha256').update(keyText(name)).digest('hex').slice(0, 12)
  const pool = bench.gateway.keyring.snapshot().find((each) => each.name === provider)
  const found = pool?.keys.find((key) => key.id === id)
  if (found === undefined) throw new Error(`${provider} has no key ${name}`)
  return found
}

/** How long a key rests for model `m`, in seconds; the whole key's rest where it has one. Undefined: it is ready. */
export function restOf({ state, models }: KeySnapshot, clock: ManualClock): number | undefined {
  const states = [state, ...Object.values(models).map((model) => model.state)]
  const ends = states.flatMap((each) => (each.is === 'resting' || each.is === 'dead' ? [each.until - clock.now()] : []))
  return ends.length === 0 ? undefined : Math.max(...ends) / 1000
}

/**
 * Nothing is left over: no slot is taken, the gauges say so, and each call has one row. Rows are told as
 * `end status reason-or-terminator`, the oldest first. Closes the gateway.
 */
export async function leaves(bench: Bench, ...rows: readonly string[]): Promise<void> {
  await until(() => bench.gateway.keyring.inFlight === 0)
  for (const { keys } of bench.gateway.keyring.snapshot()) for (const { inFlight } of keys) assert.equal(inFlight, 0)
  const metrics = await (await fetch(`${bench.origin}/metrics`)).text()
  assert.match(metrics, /^keywheel_calls_in_flight 0$/m)
  const kept = (await bench.rows()).toSorted((left, right) => (left.id < right.id ? -1 : 1))
  assert.deepEqual(
    kept.map(({ end, status, reason, terminator }) => `${end} ${status} ${reason ?? terminator}`),
    rows,
  )
}
