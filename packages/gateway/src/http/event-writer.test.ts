import assert from 'node:assert/strict'
import { createServer, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import { requestId } from '../domain/names.ts'
import { EventWriter } from './event-writer.ts'
import { listen } from './server.ts'
import { Stopping } from './stopping.ts'

interface Opened {
  readonly clock: ManualClock
  readonly events: EventWriter
  /** Everything that the caller received, once its connection is over. */
  readonly received: Promise<{ readonly text: string; readonly complete: boolean }>
  /** Resolves when so many bytes have come. */
  readonly arrived: (bytes: number) => Promise<void>
}

/** A writer with a real caller behind it. */
async function openWriter(t: TestContext): Promise<Opened> {
  const clock = new ManualClock()
  const writer = Promise.withResolvers<EventWriter>()
  const server = createServer((request, response) => {
    const call = { id: requestId('req_1'), method: 'GET', path: '/', query: '', startedAt: 0, request, response, headers: [] }
    const events = new EventWriter(
      { ...call, expectsContinue: false, stopping: new Stopping() },
      { clock, keepAliveMs: 15_000, slowReaderMs: 60_000 },
    )
    events.open([])
    writer.resolve(events)
  })
  const port = await listen(server, '127.0.0.1', 0)
  t.after(() => server.close())
  const answer = await new Promise<IncomingMessage>((resolve) => get({ port, agent: false }, resolve))
  let text = ''
  answer.on('data', (chunk) => (text += String(chunk)))
  answer.on('error', () => undefined)
  const received = new Promise<{ text: string; complete: boolean }>((resolve) =>
    answer.once('close', () => resolve({ text, complete: answer.complete })),
  )
  const arrived = async (bytes: number): Promise<void> => {
    while (text.length < bytes) await new Promise(setImmediate)
  }
  return { clock, events: await writer.promise, received, arrived }
}

const event = 'data: {"a":1}\n\n'
const comment = ': keepalive\n\n'

test('comments are written while nothing else is, and only then', async (t) => {
  const { clock, events, received, arrived } = await openWriter(t)
  clock.advance(15_000)
  await arrived(comment.length)
  clock.advance(10_000)
  events.write(Buffer.from(event))
  await arrived(comment.length + event.length)
  clock.advance(14_999)
  clock.advance(1)
  await arrived(2 * comment.length + event.length)
  events.end()
  assert.deepEqual(await received, { text: `${comment}${event}${comment}`, complete: true })
  assert.equal(clock.timers, 0)
})

test('a stream that breaks off ends with its error event and an unfinished body', async (t) => {
  const { clock, events, received } = await openWriter(t)
  events.write(Buffer.from(event))
  events.breakOff(Buffer.from('data: {"error":{}}\n\n'))
  assert.deepEqual(await received, { text: `${event}data: {"error":{}}\n\n`, complete: false })
  assert.equal(clock.timers, 0)
})

test('a caller that has gone leaves no timer behind', async (t) => {
  const { clock, events, received } = await openWriter(t)
  events.abandon()
  assert.equal(clock.timers, 0)
  events.end()
  await received
})
