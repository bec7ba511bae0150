import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, keyRejected, openSimulator, overloaded } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { openCaller, question } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

/** A key for callers, so that nothing warns of open access. */
const proxyKey = 'proxy-key-0123456789abcdef'
const headers = { authorization: `Bearer ${proxyKey}`, 'content-type': 'application/json' }

function namesOf(lines: readonly Record<string, unknown>[]): string[] {
  return lines.map(({ component, level, event }) => `${String(component)} ${String(level)} ${String(event)}`)
}

/** The lines of component `http` that tell how long something took. */
function accessLines({ log }: Bench): readonly Record<string, unknown>[] {
  return log.filter(({ component, totalMs }) => component === 'http' && totalMs !== undefined)
}

test('LOG_LEVEL sets a level for each component, and only that', async (t) => {
  const bench = await openBench(t, { env: { LOG_LEVEL: 'warn,providers=debug', PROXY_API_KEY: proxyKey }, keys: { alpha: ['a', 'b'] } })
  bench.upstream.script('*', keyRejected(), answer())
  assert.equal((await bench.ask({}, { headers })).status, 200)
  const expected = ['keys error key.dead', 'providers debug attempt.committed', 'providers debug attempt.failed']
  assert.deepEqual(namesOf(bench.log).toSorted(), expected)
})

test('a component that is silent says nothing while the others speak', async (t) => {
  const bench = await openBench(t, { env: { LOG_LEVEL: 'silent,http=debug', PROXY_API_KEY: proxyKey } })
  bench.upstream.script('*', overloaded(), answer())
  assert.equal((await bench.ask({}, { headers })).status, 200)
  await until('the access line', () => bench.log.length === 2)
  assert.deepEqual(namesOf(bench.log), ['http debug call.received', 'http info call.settled'])
})

test('each call has one access line, with the id of its answer and its times', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: proxyKey } })
  const responses = await Promise.all([
    bench.ask({}, { headers }),
    bench.ask({ stream: true }, { headers }),
    bench.ask({ model: 'nobody/x' }, { headers }),
    bench.ask({}, { headers: { ...headers, authorization: 'Bearer wrong' } }),
    fetch(`${bench.url}/models`, { headers }),
    fetch(`${bench.origin}/nowhere`, { headers }),
  ])
  const ids = responses.map((response) => response.headers.get('x-request-id'))
  await Promise.all(responses.map((response) => response.text()))
  const access = await until('six access lines', () => accessLines(bench).length === 6 && accessLines(bench))
  assert.deepEqual(new Set(access.map(({ id }) => id)), new Set(ids))
  for (const line of access) assert.equal(typeof line['totalMs'], 'number')
  const answered = access.filter(({ status, event }) => status === 200 && event === 'call.settled')
  assert.equal(answered.length, 2)
  for (const { totalMs, upstreamMs } of answered) assert.ok(Number(upstreamMs) > 0 && Number(totalMs) >= Number(upstreamMs))
  assert.deepEqual(
    responses.map(({ status }) => status).toSorted((one, other) => one - other),
    [200, 200, 200, 401, 404, 404],
  )
})

test('one who leaves has an access line too, and only one', async (t) => {
  const bench = await openBench(t)
  bench.upstream.script('*', heldStream(new Promise(() => undefined)))
  const caller = openCaller(bench.origin)
  t.after(() => caller.close())
  const sent = caller.send('/v1/chat/completions', question('q', { stream: true }))
  await sent.begun
  sent.leave()
  const [line] = await until('the access line', () => accessLines(bench).length > 0 && accessLines(bench))
  assert.deepEqual([line?.['end'], line?.['status']], ['cancelled', 499])
  await bench.close()
  assert.equal(accessLines(bench).length, 1)
})

test('at its most talkative the program prints JSON lines only, and neither a key nor a prompt', async (t) => {
  const canaries = {
    caller: 'canary-caller-11111111111111111111111111',
    strange: 'sk-proj-canarySTRANGE2222222222222222222222',
    good: 'canary-good-333333333333333333333333333333',
    bad: 'canary-bad-4444444444444444444444444444444',
    prompt: 'canary-prompt-55555555555555555555',
    answer: 'canary-answer-66666666666666666666',
  }
  const upstream = await openSimulator()
  t.after(() => upstream.close())
  const told = {
    error: { message: `Incorrect API key provided: ${canaries.bad}.`, type: 'invalid_request_error', code: 'invalid_api_key' },
  }
  upstream.script(canaries.bad, { is: 'status', status: 401, body: told })
  upstream.script(canaries.good, answer({ text: canaries.answer }))
  const yaml = `providers:\n  alpha: { base_url: "${upstream.url}", keys: ["\${BAD}", "\${GOOD}"], rotation: sequential }\n`
  const env = { BAD: canaries.bad, GOOD: canaries.good, PROXY_API_KEY: canaries.caller, LOG_LEVEL: 'trace' }
  const program = await runKeywheel(t, { files: { 'keywheel.yaml': yaml }, env })
  const banner = program.out()
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  const ask = (key: string, path = '/v1/chat/completions', more: object = {}) =>
    caller.send(path, question(canaries.prompt, { ...more }), { authorization: `Bearer ${key}` }).heard
  const heard = await Promise.all([
    ask(canaries.caller),
    ask(canaries.caller, '/v1/chat/completions', { stream: true }),
    ask(canaries.strange),
    ask(canaries.caller, `/v1/chat/completions?key=${canaries.strange}`),
    ask(canaries.caller, `/v1/${canaries.strange}`),
    ask(canaries.caller, '/v1/chat/completions', { model: [canaries.prompt] }),
    ask(canaries.caller, '/v1/chat/completions', { model: `nobody/${canaries.strange}` }),
  ])
  assert.deepEqual(
    heard.map(({ status }) => status),
    [200, 200, 401, 200, 404, 400, 404],
  )
  const stats = await caller.send('/v1/quota-stats', undefined, { authorization: `Bearer ${canaries.caller}` }).heard
  const metrics = await caller.send('/metrics', undefined, { authorization: `Bearer ${canaries.caller}` }).heard
  program.kill('SIGTERM')
  await program.exited
  assert.equal(program.err(), '')
  const lines = program.out().slice(banner.length).split('\n').filter(Boolean)
  assert.ok(lines.length > 10)
  for (const line of lines) {
    const { component, level, time } = JSON.parse(line) as Record<string, unknown>
    assert.deepEqual([typeof component, typeof level, typeof time], ['string', 'string', 'string'])
  }
  const { answer: _answer, ...secret } = canaries
  for (const [name, canary] of Object.entries(canaries)) assert.ok(!program.out().includes(canary), `${name} is in the log`)
  for (const [name, canary] of Object.entries(secret)) assert.ok(!`${stats.body}${metrics.body}`.includes(canary), `${name} is shown`)
})
