import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { answer, closedPort, faults, rateLimited, serverError } from '@keywheel/simulator'
import type { Reply } from '@keywheel/simulator'
import type { Config } from '../src/config/config.ts'
import { openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'
import { metricIn } from './process/metrics.ts'
import { until } from './process/until.ts'

const chainOf = (alphaUrl = '${ALPHA_URL}', patienceMs = 30_000): string => `
providers:
  alpha: { base_url: "${alphaUrl}", keys: [key-alpha-000000001], timeouts: { first_byte_ms: ${patienceMs}, whole_first_byte_ms: ${patienceMs} } }
  beta: { base_url: "\${BETA_URL}", keys: [key-beta-0000000001] }
virtual_models:
  mix:
    fallback_chain:
      - { provider: alpha, model: m, priority: 1 }
      - { provider: beta, model: m, priority: 2 }
`

/** One try for each key: what is tested here is the way to the next provider. */
const once = (config: Config): Config => ({ ...config, retry: { ...config.retry, maxAttemptsPerKey: 1 } })

const ofBeta = answer({ text: 'Beta says {prompt}' })

async function openChain(t: TestContext, given: Given = {}): Promise<Bench> {
  const bench = await openBench(t, {
    yaml: chainOf(),
    providers: { alpha: {}, beta: { otherKeys: { reply: ofBeta } } },
    adjust: once,
    ...given,
  })
  return bench
}

function attemptsIn(text: string): string[] {
  const attempts = JSON.parse(text) as readonly { provider: string; reason?: string; status?: number }[]
  return attempts.map(({ provider, reason = 'answered', status = '' }) => `${provider} ${reason} ${status}`.trim())
}

/** A call is counted once its last byte is out, which its caller may notice a moment earlier. */
function settledMetrics({ origin }: Bench): Promise<string> {
  return until('the call to be counted', async () => {
    const text = await (await fetch(`${origin}/metrics`)).text()
    return metricIn(text, 'keywheel_calls_total') > 0 && text
  })
}

interface Trouble {
  readonly name: string
  readonly alpha: Reply
  readonly attempt: string
  /** How long alpha is waited for. */
  readonly patienceMs?: number
}

const troubles: readonly Trouble[] = [
  { name: 'says 500', alpha: serverError(), attempt: 'alpha upstream-broken 500' },
  { name: 'is rate limited', alpha: rateLimited({ afterSeconds: 30 }), attempt: 'alpha rate-limited 429' },
  { name: 'is slow', alpha: answer({ firstByteMs: 60_000 }), attempt: 'alpha timed-out', patienceMs: 60 },
  { name: 'resets the connection', alpha: { is: 'wire', steps: [{ do: 'reset' }] }, attempt: 'alpha upstream-broken' },
]

for (const { name, alpha, attempt, patienceMs } of troubles) {
  for (const stream of [false, true]) {
    test(`when the first provider ${name}, the second gives the ${stream ? 'streamed' : 'whole'} answer`, async (t) => {
      const bench = await openChain(t, { yaml: chainOf(undefined, patienceMs) })
      bench.upstream.script('*', alpha)
      const response = await bench.ask({ model: 'mix', stream })
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('x-keywheel-provider'), 'beta')
      assert.equal(response.headers.get('x-keywheel-attempts'), '2')
      assert.match(await response.text(), /Beta/)
      const metrics = await settledMetrics(bench)
      const [, reason = ''] = attempt.split(' ')
      assert.equal(metricIn(metrics, 'keywheel_errors_total', { provider: 'alpha', reason }), 1)
      assert.equal(metricIn(metrics, 'keywheel_attempts_total', { provider: 'beta', outcome: 'committed' }), 1)
      assert.equal(metricIn(metrics, 'keywheel_calls_total', { provider: 'beta', status_class: '2xx' }), 1)
      const [row, ...more] = await bench.rows()
      assert.deepEqual(attemptsIn(row?.attempts ?? ''), [attempt, 'beta answered'])
      assert.deepEqual([row?.end, row?.provider, row?.route, more.length], ['answered', 'beta', 'mix', 0])
    })
  }
}

test('when nobody listens at the first provider, the second answers', async (t) => {
  const bench = await openChain(t, { yaml: chainOf(`http://127.0.0.1:${await closedPort()}/v1`) })
  const response = await bench.ask({ model: 'mix' })
  assert.equal(response.headers.get('x-keywheel-provider'), 'beta')
  const [row] = await bench.rows()
  assert.deepEqual(attemptsIn(row?.attempts ?? ''), ['alpha unreachable', 'beta answered'])
})

