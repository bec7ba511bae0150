import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from './manual-clock.ts'
import { answer, overloaded } from './replies.ts'
import { ask, open } from './testing.test.ts'

test('a stream follows the clock it was given', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock })
  simulator.script('a', answer({ tokens: 3, firstByteMs: 200, everyMs: 40 }))
  const asked = ask(simulator, { stream: true })
  assert.equal(await clock.untilNext(), 200)
  clock.advance(200)
  const reader = ((await asked).body ?? new ReadableStream<Uint8Array>()).getReader()
  const read = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString()
  assert.match(await read(), /"role":"assistant"/)
  for (const word of ['"w0"', '" w1"', '" w2"', '[DONE]']) {
    assert.equal(await clock.untilNext(), 40)
    clock.advance(40)
    assert.ok((await read()).includes(word))
  }
  assert.equal(clock.now(), 360)
})

test('a stream that was held up does not slow down for it', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock })
  simulator.script('a', answer({ tokens: 4, everyMs: 40 }))
  const asked = ask(simulator, { stream: true })
  await clock.untilNext()
  clock.advance(95)
  assert.equal(await clock.untilNext(), 25)
  clock.advance(65)
  assert.equal(await clock.untilNext(), 40)
  clock.advance(40)
  assert.match(await (await asked).text(), /\[DONE\]/)
})

test('a status waits on the clock, and its date is the clock’s', async (t) => {
  const clock = new ManualClock(Date.UTC(2031, 4, 6))
  const simulator = await open(t, { clock })
  simulator.script('a', { ...overloaded(), afterMs: 500 })
  const asked = ask(simulator)
  assert.equal(await clock.untilNext(), 500)
  clock.advance(500)
  assert.equal((await asked).headers.get('date'), 'Tue, 06 May 2031 00:00:00 GMT')
})

test('latencies are drawn with the chance that was given', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock, chance: () => 0.25 })
  simulator.script('a', answer({ firstByteMs: { min: 100, max: 300 } }), answer({ firstByteMs: { median: 100, p99: 1000 } }))
  for (const expected of [150, 100]) {
    const asked = ask(simulator)
    assert.equal(Math.round(await clock.untilNext()), expected)
    clock.advance(1000)
    await (await asked).text()
  }
})

test('whoever leaves takes the timer along', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock })
  simulator.script('a', answer({ firstByteMs: 1000 }))
  const leaving = new AbortController()
  const asked = ask(simulator, {}, { signal: leaving.signal }).catch(() => undefined)
  await clock.untilNext()
  leaving.abort()
  await (
    await simulator.seen(1)
  ).done
  assert.equal(clock.timers, 0)
  await asked
})
