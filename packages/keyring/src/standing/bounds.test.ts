/** What is remembered stays bounded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench } from '../harness.test.ts'
import { Sessions } from './sessions.ts'

test('the oldest of more than 10,000 sessions is forgotten', () => {
  const sessions = new Sessions<string>()
  for (let session = 0; session < 10_000; session++) sessions.remember(`s${session}`, 'a', session)
  sessions.remember('s0', 'b', 20_000)
  sessions.remember('new', 'a', 20_001)
  assert.equal(sessions.size, 10_000)
  assert.equal(sessions.find('s0', 20_002), 'b')
  assert.equal(sessions.find('s1', 20_002), undefined)
})

test('models beyond the thousandth push out idle ones, never those that rest', async () => {
  const bench = new Bench({ keys: ['a', 'b'] })
  bench.answers('a', 'rate-limited')
  await bench.call({ targets: [{ pool: 'pool', model: 'limited' }] })
  bench.answers('a', 'ok')
  for (let model = 0; model < 1500; model++)
    await bench.pursue({ targets: [{ pool: 'pool', model: `m${model}` }] }).then((it) => it.kind === 'answered' && it.finish({}))
  assert.equal(Object.keys(bench.state?.targets ?? {}).length, 1000)
  assert.equal(bench.cell('a', 'limited')?.is, 'resting')
})
