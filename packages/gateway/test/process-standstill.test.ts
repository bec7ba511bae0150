import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import { openCaller, question, saidIn } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import { metricIn } from './process/metrics.ts'
import { until } from './process/until.ts'

/** Less than the standstill. */
const patienceMs = 1000
const words = 'so many words that the standstill comes in the middle of them '.repeat(4)

test('F98 a standstill of two seconds makes no stream look stalled, and no provider late', async (t) => {
  const upstream = await openSimulator({ rememberCalls: 100 })
  t.after(() => upstream.close())
  upstream.script('talking-key-00001', answer({ text: words, everyMs: 60 }))
  upstream.script('thinking-key-0001', answer({ text: words, firstByteMs: 700 }))
  const timeouts = `{ first_byte_ms: ${patienceMs}, idle_ms: ${patienceMs} }`
  const provider = (name: string, key: string): string =>
    `  ${name}: { base_url: "${upstream.url}", keys: [${key}], timeouts: ${timeouts} }\n`
  const yaml = `providers:\n${provider('talking', 'talking-key-00001')}${provider('thinking', 'thinking-key-0001')}`
  const env = { NODE_OPTIONS: `--import=${new URL('process/faulty.ts', import.meta.url).href}` }
  const program = await runKeywheel(t, { files: { 'keywheel.yaml': yaml }, env })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  const stream = (model: string) => caller.send('/v1/chat/completions', question('hello', { model, stream: true }))
  const talking = Array.from({ length: 50 }, () => stream('talking/m'))
  await Promise.all(talking.map(({ begun }) => begun))
  upstream.forgetCalls()
  const thinking = Array.from({ length: 20 }, () => stream('thinking/m'))
  await upstream.seen(thinking.length)
  await caller.send('/fault/standstill').heard
  for (const { status, body, complete } of await Promise.all([...talking, ...thinking].map(({ heard }) => heard))) {
    assert.equal(status, 200, body)
    assert.equal(complete, true, body.slice(-300))
  }
  for (const sent of talking) assert.equal(saidIn(await sent.heard).finished, true)
  assert.equal(upstream.calls.length, thinking.length, 'nothing was asked a second time')
  const worst = await until('the metrics to tell of it', async () => {
    const { body } = await caller.send('/metrics').heard
    return metricIn(body, 'keywheel_event_loop_delay_seconds', { quantile: '1' })
  })
  t.diagnostic(`the loop stood still for ${worst.toFixed(2)} s`)
  assert.ok(worst > 1.5)
})
