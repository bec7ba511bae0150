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
import { Stopping } from '../src/http/stopping.ts'
import { eventsText } from './anthropic-stand.ts'
import { RawCall } from './faults/raw-call.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'
import { ask, begin, heardIn, inWords, openWay, speeches, straight, straightWays } from './faults/ways.ts'
import type { Speech, Way } from './faults/ways.ts'

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

for (const speech of speeches) {
  const way = straight(speech, true)

  test(`F60 a caller leaves the queue of a busy key: no attempt is made, and the next in line gets it: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way, { alpha: 'max_concurrency: 1' })
    stand.alpha.script('*', { is: 'wire', steps: [{ do: 'stall' }] }, answer({ text: 'after the queue' }))
    const first = begin(stand, way, { model: 'alpha/m' })
    await stand.alpha.seen(1)
    const waiting = begin(stand, way, { model: 'alpha/m' })
    await aWhile()
    const patient = begin(stand, way, { model: 'alpha/m' })
    await aWhile()
    waiting.leave()
    await aWhile()
    assert.equal(stand.alpha.calls.length, 1)
    first.leave()
    assert.equal(heardIn(way, await patient.ended()).text, 'after the queue')
    assert.equal(stand.alpha.calls.length, 2)
    await leaves(stand, 'cancelled 499 cancelled', 'cancelled 499 cancelled', 'answered 200 seen')
  })

  test(`F61 a caller leaves in the middle of a stream: the provider is let go at once, and what was used is estimated: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', threeWords(speech, { do: 'stall' }))
    const call = begin(stand, way)
    await call.holds('three')
    await leavesInTime(stand, () => call.leave())
    await until(() => stand.gateway.keyring.inFlight === 0)
    assertBlameless(stand)
    assert.equal(stand.clock.timers, 0)
    const [row] = await stand.rows()
    assert.deepEqual([row?.end, row?.status, row?.reason, row?.usageSource], ['cancelled', 499, 'cancelled', 'estimated'])
    assert.equal(row?.outputTokens, 3)
  })

  test(`F61 a caller leaves while a key is waited for: no attempt is made: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', faults.F50.reply({ afterSeconds: 7, speech }))
    const call = begin(stand, way, { model: 'alpha/m' })
    await stand.alpha.seen(1)
    await until(() => stand.key('a').models['m']?.state.is === 'resting')
    await aWhile()
    call.leave()
    await until(() => stand.clock.timers === 0)
    assert.equal(stand.alpha.calls.length, 1)
    await leaves(stand, 'cancelled 499 cancelled')
  })

  test(`H2 a provider drops the socket after three chunks: three chunks, an error event, an unfinished body, nothing left: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', threeWords(speech, { do: 'reset' }))
    const broken = await ask(stand, way)
    const { text, error, ended } = heardIn(way, broken)
    assert.deepEqual([text, ended], ['one two three ', false])
    assert.deepEqual([error?.type, error?.code], speech === 'openai' ? ['server_error', 'answer_truncated'] : ['api_error', undefined])
    assert.doesNotMatch(broken.body.toString(), /0123456789abcdef|\n {4}at |127\.0\.0\.1/)
    assert.equal(stand.clock.timers, 0)
    await leaves(stand, 'broken 200 truncated')
  })
}

for (const way of straightWays) {
  test(`F61 a caller leaves before the head: the provider is let go at once, and nobody else is asked: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', faults.F10.reply())
    await isLetGo(stand, way)
  })
}

test('F61 a caller leaves between the head and the first content: the provider is let go at once, and nobody else is asked', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F41.reply({ variant: 'before-content' }))
  await isLetGo(stand, straight('openai', true))
})

async function isLetGo(stand: Stand, way: Way): Promise<void> {
  const call = begin(stand, way)
  await stand.alpha.seen(1)
  await aWhile()
  await leavesInTime(stand, () => call.leave())
  await until(() => stand.gateway.keyring.inFlight === 0)
  assertBlameless(stand)
  assert.equal(stand.clock.timers, 0)
  await leaves(stand, 'cancelled 499 cancelled')
}

/** Three words, each in a segment of its own, and how it goes on. */
function threeWords(speech: Speech, end: Step): Reply {
  const words = ['one ', 'two ', 'three ']
  const events = speech === 'openai' ? words.map(chunkOf) : [opening, ...words.map(deltaOf)]
  const steps = events.flatMap((bytes): Step[] => [{ do: 'write', bytes }, { do: 'flush' }])
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
  return { is: 'wire', steps: [{ do: 'write', bytes: head }, ...steps, end] }
}

function chunkOf(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
}

function deltaOf(text: string): string {
  return eventsText({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
}

const opening = eventsText(
  { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage: {} } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
)

/** About 40 MB: far beyond what the kernel holds for sockets. */
const flood = answer({ tokens: 200_000 })

async function standsStill(stand: Stand): Promise<void> {
  for (let before = -1; before !== process.memoryUsage().external; before = process.memoryUsage().external) await aWhile()
  assert.equal((await stand.alpha.seen(1)).ended, 'running')
}

for (const speech of speeches) {
  const way = straight(speech, true)

  test(`F62 a caller that never reads stops the provider, harms nobody, and is given up after 60 s: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', flood, answer({ text: 'for another caller' }))
    const call = begin(stand, way, { model: 'alpha/m' })
    call.stopReading()
    await standsStill(stand)
    assert.equal(heardIn(way, await ask(stand, way, { model: 'alpha/m' })).text, 'for another caller')
    stand.clock.advance(59_999)
    await aWhile()
    assert.equal(stand.alpha.calls[0]?.ended, 'running')
    stand.clock.advance(1)
    assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
    await leaves(stand, 'cancelled 499 cancelled', 'answered 200 seen')
  })

  test(`F62 a caller that reads again in time loses nothing: ${inWords(way)}`, async (t) => {
    const stand = await openWay(t, way)
    stand.alpha.script('*', flood)
    const call = begin(stand, way, {}, { connection: 'close' })
    call.stopReading()
    await standsStill(stand)
    stand.clock.advance(59_000)
    call.readAgain()
    await until(() => call.isClosed)
    const { text, ended } = heardIn(way, await call.ended())
    assert.deepEqual([text.split(' ').length, text.endsWith(' w199999'), ended], [200_000, true, true])
    await leaves(stand, 'answered 200 seen')
  })
}

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
  return { ...rest, request, response, stopping: new Stopping() }
}
