/** What the gateway counts, as Prometheus reads it. `docs/reference/metrics.md` lists every name. */
import { Gauge, Registry } from 'prom-client'
import type { EventBus, GatewayEvents } from '../domain/events.ts'
import type { CallRecord, Usage } from '../domain/usage.ts'
import { durationHistogram } from './durations.ts'
import type { Durations } from './durations.ts'
import { collectProcessMetrics } from './process-metrics.ts'
import { Tally } from './tally.ts'

/** What is asked for when the metrics are read, rather than counted along the way. */
export interface Gauges {
  /** Calls that were accepted and have not ended. */
  inFlight(): number
  keyStates(): Iterable<{ readonly provider: string; readonly state: string; readonly count: number }>
  /** Lines of the usage journal that wait in memory. */
  usageBacklog?(): number
  /** Lines of the usage journal that were given up. */
  usageDropped?(): number
  /** Log lines that were given up because nobody read them. */
  logDropped?(): number
}

/** Where a label has no value: a call that reached no provider, a failure without a reason. */
const none = 'none'

export class Metrics {
  readonly #registry = new Registry()
  readonly #stopProcessMetrics: () => void
  readonly #calls: Tally
  readonly #refused: Tally
  readonly #attempts: Tally
  readonly #errors: Tally
  readonly #passedThrough: Tally
  readonly #tokens: readonly (readonly [Tally, (usage: Usage) => number])[]
  readonly #firstContent: Durations
  readonly #total: Durations
  readonly #upstream: Durations

  constructor(bus: EventBus, gauges: Gauges) {
    const registry = this.#registry
    const tally = (name: string, help: string, labelNames: readonly string[]): Tally => new Tally({ name, help, labelNames, registry })
    this.#calls = tally('keywheel_calls_total', 'Accepted calls that have ended.', ['operation', 'provider', 'status_class', 'end'])
    this.#refused = tally('keywheel_refused_total', 'Requests that were answered without being accepted as a call.', [
      'status_class',
      'reason',
    ])
    this.#attempts = tally('keywheel_attempts_total', 'Attempts at providers.', ['provider', 'outcome'])
    this.#errors = tally('keywheel_errors_total', 'Attempts that failed, by reason.', ['provider', 'reason'])
    this.#passedThrough = tally('keywheel_passed_through_total', 'Calls whose answer went through untouched.', ['provider'])
    this.#tokens = tokenTallies(tally)
    this.#firstContent = durationHistogram(registry, {
      name: 'keywheel_first_content_seconds',
      help: 'From the start of a call to its first content, or to its whole answer.',
      labelNames: ['operation', 'provider'],
    })
    this.#total = durationHistogram(registry, {
      name: 'keywheel_call_duration_seconds',
      help: 'From the start of a call to its end.',
      labelNames: ['operation', 'provider'],
    })
    this.#upstream = durationHistogram(registry, {
      name: 'keywheel_upstream_seconds',
      help: 'Time of a call that was spent on its provider.',
      labelNames: ['provider'],
    })
    addGauges(registry, gauges)
    this.#stopProcessMetrics = collectProcessMetrics(registry)
    this.#listen(bus)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** The text that Prometheus reads. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Name, type, help and label names of everything that is exported. */
  async describe(): Promise<readonly { readonly name: string; readonly type: string; readonly help: string }[]> {
    const metrics = await this.#registry.getMetricsAsJSON()
    return metrics.map(({ name, type, help }) => ({ name, type: String(type), help }))
  }

  /** Stops the measuring of the event loop. */
  close(): void {
    this.#stopProcessMetrics()
  }

  #listen(bus: EventBus): void {
    bus.on('call.settled', (call) => this.#settled(call))
    bus.on('call.refused', ({ status, reason }) => this.#refused.add(1, classOf(status), reason ?? none))
    bus.on('attempt.failed', (attempt) => this.#attemptFailed(attempt))
    bus.on('attempt.committed', ({ provider }) => this.#attempts.add(1, provider, 'committed'))
  }

  #settled(call: CallRecord): void {
    const { operation, provider = none, usage } = call
    this.#calls.add(1, operation, provider, classOf(call.status), call.end)
    this.#total.observe(call.totalMs, operation, provider)
    if (call.firstContentMs !== undefined) this.#firstContent.observe(call.firstContentMs, operation, provider)
    if (call.upstreamMs !== undefined) this.#upstream.observe(call.upstreamMs, provider)
    if (call.passedThrough === true) this.#passedThrough.add(1, provider)
    if (usage === undefined) return
    for (const [tokens, read] of this.#tokens) tokens.add(read(usage), provider, usage.source)
  }

  #attemptFailed({ provider, reason }: GatewayEvents['attempt.failed']): void {
    this.#attempts.add(1, provider, 'failed')
    this.#errors.add(1, provider, reason ?? none)
  }
}

type NewTally = (name: string, help: string, labelNames: readonly string[]) => Tally

function tokenTallies(tally: NewTally): readonly (readonly [Tally, (usage: Usage) => number])[] {
  const labels = ['provider', 'source']
  return [
    [tally('keywheel_input_tokens_total', 'Input tokens, without those of a prompt cache.', labels), (usage) => usage.inputTokens],
    [tally('keywheel_cache_read_tokens_total', 'Input tokens read from a prompt cache.', labels), (usage) => usage.cacheReadTokens],
    [tally('keywheel_cache_write_tokens_total', 'Input tokens written to a prompt cache.', labels), (usage) => usage.cacheWriteTokens],
    [tally('keywheel_output_tokens_total', 'Output tokens, reasoning included.', labels), (usage) => usage.outputTokens],
    [tally('keywheel_reasoning_tokens_total', 'Reasoning tokens, a part of the output.', labels), (usage) => usage.reasoningTokens],
  ]
}

function addGauges(registry: Registry, gauges: Gauges): void {
  const registers = [registry]
  const simple = (name: string, help: string, read: () => number): void => {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) })
  }
  simple('keywheel_calls_in_flight', 'Accepted calls that have not ended.', () => gauges.inFlight())
  simple('keywheel_usage_backlog_lines', 'Lines of the usage journal that wait in memory.', () => gauges.usageBacklog?.() ?? 0)
  simple(
    'keywheel_usage_dropped_lines',
    'Lines of the usage journal that were given up since the start.',
    () => gauges.usageDropped?.() ?? 0,
  )
  simple('keywheel_log_dropped_lines', 'Log lines that were given up since the start.', () => gauges.logDropped?.() ?? 0)
  const keys = new Gauge({
    name: 'keywheel_keys',
    help: 'Keys by provider and state.',
    labelNames: ['provider', 'state'],
    registers,
    collect() {
      // A state that no key is in any more would keep its last number.
      keys.reset()
      for (const { provider, state, count } of gauges.keyStates()) keys.set({ provider, state }, count)
    },
  })
}

function classOf(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : none
}
