/** Bodies: how they are announced, how large and how slow they may be, and what happens when their caller leaves. */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { openRaw, request, sendAndClose } from './edge/raw.ts'
import type { RawConnection } from './edge/raw.ts'
import { errorIn } from './edge/read.ts'
import { hello, openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const line = 'POST /v1/chat/completions'
const chat = JSON.stringify({ model: 'alpha/m', ...hello })
const small: Given = { adjust: (config) => ({ ...config, server: { ...config.server, maxBodyBytes: 1000 } }) }
const stall: Parameters<Bench['upstream']['script']>[1] = { is: 'wire', steps: [{ do: 'stall' }] }

/** Announces a body of this length and sends nothing of it. */
function announce(length: number, headers: Readonly<Record<string, string>> = {}): string {
  return request(line, { 'content-length': String(length), ...headers })
}

/** A chat of exactly this many bytes. */
function filled(size: number): string {
  return `${chat.slice(0, -1)}${' '.repeat(size - chat.length)}}`
}

async function untilLogged(bench: Bench, event: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = bench.log.find((each) => each['event'] === event)
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function openAndWrite(bench: Bench, bytes: string): Promise<RawConnection> {
  const connection = await openRaw(bench.port)
  connection.write(bytes)
  return connection
}

test('a caller that expects 100-continue is invited to send its body', async (t) => {
  const bench = await openBench(t)
  const connection = await openAndWrite(bench, announce(chat.length, { expect: '100-continue' }))
  assert.equal((await connection.answer()).status, 100)
  connection.write(chat)
  assert.equal((await connection.answer()).status, 200)
  connection.reset()
})

test('a caller that expects 100-continue is not invited when its call is refused anyway', async (t) => {
  const bench = await openBench(t, small)
  const connection = await openAndWrite(bench, announce(1001, { expect: '100-continue' }))
  assert.equal((await connection.answer()).status, 413)
  connection.reset()
})

test('an expectation that nobody can meet gets a 417', async (t) => {
  const bench = await openBench(t)
  const answer = await sendAndClose(bench.port, request(line, { expect: '200-ok' }, chat))
  assert.equal(answer.status, 417)
  assert.equal(errorIn(answer.body).code, 'expectation_failed')
  assert.deepEqual(bench.upstream.calls, [])
})

test('pipelined requests are answered in order', async (t) => {
  const bench = await openBench(t)
  const connection = await openAndWrite(bench, request(line, {}, chat) + request('GET /v1/models') + request('GET /nothing'))
  const answers = [await connection.answer(), await connection.answer(), await connection.answer()]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 404],
  )
  connection.reset()
})

test('the calls of pipelined requests end with their connection', async (t) => {
  const bench = await openBench(t, { keys: { alpha: ['a', 'b', 'c'] } })
  bench.upstream.script('*', stall)
  const connection = await openAndWrite(bench, request(line, {}, chat).repeat(3))
  await bench.upstream.seen(3)
  connection.reset()
  await Promise.all(bench.upstream.calls.map((call) => call.done))
  const rows = await bench.rows()
  assert.deepEqual(
    rows.map(({ end }) => end),
    ['cancelled', 'cancelled', 'cancelled'],
  )
  assert.equal(bench.gateway.keyring.inFlight, 0)
})

test('half-closing counts as leaving: the provider is told and nothing is answered', async (t) => {
  const bench = await openBench(t)
  bench.upstream.script('*', stall)
  const connection = await openAndWrite(bench, request(line, {}, chat))
  await bench.upstream.seen(1)
  connection.end()
  assert.equal(await connection.closed, '')
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
})

test('a body shorter than its length gets a 400 under the id of its call, and no row', async (t) => {
  const bench = await openBench(t)
  const connection = await openAndWrite(bench, request(line, { 'content-length': String(chat.length + 5) }, chat))
  connection.end()
  const answer = await connection.answer()
  assert.equal(answer.status, 400)
  assert.equal(answer.headers['x-request-id'], (await untilLogged(bench, 'call.served'))['id'])
  assert.deepEqual(bench.upstream.calls, [])
  assert.deepEqual(await bench.rows(), [])
})

test('a body that is announced too large is refused before any of it is read, and the caller sees why', async (t) => {
  const bench = await openBench(t, small)
  const connection = await openAndWrite(bench, announce(1001))
  const answer = await connection.answer()
  assert.equal(answer.status, 413)
  assert.equal(errorIn(answer.body).code, 'request_too_large')
  connection.write('x'.repeat(1001))
  assert.equal(await connection.closed, '')
})

test('a body of exactly the limit is read, one byte more is not', async (t) => {
  const bench = await openBench(t, small)
  const ask = async (size: number): Promise<number> =>
    (await fetch(`${bench.url}/chat/completions`, { method: 'POST', body: filled(size) })).status
  assert.equal(await ask(1000), 200)
  assert.equal(await ask(1001), 413)
})

