/** Requests that come slowly, brokenly or strangely, to the paths of both clients: cut or refused in the client's words, and nobody is asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock, systemClock } from '@keywheel/keyring'
import { Cors } from '../src/http/cors.ts'
import { RequestIds } from '../src/http/request-ids.ts'
import { createEdge, listen } from '../src/http/server.ts'
import { openRaw, request, sendAndClose } from './edge/raw.ts'
import type { RawAnswer, RawConnection } from './edge/raw.ts'
import { at } from './edge/read.ts'
import { aWhile, until } from './faults/until.ts'
import { requestOf, speeches, straight, vendors } from './faults/ways.ts'
import type { Speech } from './faults/ways.ts'
import { openBench } from './harness.ts'
import type { Bench, Given } from './harness.ts'

const stall: Parameters<Bench['upstream']['script']>[1] = { is: 'wire', steps: [{ do: 'stall' }] }

/** OpenAI's has a code beside the type, Anthropic's says `error` at the top. */
function refusalIn(speech: Speech, { status, body }: RawAnswer): { status: number; type: unknown; isInForm: boolean } {
  const json: unknown = JSON.parse(body)
  const isInForm = speech === 'anthropic' ? at(json, 'type') === 'error' : at(json, 'error', 'code') !== undefined
  return { status, type: at(json, 'error', 'type'), isInForm }
}

function assertRefused(speech: Speech, answer: RawAnswer, status: number): void {
  const refusal = refusalIn(speech, answer)
  assert.deepEqual([refusal.status, refusal.isInForm], [status, true], answer.body)
}

async function openAndWrite({ port }: Bench, bytes: string): Promise<RawConnection> {
  const connection = await openRaw(port)
  connection.write(bytes)
  return connection
}

const small: Given = { adjust: (config) => ({ ...config, server: { ...config.server, maxBodyBytes: 1000 } }) }

