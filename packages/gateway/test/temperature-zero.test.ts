/** OVERRIDE_TEMPERATURE_ZERO, from the call to what the provider gets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const openWith = (t: Parameters<typeof openBench>[0], how?: string): Promise<Bench> =>
  openBench(t, how === undefined ? {} : { env: { OVERRIDE_TEMPERATURE_ZERO: how } })

/** What the provider was asked last; `absent` where it was told no temperature. */
function temperatureIn(bench: Bench): unknown {
  const sent: unknown = JSON.parse(String(bench.upstream.calls.at(-1)?.body))
  return typeof sent === 'object' && sent !== null && 'temperature' in sent ? sent.temperature : 'absent'
}

async function sentFor(bench: Bench, temperature: unknown): Promise<unknown> {
  const response = await bench.ask({ temperature, top_p: 0 })
  assert.equal(response.status, 200, await response.text())
  return temperatureIn(bench)
}

test('a temperature of 0 goes on as it is unless the owner says otherwise', async (t) => {
  const bench = await openWith(t)
  assert.equal(await sentFor(bench, 0), 0)
})

test('a temperature of exactly 0 is set to 1, and no other is touched', async (t) => {
  const bench = await openWith(t, 'true')
  assert.deepEqual([await sentFor(bench, 0), await sentFor(bench, 0.01), await sentFor(bench, 2)], [1, 0.01, 2])
  assert.deepEqual([await sentFor(bench, null), await sentFor(bench, '0')], [null, '0'])
  assert.equal(JSON.parse(String(bench.upstream.calls.at(-1)?.body)).top_p, 0)
})

test('a temperature of exactly 0 is taken out, and no other is touched', async (t) => {
  const bench = await openWith(t, 'remove')
  assert.deepEqual([await sentFor(bench, 0), await sentFor(bench, -0), await sentFor(bench, 0.5)], ['absent', 'absent', 0.5])
  const response = await bench.ask({ stream: true, temperature: 0 })
  assert.match(await response.text(), /\[DONE\]/)
  assert.equal(temperatureIn(bench), 'absent')
})

test('it is found where other dialects have it', async (t) => {
  const bench = await openWith(t, 'set')
  const ask = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(bench.origin + path, { method: 'POST', body: JSON.stringify(body) })
    assert.equal(response.status, 200, await response.text())
    return temperatureIn(bench)
  }
  const messages = [{ role: 'user', content: 'hello' }]
  assert.equal(await ask('/v1/messages', { model: 'alpha/m', max_tokens: 9, messages, temperature: 0 }), 1)
  assert.equal(await ask('/api/chat', { model: 'alpha/m', stream: false, messages, options: { temperature: 0.0, seed: 1 } }), 1)
  const contents = [{ role: 'user', parts: [{ text: 'hello' }] }]
  assert.equal(await ask('/v1beta/models/alpha/m:generateContent', { contents, generationConfig: { temperature: 0 } }), 1)
})

test('a body that is no JSON is refused as ever', async (t) => {
  const bench = await openWith(t, 'set')
  const response = await fetch(`${bench.url}/chat/completions`, { method: 'POST', body: '{"temperature": 0,' })
  assert.equal(response.status, 400)
})
