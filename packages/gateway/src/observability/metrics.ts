/** What the gateway counts, as Prometheus reads it. `docs/reference/metrics.md` lists every name. */
import { Gauge, Registry } from 'prom-client'
import type { EventBus } from '../domain/events.ts'
import type { CallRecord, Usage } from '../domain/usage.ts'
import { durationHistogram } from './durations.ts'
import type { Durations, DurationSeries } from './durations.ts'
import { collectProcessMetrics } from './process-metrics.ts'
import { Tally } from './tally.ts'
import type { Series } from './tally.ts'

/** What is asked for when the metrics are read, rather than counted along the way. */
export interface Gauges {
  /** Calls that were accepted and have not ended. */
  inFlight(): number
  keyStates(): Iterable<{ readonly provider: string; readonly state: string; readonly count: number }>
  /** How each provider is. */
  providerStatuses?(): Iterable<{ readonly provider: string; readonly status: string }>
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
  readonly #instruments: Instruments
  /** What is added to, found by the provider's name and then without building a text. */
  readonly #providers = new Map<string, ProviderSeries>()

  constructor(bus: EventBus, gauges: Gauges) {
    this.#instruments = createInstruments(this.#registry)
    addGauges(this.#registry, gauges)
    this.#stopProcessMetrics = collectProcessMetrics(this.#registry)
    this.#listen(bus)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** The text that Prometheus reads. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Everything that is exported. */
  async describe(): Promise<readonly { readonly name: string; readonly type: string; readonly help: string }[]> {
    const metrics = await this.#registry.getMetricsAsJSON()
    return metrics.map(({ name, type, help }) => ({ name, type: String(type), help }))
  }

  /** Stops the measuring of the event loop. */
  close(): void {
    this.#stopProcessMetrics()
  }

  #listen(bus: EventBus): void {
    const { refused, attempts, errors, keyEvents } = this.#instruments
    bus.on('call.settled', ({ record }) => this.#settled(record))
    bus.on('call.served', ({ status, reason }) => refused.series(classOf(status), reason ?? none).add(1))
    bus.on('attempt.committed', ({ provider }) => this.#provider(provider).committed.add(1))
    bus.on('attempt.failed', ({ provider, reason }) => {
      attempts.series(provider, 'failed').add(1)
      errors.series(provider, reason ?? none).add(1)
    })
    for (const event of ['key.rested', 'key.dead'] as const) {
      bus.on(event, ({ provider, why }) => keyEvents.series(provider, event, why).add(1))
    }
    for (const event of ['key.returned', 'key.disabled', 'key.enabled'] as const) {
      bus.on(event, ({ provider }) => keyEvents.series(provider, event, none).add(1))
    }
  }

  #settled(call: CallRecord): void {
    const { operation, provider = none, usage } = call
    const series = this.#provider(provider)
    this.#instruments.calls.series(operation, provider, classOf(call.status), call.end).add(1)
    const durations = this.#durations(series, operation, provider)
    durations.total.observe(call.totalMs)
    durations.firstContent.observe(call.firstContentMs)
    series.upstream.observe(call.upstreamMs)
    if (call.passedThrough === true) series.passedThrough.add(1)
    else if (call.passedThrough === false) this.#instruments.translated.series(provider, call.dialect).add(1)
    if (usage !== undefined) addTokens(series[usage.source], usage)
  }

  #provider(provider: string): ProviderSeries {
    const found = this.#providers.get(provider)
    if (found !== undefined) return found
    const { attempts, passedThrough, upstream, tokens } = this.#instruments
    const series: ProviderSeries = {
      committed: attempts.series(provider, 'committed'),
      passedThrough: passedThrough.series(provider),
      upstream: upstream.series(provider),
      provider: tokenSeries(tokens, provider, 'provider'),
      estimated: tokenSeries(tokens, provider, 'estimated'),
      durations: new Map(),
    }
    this.#providers.set(provider, series)
    return series
  }

  #durations({ durations }: ProviderSeries, operation: string, provider: string): CallDurations {
    const found = durations.get(operation)
    if (found !== undefined) return found
    const { total, firstContent } = this.#instruments
    const bound = { total: total.series(operation, provider), firstContent: firstContent.series(operation, provider) }
    durations.set(operation, bound)
    return bound
  }
}

