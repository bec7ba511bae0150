import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { EventBus } from '../domain/events.ts'
import { settledCall } from '../domain/usage.ts'
import type { CallRecord } from '../domain/usage.ts'
import { durationBuckets } from './durations.ts'
import { Metrics } from './metrics.ts'

function openMetrics(t: TestContext) {
  const bus = new EventBus((error) => assert.fail(String(error)))
  const states = { resting: 1 }
  const metrics = new Metrics(bus, {
    inFlight: () => 3,
    keyStates: () => Object.entries(states).map(([state, count]) => ({ provider: 'groq', state, count })),
    providerStatuses: () => [{ provider: 'groq', status: 'healthy' }],
    usageBacklog: () => 7,
  })
  t.after(() => metrics.close())
  return { bus, metrics, states, lines: async () => (await metrics.render()).split('\n') }
}

const call: CallRecord = {
  id: 'req_1',
  startedAt: 0,
  operation: 'chat',
  dialect: 'openai-chat',
  asked: 'anything-a-client-writes',
  stream: false,
  caller: 'c1',
  end: 'answered',
  status: 200,
  provider: 'groq',
  totalMs: 900,
  upstreamMs: 850,
  firstContentMs: 120,
  passedThrough: true,
  usage: { inputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 1, outputTokens: 20, reasoningTokens: 3, source: 'provider' },
  attempts: [],
}

const attempt = { callId: 'req_1', provider: 'groq', model: 'llama', keyId: 'k1', startedAfterMs: 0, tookMs: 1 }

function traffic(bus: EventBus): void {
  bus.emit('call.settled', settledCall(call))
  bus.emit('call.settled', settledCall(call))
  bus.emit('call.settled', settledCall({ ...call, operation: 'embed', provider: 'mine', status: 503, end: 'failed', passedThrough: false }))
  bus.emit('call.served', { id: 'req_2', method: 'GET', path: '/x', status: 404, totalMs: 1 })
  bus.emit('attempt.committed', attempt)
  bus.emit('attempt.failed', { ...attempt, reason: 'rate-limited', message: '' })
  const key = { provider: 'groq', keyId: 'k1', keyLabel: 'gsk_…1111' }
  bus.emit('key.rested', { ...key, model: 'llama', why: 'rate-limited', forMs: 1000, source: 'hint' })
  bus.emit('key.returned', { ...key, model: 'llama' })
  bus.emit('key.dead', { ...key, why: 'key-rejected', forMs: 1000 })
  bus.emit('key.disabled', { ...key, by: 'operator' })
  bus.emit('key.enabled', { ...key, by: 'operator' })
}

test('scripted traffic gives these numbers, also when they are read twice', async (t) => {
  const { bus, lines } = openMetrics(t)
  traffic(bus)
  await lines()
  const read = await lines()
  for (const line of [
    'keywheel_calls_total{operation="chat",provider="groq",status_class="2xx",end="answered"} 2',
    'keywheel_calls_total{operation="embed",provider="mine",status_class="5xx",end="failed"} 1',
    'keywheel_served_total{status_class="4xx",reason="none"} 1',
    'keywheel_attempts_total{provider="groq",outcome="committed"} 1',
    'keywheel_attempts_total{provider="groq",outcome="failed"} 1',
    'keywheel_errors_total{provider="groq",reason="rate-limited"} 1',
    'keywheel_key_events_total{provider="groq",event="key.rested",reason="rate-limited"} 1',
    'keywheel_key_events_total{provider="groq",event="key.returned",reason="none"} 1',
    'keywheel_key_events_total{provider="groq",event="key.dead",reason="key-rejected"} 1',
    'keywheel_key_events_total{provider="groq",event="key.disabled",reason="none"} 1',
    'keywheel_key_events_total{provider="groq",event="key.enabled",reason="none"} 1',
    'keywheel_input_tokens_total{provider="groq",source="provider"} 20',
    'keywheel_cache_read_tokens_total{provider="groq",source="provider"} 10',
    'keywheel_cache_write_tokens_total{provider="groq",source="provider"} 2',
    'keywheel_output_tokens_total{provider="groq",source="provider"} 40',
    'keywheel_reasoning_tokens_total{provider="groq",source="provider"} 6',
    'keywheel_passed_through_total{provider="groq"} 2',
    'keywheel_call_duration_seconds_count{operation="chat",provider="groq"} 2',
    'keywheel_call_duration_seconds_sum{operation="chat",provider="groq"} 1.8',
    'keywheel_keys{provider="groq",state="resting"} 1',
    'keywheel_calls_in_flight 3',
    'keywheel_usage_backlog_lines 7',
  ]) {
    assert.ok(read.includes(line), line)
  }
})

test('what a client writes is no label, and a junk duration is not counted', async (t) => {
  const { bus, metrics } = openMetrics(t)
  const { provider: _provider, ...unplaced } = call
  bus.emit('call.settled', settledCall({ ...unplaced, totalMs: Number.NaN, firstContentMs: -1 }))
  const text = await metrics.render()
  assert.doesNotMatch(text, /anything-a-client-writes|req_1/)
  assert.match(text, /keywheel_calls_total\{operation="chat",provider="none",status_class="2xx",end="answered"\} 1/)
  assert.doesNotMatch(text, /call_duration_seconds_count\{/)
})

test('a state that no key is in any more disappears', async (t) => {
  const { metrics, states } = openMetrics(t)
  await metrics.render()
  states.resting = 0
  assert.match(await metrics.render(), /keywheel_keys\{provider="groq",state="resting"\} 0/)
})

test('quantiles read from the buckets are off by one bucket at most', async (t) => {
  const { bus, metrics } = openMetrics(t)
  const seconds = Array.from({ length: 2000 }, (_, index) => 0.02 * 1.003 ** index)
  for (const total of seconds) bus.emit('call.settled', settledCall({ ...call, totalMs: total * 1000 }))
  const text = await metrics.render()
  const buckets = [...text.matchAll(/keywheel_call_duration_seconds_bucket\{le="([^"]+)",[^}]*\} (\d+)/g)].map((found) => ({
    upTo: Number(found[1]),
    count: Number(found[2]),
  }))
  for (const quantile of [0.5, 0.95, 0.99]) {
    const exact = seconds[Math.ceil(quantile * seconds.length) - 1] ?? 0
    const upTo = buckets.find((bucket) => bucket.count >= quantile * seconds.length)?.upTo ?? Infinity
    const below = durationBuckets[durationBuckets.indexOf(upTo) - 1] ?? 0
    assert.ok(exact <= upTo && exact > below, `p${quantile * 100} ${exact} is not in ${below}..${upTo}`)
  }
})

test('the documentation lists every metric with its type and labels, and no other', async (t) => {
  const { bus, metrics } = openMetrics(t)
  traffic(bus)
  const text = await metrics.render()
  const exported = (await metrics.describe()).map(({ name, type }) => `${name} ${type} ${labelsIn(text, name)}`)
  const page = readFileSync(new URL('../../../../docs/reference/metrics.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `([a-z_]+)` *\| (\w+) *\|([^|]*)\|/gm)].map(
    ([, name, type, labels]) => `${name} ${type} ${[...(labels ?? '').matchAll(/`(\w+)`/g)].map((found) => found[1]).join(',')}`,
  )
  assert.deepEqual(documented.toSorted(), exported.toSorted())
})

function labelsIn(text: string, name: string): string {
  const labels = new RegExp(`^${name}(?:_bucket)?\\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? ''
  return [...labels.matchAll(/(\w+)="/g)]
    .map((found) => found[1])
    .filter((label) => label !== 'le')
    .join(',')
}
