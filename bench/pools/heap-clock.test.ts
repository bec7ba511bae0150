/** The clock of the experiment keeps the order that the keyring's own manual clock keeps. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { Clock, Timer } from '@keywheel/keyring'
import { seededChance } from './chance.ts'
import { HeapClock } from './heap-clock.ts'

test('timers run in the order of their time, and of their start where that is the same, however many are cancelled', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const [heap, manual] = [new HeapClock(0, 0), new ManualClock(0, 0)]
    const [expected, got] = [scribble(manual, seed), scribble(heap, seed)]
    manual.advance(1_000_000)
    await heap.runUntil(() => false, false)
    assert.ok(expected.length > 1000)
    assert.deepEqual(got, expected)
    assert.equal(heap.timers, 0)
  }
})

test('it says so when nothing is left to wait for', async () => {
  const clock = new HeapClock()
  assert.equal(await clock.runUntil(() => false, true), false)
  clock.after(5, () => undefined)
  assert.equal(await clock.runUntil(() => clock.timers === 0, true), true)
})

/** Starts timers that start and cancel others; gives what ran, and when. */
function scribble(clock: Clock, seed: number): string[] {
  const chance = seededChance(seed, 'scribble')
  const ran: string[] = []
  const timers: Timer[] = []
  const start = (name: number): void => {
    const timer = clock.after(Math.floor(chance() * 50), () => {
      ran.push(`${clock.now()} ${name}`)
      if (ran.length < 2000) start(ran.length + 10_000)
      if (chance() < 0.3) timers[Math.floor(chance() * timers.length)]?.cancel()
    })
    timers.push(timer)
  }
  for (let name = 0; name < 3000; name++) start(name)
  for (const timer of timers.slice(0, 1200)) timer.cancel()
  return ran
}