interface CallDurations {
  readonly total: DurationSeries
  readonly firstContent: DurationSeries
}

interface ProviderSeries {
  readonly committed: Series
  readonly passedThrough: Series
  readonly upstream: DurationSeries
  /** Tokens that the provider counted. */
  readonly provider: Tokens<Series>
  readonly estimated: Tokens<Series>
  readonly durations: Map<string, CallDurations>
}

interface Tokens<Of> {
  readonly input: Of
  readonly cacheRead: Of
  readonly cacheWrite: Of
  readonly output: Of
  readonly reasoning: Of
}

interface Instruments {
  readonly calls: Tally
  readonly refused: Tally
  readonly attempts: Tally
  readonly errors: Tally
  readonly keyEvents: Tally
  readonly passedThrough: Tally
  readonly translated: Tally
  readonly tokens: Tokens<Tally>
  readonly total: Durations
  readonly firstContent: Durations
  readonly upstream: Durations
}

function createInstruments(registry: Registry): Instruments {
  const tally = (name: string, help: string, labelNames: readonly string[]): Tally => new Tally({ name, help, labelNames, registry })
  const tokens = (name: string, help: string): Tally => tally(`keywheel_${name}_tokens_total`, help, ['provider', 'source'])
  const durations = (name: string, help: string, labelNames: readonly string[]): Durations =>
    durationHistogram(registry, { name, help, labelNames })
  return {
    calls: tally('keywheel_calls_total', 'Accepted calls that have ended.', ['operation', 'provider', 'status_class', 'end']),
    refused: tally('keywheel_served_total', 'Requests that were answered without being accepted as a call.', ['status_class', 'reason']),
    attempts: tally('keywheel_attempts_total', 'Attempts at providers.', ['provider', 'outcome']),
    errors: tally('keywheel_errors_total', 'Attempts that failed, by reason.', ['provider', 'reason']),
    keyEvents: tally('keywheel_key_events_total', 'What became of keys.', ['provider', 'event', 'reason']),
    passedThrough: tally('keywheel_passed_through_total', 'Calls whose answer went through untouched.', ['provider']),
    translated: tally('keywheel_translated_total', 'Calls whose answer was translated.', ['provider', 'dialect']),
    tokens: {
      input: tokens('input', 'Input tokens, without those of a prompt cache.'),
      cacheRead: tokens('cache_read', 'Input tokens read from a prompt cache.'),
      cacheWrite: tokens('cache_write', 'Input tokens written to a prompt cache.'),
      output: tokens('output', 'Output tokens, reasoning included.'),
      reasoning: tokens('reasoning', 'Reasoning tokens, a part of the output.'),
    },
    total: durations('keywheel_call_duration_seconds', 'From the start of a call to its end.', ['operation', 'provider']),
    firstContent: durations('keywheel_first_content_seconds', 'From the start of a call to its first content, or to its whole answer.', [
      'operation',
      'provider',
    ]),
    upstream: durations('keywheel_upstream_seconds', 'Time of a call that was spent on its provider.', ['provider']),
  }
}

function tokenSeries(tallies: Tokens<Tally>, provider: string, source: Usage['source']): Tokens<Series> {
  return {
    input: tallies.input.series(provider, source),
    cacheRead: tallies.cacheRead.series(provider, source),
    cacheWrite: tallies.cacheWrite.series(provider, source),
    output: tallies.output.series(provider, source),
    reasoning: tallies.reasoning.series(provider, source),
  }
}

function addTokens(series: Tokens<Series>, usage: Usage): void {
  series.input.add(usage.inputTokens)
  series.cacheRead.add(usage.cacheReadTokens)
  series.cacheWrite.add(usage.cacheWriteTokens)
  series.output.add(usage.outputTokens)
  series.reasoning.add(usage.reasoningTokens)
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
  const statuses = new Gauge({
    name: 'keywheel_provider_status',
    help: '1 for the status that the provider has.',
    labelNames: ['provider', 'status'],
    registers,
    collect() {
      statuses.reset()
      for (const { provider, status } of gauges.providerStatuses?.() ?? []) statuses.set({ provider, status }, 1)
    },
  })
}

function classOf(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : none
}
