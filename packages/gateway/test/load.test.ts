import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answer, overloaded, rateLimited } from '@keywheel/simulator'
import type { Reply, SimulatorOptions } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { fastClock } from './process/fast-clock.ts'
import { assertEachAnswered, runLoad, tellingText, timesIn } from './process/load.ts'
import { metricIn } from './process/metrics.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

const chain = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", keys: [key-alpha-000000001, key-alpha-000000002, key-alpha-000000003] }
  beta: { base_url: "\${BETA_URL}", keys: [key-beta-0000000001, key-beta-0000000002] }
virtual_models:
  mix:
    fallback_chain:
      - { provider: alpha, model: m, priority: 1 }
      - { provider: beta, model: m, priority: 2 }
`

/** In the simulated milliseconds of `fastClock`. */
const good = answer({ text: tellingText, firstByteMs: { min: 200, max: 1000 }, everyMs: { min: 0, max: 50 } })

interface Scene {
  readonly bench: Bench
  readonly caller: Caller
}

async function openScene(t: TestContext, alpha: SimulatorOptions, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const bench = await openBench(t, {
    yaml: chain,
    env: { LOG_LEVEL: 'silent', ...env },
    providers: { alpha: { rememberCalls: 10, ...alpha }, beta: { rememberCalls: 10, otherKeys: { reply: good } } },
    clock: fastClock(50),
    // Time runs fifty times faster than the work; waiting itself is not what is tested here.
    adjust: (config) => ({
      ...config,
      server: { ...config.server, earlyCommitMs: 0 },
      timeouts: {
        ...config.timeouts,
        connectMs: 60_000,
        firstByteMs: 600_000,
        wholeFirstByteMs: 600_000,
        idleMs: 600_000,
        deadlineMs: 3_600_000,
      },
    }),
  })
  const caller = openCaller(bench.origin)
  t.after(() => caller.close())
  return { bench, caller }
}

/** Good, then dead, then limited, then good again: each as long as a test needs it, counted in what alpha replied. */
class Troubled {
  #phase: 'good' | 'dead' | 'limited' | 'recovered' = 'good'
  #replies = 0

  get hasRecovered(): boolean {
    return this.#phase === 'recovered'
  }

  die(): void {
    if (this.#phase === 'good') this.#begin('dead')
  }

  reply = (): Reply => {
    this.#replies += 1
    switch (this.#phase) {
      case 'good':
      case 'recovered':
        return good
      case 'dead':
        if (this.#replies === 6) this.#begin('limited')
        return this.#replies % 2 === 0 ? overloaded() : { is: 'wire', steps: [{ do: 'reset' }] }
      case 'limited':
        if (this.#replies === 3) this.#begin('recovered')
        return rateLimited({ afterSeconds: 1 })
    }
  }

  #begin(phase: 'dead' | 'limited' | 'recovered'): void {
    this.#phase = phase
    this.#replies = 0
  }
}

function activeResources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout|Immediate|Message|Worker/.test(name))
    .toSorted()
}

for (const concurrency of [100, 500]) {
  test(`of ${concurrency} callers at once, none notices that the first provider dies, limits and comes back`, async (t) => {
    const before = activeResources()
    const alpha = new Troubled()
    const { bench, caller } = await openScene(t, { otherKeys: { reply: alpha.reply } })
    let answered = 0
    let backAtAlpha = 0
    const endsAt = performance.now() + 60_000
    const asked = await runLoad({
      caller,
      model: 'mix',
      concurrency,
      goesOn: () => (answered < 3 * concurrency || backAtAlpha < 5) && answered < 9000 && performance.now() < endsAt,
      heard: ({ headers }) => {
        if (++answered === concurrency) alpha.die()
        if (alpha.hasRecovered && headers['x-keywheel-provider'] === 'alpha') backAtAlpha += 1
      },
    })
    t.diagnostic(`the first ${concurrency} calls: ${timesIn(asked.slice(0, concurrency))}`)
    t.diagnostic(`the other ${asked.length - concurrency}: ${timesIn(asked.slice(concurrency))}`)
    assertEachAnswered(asked)
    assert.ok(backAtAlpha >= 5, 'alpha answers again once it has recovered')
    await until('all slots', () => bench.gateway.keyring.inFlight === 0)
    await assertCounted(bench, asked.length)
    caller.close()
    const rows = await bench.rows()
    assert.equal(rows.length, asked.length)
    const rowById = new Map(rows.map((row) => [row.id, row]))
    for (const { heard } of asked) {
      const row = rowById.get(String(heard.headers['x-request-id']))
      assert.equal(row?.end, 'answered')
      assert.equal(row?.provider, heard.headers['x-keywheel-provider'])
      assert.equal((JSON.parse(row?.attempts ?? '[]') as unknown[]).length, Number(heard.headers['x-keywheel-attempts']))
    }
    await Promise.all(Object.values(bench.simulators).map((simulator) => simulator.close()))
    await until(`no timer and no socket to be left: ${activeResources().join()}`, () => activeResources().length <= before.length)
  })
}

/** The metrics agree with what callers saw. */
async function assertCounted(bench: Bench, calls: number): Promise<void> {
  const metrics = await (await fetch(`${bench.origin}/metrics`)).text()
  assert.equal(metricIn(metrics, 'keywheel_calls_total'), calls)
  assert.equal(metricIn(metrics, 'keywheel_calls_total', { end: 'answered' }), calls)
  assert.equal(metricIn(metrics, 'keywheel_attempts_total', { outcome: 'committed' }), calls)
  assert.equal(metricIn(metrics, 'keywheel_calls_in_flight'), 0)
  const errors = (reason: string): number => metricIn(metrics, 'keywheel_errors_total', { provider: 'alpha', reason })
  assert.ok(errors('overloaded') >= 3)
  assert.ok(errors('rate-limited') >= 1)
  assert.equal(metricIn(metrics, 'keywheel_errors_total', { provider: 'beta' }), 0)
}

test('one who leaves in the middle, among 100 others, changes nothing for them', async (t) => {
  const { bench, caller } = await openScene(t, { otherKeys: { reply: good } })
  bench.simulators['beta']?.script('*', answer({ text: tellingText, firstByteMs: 0, everyMs: 5000 }))
  const leaver = openCaller(bench.origin)
  t.after(() => leaver.close())
  let left = 0
  const leaving = async (): Promise<void> => {
    const sent = leaver.send('/v1/chat/completions', question('I leave', { model: 'beta/m', stream: true }))
    await sent.begun
    sent.leave()
    assert.equal((await sent.heard).complete, false)
    left += 1
  }
  const [asked] = await Promise.all([
    runLoad({ caller, model: 'alpha/m', concurrency: 100, goesOn: (answered) => answered < 300 || left < 3 }),
    leaving().then(leaving).then(leaving),
  ])
  assertEachAnswered(asked)
  await until('the slots of those who left', () => bench.gateway.keyring.inFlight === 0)
  const rows = await bench.rows()
  assert.equal(rows.length, asked.length + 3)
  assert.equal(rows.filter(({ end }) => end === 'cancelled').length, 3)
  assert.equal(rows.filter(({ end }) => end === 'answered').length, asked.length)
})

test('one who reads slowly, among 100 others, holds up nobody and still gets all of its answer', async (t) => {
  const words = 30_000
  const { bench, caller } = await openScene(t, { otherKeys: { reply: good } })
  bench.simulators['beta']?.script('*', answer({ tokens: words }))
  const body = JSON.stringify(question('slowly', { model: 'beta/m', stream: true }))
  const socket = connect(bench.port, '127.0.0.1').pause()
  t.after(() => socket.destroy())
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  await until('the slow call to run', () => bench.gateway.keyring.inFlight === 1)
  const asked = await runLoad({ caller, model: 'alpha/m', concurrency: 100, goesOn: (answered) => answered < 300 })
  assertEachAnswered(asked)
  let received = ''
  socket
    .setEncoding('latin1')
    .on('data', (text: string) => (received += text))
    .resume()
  await until('the slow answer', () => socket.readableEnded, 20_000)
  assert.ok(received.endsWith('\r\n0\r\n\r\n'))
  const contents = [...received.matchAll(/"content":" ?w(\d+)"/g)].map(([, number]) => Number(number))
  assert.deepEqual(
    contents,
    Array.from({ length: words }, (_, index) => index),
  )
  assert.equal((await bench.rows()).filter(({ end }) => end === 'answered').length, asked.length + 1)
})

test('memory does not grow with the number of calls', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { bench, caller } = await openScene(t, { otherKeys: { reply: answer({ text: tellingText }) } })
  const work = async (calls: number): Promise<void> => {
    const asked = await runLoad({ caller, model: 'mix', concurrency: 100, goesOn: (answered) => answered < calls })
    assert.equal(
      asked.every(({ heard }) => saidIn(heard).finished),
      true,
    )
  }
  const heapAfter = async (calls: number): Promise<number> => {
    await work(calls)
    await until('all slots', () => bench.gateway.keyring.inFlight === 0)
    collect()
    return process.memoryUsage().heapUsed
  }
  const first = await heapAfter(600)
  const second = await heapAfter(600)
  const third = await heapAfter(1800)
  t.diagnostic(`heap after 600 calls ${megabytes(first)}, after 1200 ${megabytes(second)}, after 3000 ${megabytes(third)}`)
  assert.ok(third - second < 3e6, `${megabytes(third - second)} more after 1800 calls`)
})

test('calls that are cut because the gateway closes leave a row each', async (t) => {
  const { bench, caller } = await openScene(t, { otherKeys: { reply: heldStream(new Promise(() => undefined)) } })
  const sent = Array.from({ length: 50 }, (_, index) =>
    caller.send('/v1/chat/completions', question(`q${index}`, { model: 'alpha/m', stream: true })),
  )
  await Promise.all(sent.map(({ begun }) => begun))
  const rows = await bench.rows()
  for (const { complete, body } of await Promise.all(sent.map(({ heard }) => heard))) {
    assert.equal(complete, false)
    assert.doesNotMatch(body, /\[DONE\]/)
  }
  assert.equal(rows.length, 50)
  assert.equal(bench.gateway.keyring.inFlight, 0)
})

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