for (const speech of speeches) {
  const { path, body } = requestOf(straight(speech), { model: 'alpha/m' })
  const line = `POST ${path}`
  const chat = JSON.stringify(body)
  const client = `${vendors[speech]} client`
  const goodAnswer = speech === 'anthropic' ? /"type":"message"/ : /"object":"chat\.completion"/

  test(`F63 a caller that closes its half has left: the provider is let go, and nothing is answered: ${client}`, async (t) => {
    const bench = await openBench(t)
    bench.upstream.script('*', stall)
    const connection = await openAndWrite(bench, request(line, {}, chat))
    await bench.upstream.seen(1)
    connection.end()
    assert.equal(await connection.closed, '')
    assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
    assert.deepEqual(
      (await bench.rows()).map(({ end, status }) => [end, status]),
      [['cancelled', 499]],
    )
  })

  test(`F64 two hundred callers that never finish their heads keep nobody waiting: ${client}`, async (t) => {
    const bench = await openBench(t)
    const slow = await Promise.all(Array.from({ length: 200 }, () => openAndWrite(bench, `${line} HTTP/1.1\r\nHost: a\r\nX-Slow: `)))
    const startedAt = performance.now()
    assert.match((await sendAndClose(bench.port, request(line, { connection: 'close' }, chat))).body, goodAnswer)
    assert.ok(performance.now() - startedAt < 2000)
    for (const connection of slow) connection.reset()
  })

  test(`F65 a body that trickles is a 408, one that ends too soon a 400, and neither leaves a row: ${client}`, async (t) => {
    const clock = new ManualClock()
    const bench = await openBench(t, { clock })
    const trickling = await openAndWrite(bench, request(line, { 'content-length': '100000' }) + chat.slice(0, 9))
    await until(() => clock.untilNext === 60_000)
    clock.advance(60_000)
    assertRefused(speech, await trickling.answer(), 408)
    trickling.reset()
    const short = await openAndWrite(bench, request(line, { 'content-length': String(chat.length + 5) }, chat))
    short.end()
    assertRefused(speech, await short.answer(), 400)
    assert.deepEqual(bench.upstream.calls, [])
    assert.deepEqual(await bench.rows(), [])
    assert.equal(clock.timers, 0)
  })

  test(`F65 bytes behind the body make no second request of it: ${client}`, async (t) => {
    const bench = await openBench(t)
    bench.upstream.script('*', stall)
    const connection = await openAndWrite(bench, request(line, {}, chat))
    await bench.upstream.seen(1)
    connection.write('and more\r\n\r\n')
    assert.equal((await connection.answer()).status, 400)
    assert.equal(await connection.closed, '')
    assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
  })

  test(`F66 a body that is too large is a 413, one that nests too deep a 400, and a prototype is only a field: ${client}`, async (t) => {
    const bench = await openBench(t, small)
    assertRefused(speech, await ask(bench, request(line, { 'content-length': '11000000' })), 413)
    const roomy = await openBench(t)
    const deep = `${chat.slice(0, -1)},"deep":${'['.repeat(500_000)}${']'.repeat(500_000)}}`
    const before = process.memoryUsage().heapUsed
    assertRefused(speech, await ask(roomy, request(line, {}, deep)), 400)
    assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
    const { calls } = roomy.upstream
    assert.equal(calls.length, 0)
    const polluted = `${chat.slice(0, -1)},"__proto__":{"model":"evil/m","stream":true}}`
    assert.match((await ask(roomy, request(line, {}, polluted))).body, goodAnswer)
    assert.equal(Reflect.get({}, 'stream'), undefined)
    assert.equal(calls[0]?.model, 'm')
  })

  test(`F68 what HTTP allows is answered as it says, and what two readers could understand differently is a 400: ${client}`, async (t) => {
    const bench = await openBench(t)
    const expecting = await openAndWrite(bench, request(line, { 'content-length': String(chat.length), expect: '100-continue' }))
    assert.equal((await expecting.answer()).status, 100)
    expecting.write(chat)
    assert.match((await expecting.answer()).body, goodAnswer)
    expecting.write(request(line, {}, chat).repeat(2))
    for (const _each of [1, 2]) assert.match((await expecting.answer()).body, goodAnswer)
    expecting.reset()
    const calls = bench.upstream.calls.length
    const strange = [
      `POST http://evil.test${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n`,
      `POST ${path}\r\n\r\n`,
    ]
    for (const bytes of strange) assert.equal((await sendAndClose(bench.port, bytes)).status, 400)
    assert.equal(bench.upstream.calls.length, calls)
  })

  test(`F69 an upload that is cut is no attempt and no row: ${client}`, async (t) => {
    const bench = await openBench(t)
    const connection = await openAndWrite(bench, request(line, { 'content-length': '20000000' }) + 'x'.repeat(1_000_000))
    await aWhile()
    connection.reset()
    await until(() => bench.log.some((each) => each['event'] === 'call.served' && each['reason'] === 'cancelled'))
    assert.deepEqual(bench.upstream.calls, [])
    assert.deepEqual(await bench.rows(), [])
  })
}

/** Without waiting for the connection to close, which a good answer leaves open. */
async function ask(bench: Bench, bytes: string): Promise<RawAnswer> {
  const connection = await openAndWrite(bench, bytes)
  const answer = await connection.answer()
  connection.reset()
  return answer
}

test('F64 two hundred callers that never finish their heads are cut with a 408 when their time is over', async (t) => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 1000, checkingIntervalMs: 20 }
  const server = createEdge({
    cors: new Cors([]),
    ids: new RequestIds('test'),
    clock: systemClock,
    maxInFlight: 300,
    writeRefusal: (_path, { message }) => Buffer.from(JSON.stringify({ error: { message } })),
    onCall: () => assert.fail('a head that was never finished became a call'),
    onRefused: () => undefined,
    limits,
  })
  const port = await listen(server, '127.0.0.1', 0)
  t.after(() => server.close())
  const slow = Array.from({ length: 200 }, async (_each, index) => {
    const path = index % 2 === 0 ? '/v1/chat/completions' : '/v1/messages'
    return sendAndClose(port, `POST ${path} HTTP/1.1\r\nHost: a\r\nX-Slow: `)
  })
  const statuses = (await Promise.all(slow)).map(({ status }) => status)
  assert.deepEqual(new Set(statuses), new Set([408]))
})