test('a stream that is cut before its first content moves on; one that is cut in the middle says so and ends unfinished', async (t) => {
  const bench = await openChain(t)
  bench.upstream.script('*', faults.F35.reply({ events: 0 }), faults.F35.reply({ events: 3 }))
  const moved = await bench.ask({ model: 'mix', stream: true })
  assert.equal(moved.headers.get('x-keywheel-provider'), 'beta')
  assert.match(await moved.text(), /\[DONE\]/)
  const cut = await bench.ask({ model: 'mix', stream: true })
  assert.equal(cut.headers.get('x-keywheel-provider'), 'alpha')
  let heard = ''
  await assert.rejects(async () => {
    for await (const bytes of cut.body ?? []) heard += Buffer.from(bytes).toString()
  })
  assert.match(heard, /"content"[^]*data: \{"error":\{[^]*\}\n\n$/)
  assert.doesNotMatch(heard, /\[DONE\]|Beta/)
  await until('the slot', () => bench.gateway.keyring.inFlight === 0)
  const last = (await bench.rows()).find(({ end }) => end !== 'answered')
  assert.deepEqual([last?.end, last?.status, last?.reason, last?.provider], ['broken', 200, 'truncated', 'alpha'])
})

test('a provider that has come back is tried by exactly one call, and has all of them again half a minute later', async (t) => {
  const clock = new ManualClock()
  const bench = await openChain(t, { clock, chance: () => 0.5 })
  const ask = async (): Promise<string> => {
    const response = await bench.ask({ model: 'mix' })
    await response.text()
    return `${response.status} ${response.headers.get('x-keywheel-provider')}`
  }
  bench.upstream.script('*', serverError())
  for (let call = 0; call < 5; call++) assert.equal(await ask(), '200 beta')
  assert.equal(bench.upstream.calls.length, 3, 'it rests from its third fault in a row on')
  clock.advance(9999)
  assert.equal(await ask(), '200 beta')
  assert.equal(bench.upstream.calls.length, 3)
  clock.advance(2)
  const probed = Promise.withResolvers<void>()
  const held: Reply = { is: 'wire', steps: [{ do: 'hold', until: probed.promise }, { do: 'write', bytes: wholeAnswer() }, { do: 'keep' }] }
  bench.upstream.script('*', held, answer())
  const probe = ask()
  await bench.upstream.seen(4)
  assert.deepEqual(await Promise.all([ask(), ask(), ask(), ask()]), Array(4).fill('200 beta'))
  assert.equal(bench.upstream.calls.length, 4, 'one probe')
  probed.resolve()
  assert.equal(await probe, '200 alpha')
  assert.equal(await ask(), '200 beta', 'its load comes back in steps')
  clock.advance(30_001)
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), Array(3).fill('200 alpha'))
})

function wholeAnswer(): string {
  const body = JSON.stringify({
    id: 'probe',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'back' }, finish_reason: 'stop' }],
  })
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

test('a provider that stays dead rests 10, 20, 40, 80, 160 and then 300 seconds, with one probe after each', async (t) => {
  const clock = new ManualClock()
  const bench = await openChain(t, { clock, chance: () => 0.5 })
  bench.upstream.script('*', serverError())
  const restOf = async (): Promise<number> => {
    const stats = (await (await fetch(`${bench.url}/quota-stats`)).json()) as Stats
    return stats.providers['alpha']?.targets['m']?.remaining_seconds ?? 0
  }
  for (let call = 0; call < 3; call++) await (await bench.ask({ model: 'mix' })).text()
  for (const [index, seconds] of [10, 20, 40, 80, 160, 300, 300].entries()) {
    assert.equal(Math.round(await restOf()), seconds)
    assert.equal(bench.upstream.calls.length, 3 + index)
    clock.advance(300_001)
    await (await bench.ask({ model: 'mix' })).text()
  }
})

interface Stats {
  readonly providers: Readonly<Record<string, { readonly targets: Readonly<Record<string, { readonly remaining_seconds?: number }>> }>>
}

test('when every provider fails, the caller gets one honest error and the row all attempts', async (t) => {
  const bench = await openChain(t)
  bench.upstream.script('*', serverError())
  bench.simulators['beta']?.script('*', serverError(503))
  const response = await bench.ask({ model: 'mix', stream: true })
  const body = (await response.json()) as { error: { type: string; message: string } }
  assert.equal(response.status, 503)
  assert.equal(body.error.type, 'proxy_all_credentials_exhausted')
  const [row] = await bench.rows()
  assert.deepEqual([row?.end, row?.status], ['failed', 503])
  assert.equal(attemptsIn(row?.attempts ?? '').length, 2)
})
