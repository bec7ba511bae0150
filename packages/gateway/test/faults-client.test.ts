/** Callers that leave, stop reading or read slowly, and what the provider and the other callers notice. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { Reply, Step } from '@keywheel/simulator'
import { answer, faults } from '@keywheel/simulator'
import { requestId } from '../src/domain/names.ts'
import type { Call } from '../src/http/call.ts'
import { EventWriter } from '../src/http/event-writer.ts'
import { listen } from '../src/http/server.ts'
import { hear } from './faults/hear.ts'
import { RawCall } from './faults/raw-call.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

/** The caller leaves, and the provider notices within a tenth of a second. */
async function leavesInTime(stand: Stand, leave: () => void): Promise<void> {
  const call = await stand.alpha.seen(1)
  const leftAt = performance.now()
  leave()
  assert.equal(await call.done, 'client-closed')
  assert.ok(performance.now() - leftAt < 100)
}

function assertBlameless(stand: Stand): void {
  assert.equal(stand.key('a').totals.failures, 0)
  assert.equal(stand.key('a').models['m']?.state.is, 'ready')
  assert.deepEqual([stand.alpha.calls.length, stand.beta.calls.length], [1, 0])
}

test('F61 a caller leaves in the middle of a stream: the provider is let go at once, and what was used is estimated', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F41.reply({ variant: 'after-content' }))
  const call = stand.begin({ stream: true })
  await call.holds('brown')
  await leavesInTime(stand, () => call.leave())
  await until(() => stand.gateway.keyring.inFlight === 0)
  assertBlameless(stand)
  assert.equal(stand.clock.timers, 0)
  const [row] = await stand.rows()
  assert.deepEqual([row?.end, row?.status, row?.reason, row?.usageSource], ['cancelled', 499, 'cancelled', 'estimated'])
  assert.equal(row?.outputTokens, 3)
})

for (const [what, stream, variant] of [
  ['before the head', true, undefined],
  ['between the head and the first content', true, 'before-content'],
  ['while a whole answer is made', false, undefined],
] as const) {
  test(`F61 a caller leaves ${what}: the provider is let go at once, and nobody else is asked`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', variant === undefined ? faults.F10.reply() : faults.F41.reply({ variant }))
    const call = stand.begin({ stream })
    await stand.alpha.seen(1)
    await aWhile()
    await leavesInTime(stand, () => call.leave())
    await until(() => stand.gateway.keyring.inFlight === 0)
    assertBlameless(stand)
    assert.equal(stand.clock.timers, 0)
    await leaves(stand, 'cancelled 499 cancelled')
  })
}

test('F61 a caller leaves while a key is waited for: no attempt is made', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F50.reply({ afterSeconds: 7 }))
  const call = stand.begin({ model: 'alpha/m' })
  await stand.alpha.seen(1)
  await until(() => stand.key('a').models['m']?.state.is === 'resting')
  await aWhile()
  call.leave()
  await until(() => stand.clock.timers === 0)
  assert.equal(stand.alpha.calls.length, 1)
  await leaves(stand, 'cancelled 499 cancelled')
})

/** Three events, each in a segment of its own, and then the socket is dropped. */
function threeChunks(): Reply {
  const chunks = ['one', 'two', 'three'].map((word) => `data: {"choices":[{"index":0,"delta":{"content":"${word} "}}]}\n\n`)
  const steps = chunks.flatMap((bytes): Step[] => [{ do: 'write', bytes }, { do: 'flush' }])
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
  return { is: 'wire', steps: [{ do: 'write', bytes: head }, ...steps, { do: 'reset' }] }
}

test('H2 a provider drops the socket after three chunks: three chunks, an error event, an unfinished body, nothing left', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', threeChunks())
  const { body, finished } = await stand.hear({ stream: true })
  const { text, error, done } = hear(body)
  assert.deepEqual([text, done, finished], ['one two three ', false, false])
  assert.deepEqual([error?.type, error?.code, error?.param], ['server_error', 'answer_truncated', null])
  assert.doesNotMatch(body.toString(), /0123456789abcdef|\n {4}at |127\.0\.0\.1/)
  assert.equal(stand.clock.timers, 0)
  await leaves(stand, 'broken 200 truncated')
})

/** About 40 MB: far beyond what the kernel holds for sockets. */
const flood = answer({ tokens: 200_000 })

async function standsStill(stand: Stand): Promise<void> {
  for (let before = -1; before !== process.memoryUsage().external; before = process.memoryUsage().external) await aWhile()
  assert.equal((await stand.alpha.seen(1)).ended, 'running')
}

test('F62 a caller that never reads stops the provider, harms nobody, and is given up after 60 s', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', flood, answer({ text: 'for another caller' }))
  const call = stand.begin({ stream: true, model: 'alpha/m' })
  call.stopReading()
  await standsStill(stand)
  assert.equal(hear((await stand.hear({ model: 'alpha/m', stream: true })).body).text, 'for another caller')
  stand.clock.advance(59_999)
  await aWhile()
  assert.equal(stand.alpha.calls[0]?.ended, 'running')
  stand.clock.advance(1)
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'cancelled 499 cancelled', 'answered 200 seen')
})

test('F62 a caller that reads again in time loses nothing', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', flood)
  const call = stand.begin({ stream: true }, { connection: 'close' })
  call.stopReading()
  await standsStill(stand)
  stand.clock.advance(59_000)
  call.readAgain()
  await until(() => call.isClosed)
  const { body, finished } = await call.ended()
  const { text, done } = hear(body)
  assert.deepEqual([text.split(' ').length, text.endsWith(' w199999'), done, finished], [200_000, true, true, true])
  await leaves(stand, 'answered 200 seen')
})

for (const last of ['end', 'breakOff'] as const) {
  test(`F62 a caller that takes nothing of what was written last (${last}) is given up after 60 s as well`, async (t) => {
    const clock = new ManualClock()
    const server = createServer((request, response) => {
      const events = new EventWriter(callOf(request, response), { clock, keepAliveMs: 15_000, slowReaderMs: 60_000 })
      events.open([])
      events.write(Buffer.alloc(32 * 1024 * 1024))
      events[last](Buffer.from('data: {"error":{}}\n\n'))
    })
    const call = new RawCall(await listen(server, '127.0.0.1', 0), { body: {} })
    t.after(() => server.close())
    await until(() => call.receivedBytes > 0)
    call.stopReading()
    await aWhile()
    clock.advance(60_000)
    await until(() => clock.timers === 0)
    call.readAgain()
    await until(() => call.isClosed)
    assert.ok(call.receivedBytes < 32 * 1024 * 1024)
  })
}

function callOf(request: IncomingMessage, response: ServerResponse): Call {
  const rest = { id: requestId('req_1'), method: 'POST', path: '/', query: '', startedAt: 0, headers: [], expectsContinue: false }
  return { ...rest, request, response }
}