test('a chunked body that grows too large is refused while it comes', async (t) => {
  const bench = await openBench(t, small)
  const connection = await openAndWrite(bench, request(line, { 'transfer-encoding': 'chunked' }))
  for (let i = 0; i < 3; i++) connection.write(`190\r\n${'x'.repeat(400)}\r\n`)
  const answer = await connection.answer()
  assert.equal(answer.status, 413)
  assert.equal(answer.headers['connection'], 'close')
  connection.write('0\r\n\r\n')
  assert.equal(await connection.closed, '')
})

test('a client that sends a large body first and reads later still sees the 413', async (t) => {
  const bench = await openBench(t, small)
  const answer = await fetch(`${bench.url}/chat/completions`, { method: 'POST', body: 'x'.repeat(5_000_000) })
  assert.equal(answer.status, 413)
  assert.match(errorIn(await answer.text()).message, /larger than 1000 bytes/)
})

test('a body that trickles gets a 408 after its grace, and no row', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  const connection = await openAndWrite(bench, announce(100_000))
  connection.write('{"model":')
  while (clock.untilNext !== 60_000) await new Promise(setImmediate)
  clock.advance(60_000)
  const answer = await connection.answer()
  assert.equal(answer.status, 408)
  assert.equal(errorIn(answer.body).code, 'request_timeout')
  connection.reset()
  assert.deepEqual(await bench.rows(), [])
  assert.equal(clock.timers, 0)
})

test('a body that comes fast enough is read however long it takes', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock })
  const body = filled(70_000)
  const connection = await openAndWrite(bench, announce(body.length))
  connection.write(body.slice(0, -1))
  while (clock.untilNext !== 60_000) await new Promise(setImmediate)
  // The bytes are under way; they are there when a later request has been answered.
  await (await fetch(`${bench.origin}/health`)).text()
  clock.advance(60_000)
  connection.write(body.slice(-1))
  assert.equal((await connection.answer()).status, 200)
  connection.reset()
})

test('an upload that is cut leaves no attempt and no row', async (t) => {
  const bench = await openBench(t)
  const connection = await openAndWrite(bench, announce(20_000_000) + 'x'.repeat(1_000_000))
  await new Promise(setImmediate)
  connection.reset()
  assert.equal((await untilLogged(bench, 'call.served'))['reason'], 'cancelled')
  assert.deepEqual(bench.upstream.calls, [])
  assert.deepEqual(await bench.rows(), [])
})

test('a compressed body gets a 415', async (t) => {
  const bench = await openBench(t)
  const answer = await bench.ask({}, { headers: { 'content-encoding': 'gzip' }, body: gzipSync(chat) })
  assert.equal(answer.status, 415)
  assert.match(errorIn(await answer.text()).message, /Content-Encoding/)
  const plain = await bench.ask({}, { headers: { 'content-encoding': 'identity' } })
  assert.equal(plain.status, 200)
})

test('more calls at once than there is room for get a 503 early', async (t) => {
  const bench = await openBench(t, { maxInFlight: 2, keys: { alpha: ['a', 'b'] } })
  bench.upstream.script('*', stall)
  const [first, second] = [await openAndWrite(bench, request(line, {}, chat)), await openAndWrite(bench, request(line, {}, chat))]
  await bench.upstream.seen(2)
  const answer = await sendAndClose(bench.port, request(line, {}, chat))
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '1')
  assert.equal(errorIn(answer.body).code, 'server_busy')
  first.reset()
  second.reset()
  await Promise.all(bench.upstream.calls.map((call) => call.done))
  assert.equal((await sendAndClose(bench.port, request('GET /health', { connection: 'close' }))).status, 200)
  assert.equal(bench.upstream.calls.length, 2)
})

test('a body behind a refusal that did not read it is cut after two seconds', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, env: { PROXY_API_KEY: 'key-proxy-0123456789' } })
  const connection = await openAndWrite(bench, `${announce(50_000_000)}${'x'.repeat(1000)}`)
  assert.equal((await connection.answer()).status, 401)
  while (clock.untilNext !== 2000) await new Promise(setImmediate)
  clock.advance(2000)
  assert.equal(await connection.closed, '')
})

test('a connection goes on after a refusal whose body did come', async (t) => {
  const clock = new ManualClock()
  const bench = await openBench(t, { clock, env: { PROXY_API_KEY: 'key-proxy-0123456789' } })
  const connection = await openAndWrite(bench, request(line, {}, chat))
  assert.equal((await connection.answer()).status, 401)
  connection.write(request('GET /health'))
  assert.equal((await connection.answer()).status, 200)
  assert.equal(clock.timers, 0)
  connection.reset()
})
