/** How much a pool is asked again while it fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, breathe, failure, poolOf } from '../harness.test.ts'
import type { Outcome } from '../pursued.ts'

const chain = [
  { pool: 'pool', model: 'm' },
  { pool: 'spare', model: 'n' },
]

test('retries beyond the budget are not made: the chain goes on instead (R2)', async () => {
  const bench = new Bench({ pools: [poolOf('pool', ['a']), poolOf('spare', ['s'])] })
  bench.tookMs = 1000
  bench.answers('a', 'unreachable')
  await bench.settle(Promise.all(Array.from({ length: 2 }, () => bench.call({ targets: chain }))))
  assert.equal(bench.asks.filter((key) => key === 'a').length, 2 + 2)
})

test('however many calls fail, three retries at a time are the most while few calls run', async () => {
  const bench = new Bench({
    pools: [
      poolOf(
        'pool',
        Array.from({ length: 20 }, (_, key) => `k${key}`),
      ),
      poolOf('spare', ['s']),
    ],
  })
  let retries = 0
  const calls: Promise<unknown>[] = []
  for (let call = 0; call < 16; call++) {
    // Every other call is answered, so that no breaker opens.
    const fails = call % 2 === 0
    const attempt = async ({
      number,
      target,
    }: {
      readonly number: number
      readonly target: { readonly pool: string }
    }): Promise<Outcome<string>> => {
      if (number === 1 && fails) return { kind: 'failed', failure: failure('overloaded') }
      if (number > 1 && target.pool === 'pool') {
        retries += 1
        await new Promise<void>((resolve) => void bench.clock.after(1000, resolve))
      }
      return { kind: 'committed', answer: 'yes' }
    }
    calls.push(bench.pursue({ targets: chain, attempt }).then((pursued) => pursued.kind === 'answered' && pursued.finish({})))
    await breathe()
  }
  assert.equal(retries, 3)
  await bench.settle(Promise.all(calls))
})

test('a provider that is overloaded for a minute gets little more than the offered load, and answers soon after (F57)', async () => {
  const bench = new Bench({ keys: ['a', 'b', 'c'], chance: () => 0.4 })
  let isBroken = true
  let attempts = 0
  let answered = 0
  const attempt = async (): Promise<Outcome<string>> => {
    attempts += 1
    const fails = isBroken
    await new Promise<void>((resolve) => void bench.clock.after(200, resolve))
    return fails ? { kind: 'failed', failure: failure('overloaded') } : { kind: 'committed', answer: 'yes' }
  }
  const offer = async (calls: number) => {
    const running = []
    for (let call = 0; call < calls; call++) {
      running.push(bench.pursue({ attempt }).then((pursued) => pursued.kind === 'answered' && (answered++, pursued.finish({}))))
      bench.clock.advance(5)
      await breathe()
    }
    return running
  }
  const running = await offer(12_000)
  assert.ok(attempts <= 1.2 * 12_000, String(attempts))
  isBroken = false
  const before = bench.clock.now()
  running.push(...(await offer(2000)))
  assert.ok(bench.clock.now() - before <= 10_001)
  answered = 0
  running.push(...(await offer(400)))
  await bench.settle(Promise.all(running))
  assert.ok(answered >= 400, String(answered))
  assert.equal(bench.keyring.inFlight, 0)
  assert.equal(bench.clock.timers, 0)
})
