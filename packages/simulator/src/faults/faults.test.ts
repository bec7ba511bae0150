import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { ManualClock } from '../manual-clock.ts'
import { ask, dial, open, receive, requestBytes, spelt } from '../testing.test.ts'
import type { Received } from '../testing.test.ts'
import { closedPort } from './closed-port.ts'
import type { FaultId, FaultOptions } from './fault.ts'
import { faults } from './faults.ts'

/** Plays a fault to a bare socket. A reply that keeps the connection is over when nothing came for some turns. */
async function played(t: Parameters<typeof open>[0], id: FaultId, options: FaultOptions = {}): Promise<Received> {
  const simulator = await open(t)
  simulator.script('a', faults[id].reply(options))
  const stream = faults[id].on(options.variant) === 'stream'
  const received = receive(simulator, { stream, tools: [{}] }, (bytes) => endsCleanly(bytes.toString('latin1')))
  return received
}

function endsCleanly(text: string): boolean {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const length = /content-length: (\d+)/.exec(head)?.[1]
  if (length !== undefined) return rest.join('\r\n\r\n').length >= Number(length)
  return text.endsWith('0\r\n\r\n')
}

const text = (received: Received): string => received.bytes.toString()

test('every variant of every fault makes a reply, and an unknown one is named', () => {
  const made = Object.values(faults).flatMap((fault) =>
    fault.variants.map((variant) => {
      assert.match(fault.on(variant), /^(stream|whole|any)$/)
      assert.match(fault.outcome(variant), /^(complete|failed|cut)$/)
      return fault.reply({ variant })
    }),
  )
  assert.ok(made.length > 80)
  assert.ok(Object.entries(faults).every(([id, fault]) => fault.id === id && fault.title !== ''))
  assert.throws(() => faults.F35.reply({ variant: 'nonsense' }), /F35 has no variant "nonsense"; it has close-delimited, chunked/)
})

test('F04: a closed port refuses', async () => {
  const socket = connect(await closedPort(), '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})

test('F10: silence lasts until the client leaves', async (t) => {
  const simulator = await open(t)
  simulator.script('a', faults.F10.reply())
  const socket = await dial(simulator)
  socket.write(requestBytes())
  const call = await simulator.seen(1)
  assert.equal(call.ended, 'running')
  socket.destroy()
  assert.equal(await call.done, 'client-closed')
})

test('F17: a redirect names the other origin', async (t) => {
  const received = await played(t, 'F17', { location: 'http://127.0.0.1:1/x' })
  assert.match(text(received), /^HTTP\/1\.1 307 .*\r\nlocation: http:\/\/127\.0\.0\.1:1\/x\r\n/s)
})

test('F18 and F19: success without an answer', async (t) => {
  assert.match(text(await played(t, 'F18')), /content-type: text\/html/)
  assert.match(text(await played(t, 'F19')), /^HTTP\/1\.1 200 .*content-length: 0\r\n.*\r\n\r\n$/s)
  const simulator = await open(t)
  simulator.script('a', faults.F19.reply({ variant: 'no-content' }))
  assert.equal((await ask(simulator)).status, 204)
})

test('F20: a kept connection is reset when the next request comes, and a fresh one is answered', async (t) => {
  for (const variant of faults.F20.variants) {
    const simulator = await open(t)
    simulator.script('a', faults.F20.reply({ variant }))
    const socket = await dial(simulator)
    socket.write(requestBytes())
    await once(socket, 'data')
    assert.equal(await (await simulator.seen(1)).done, 'answered')
    const ended = variant === 'reset' ? once(socket, 'error') : once(socket, 'end')
    socket.write(requestBytes())
    const [error] = (await ended) as [NodeJS.ErrnoException | undefined]
    assert.equal(error?.code, variant === 'reset' ? 'ECONNRESET' : undefined)
    socket.destroy()
    assert.equal(simulator.calls.length, 1)
    assert.match(text(await receive(simulator, {}, (bytes) => bytes.includes('}]'))), /^HTTP\/1\.1 200 /)
  }
})

test('F23 to F25: the length of the body is not what was said', async (t) => {
  for (const [id, variant] of [
    ['F23', 'fin'],
    ['F23', 'reset'],
    ['F25', 'fin'],
    ['F25', 'reset'],
    ['F25', 'half'],
  ] as const) {
    await t.test(`${id} ${variant}`, async (inner) => {
      const simulator = await open(inner)
      simulator.script('a', faults[id].reply({ variant }))
      await assert.rejects(async () => (await ask(simulator)).text())
      assert.equal(await (await simulator.seen(1)).done, 'broken')
    })
  }
  const short = await played(t, 'F24')
  const said = Number(/content-length: (\d+)/.exec(text(short))?.[1])
  assert.equal(short.bytes.length - short.bytes.indexOf('\r\n\r\n') - 4, said + 5)
})

test('F26: the compressed body is cut in a sound frame', async (t) => {
  for (const variant of faults.F26.variants) {
    const received = await played(t, 'F26', { variant })
    assert.ok(text(received).includes(`content-encoding: ${variant}`))
    assert.equal(received.end, 'open')
  }
  const { bytes } = await played(t, 'F26')
  assert.throws(() => gunzipSync(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)), /unexpected end of file/)
})

test('F27: seventy kilobytes swell to sixty-four mebibytes', async (t) => {
  const { bytes } = await played(t, 'F27')
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
  assert.ok(body.length < 100_000)
  assert.ok(gunzipSync(body).length > 64 * 1024 * 1024)
})

test('F29: no variant is one JSON value', async (t) => {
  for (const variant of faults.F29.variants) {
    const simulator = await open(t)
    simulator.script('a', faults.F29.reply({ variant }))
    await assert.rejects(async () => (await ask(simulator)).json(), SyntaxError)
  }
})

test('F30 and F37: an error comes as a success', async (t) => {
  for (const id of ['F30', 'F37'] as const) {
    for (const variant of faults[id].variants) {
      const seen = text(await played(t, id, { variant }))
      assert.match(seen, /^HTTP\/1\.1 200 /)
      assert.match(seen, /"error":\{"message"/)
      assert.doesNotMatch(seen, /"content":"\w/)
    }
  }
})

test('F35 and F36: a stream ends in half an event after so many good ones', async (t) => {
  for (const [id, end] of [
    ['F35', 'reset'],
    ['F36', 'fin'],
  ] as const) {
    for (const variant of faults[id].variants) {
      const received = await played(t, id, { variant, events: 2, text: 'one two three' })
      assert.equal(received.end, end)
      assert.match(text(received), /"one".*" two".*data: \{[^\n]*\r?\n?$/s)
      assert.doesNotMatch(text(received), /" three"|DONE/)
      assert.equal(text(received).includes('transfer-encoding'), variant === 'chunked')
    }
  }
})

test('F38: the error comes after the content, and no [DONE] but where the provider sends one', async (t) => {
  for (const variant of faults.F38.variants) {
    const seen = text(await played(t, 'F38', { variant }))
    assert.match(seen, /"content":"The".*"?error"?: ?\{/s)
    assert.equal(seen.includes('[DONE]'), variant === 'in-chunk')
  }
})

test('F39: the stream ends cleanly without [DONE]', async (t) => {
  for (const variant of faults.F39.variants) {
    const seen = text(await played(t, 'F39', { variant }))
    assert.match(seen, /"finish_reason":"stop"/)
    assert.doesNotMatch(seen, /DONE/)
  }
})

test('F40 and F41: the connection stays open after [DONE], or in the middle', async (t) => {
  for (const [id, last] of [
    ['F40', '[DONE]'],
    ['F41', '" brown"'],
  ] as const) {
    const simulator = await open(t)
    simulator.script('a', faults[id].reply())
    const { end } = await receive(simulator, { stream: true }, (bytes) => bytes.includes(last))
    assert.equal(end, 'open')
    assert.equal(await (await simulator.seen(1)).done, 'client-closed')
  }
})

test('F42: comments come at the pace of the clock, for ever', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock })
  simulator.script('a', faults.F42.reply({ everyMs: 5000 }))
  const socket = await dial(simulator)
  socket.write(requestBytes({ stream: true }))
  for (let time = 0; time < 5; time++) {
    assert.equal(await clock.untilNext(), 5000)
    const came = once(socket, 'data')
    clock.advance(5000)
    assert.match(String(await came), /: waiting\n\n/)
  }
  socket.destroy()
  assert.equal(await (await simulator.seen(1)).done, 'client-closed')
  assert.equal(clock.timers, 0)
})

test('F43: fifty megabytes without a line end are sent as they are read', async (t) => {
  const simulator = await open(t)
  simulator.script('a', faults.F43.reply())
  const response = await ask(simulator, { stream: true })
  let longest = 0
  let line = 0
  for await (const piece of response.body ?? []) {
    const end = piece.lastIndexOf(10)
    longest = Math.max(longest, line + (end < 0 ? piece.length : piece.indexOf(10)))
    line = end < 0 ? line + piece.length : piece.length - end
  }
  assert.ok(longest >= 50 * 1024 * 1024)
})

test('F44: every line end, in writes of any size, spells the same text', async (t) => {
  for (const variant of ['lf', 'crlf', 'cr']) {
    for (const chunkSize of [1, 5, 64]) {
      const simulator = await open(t)
      simulator.script('a', faults.F44.reply({ variant, chunkSize, text: 'a b c' }))
      assert.equal(spelt(await (await ask(simulator, { stream: true })).text()), 'a b c')
    }
  }
  const mixed = text(await played(t, 'F44', { variant: 'mixed', chunkSize: 4096 }))
  assert.match(mixed, /\}\n\r\ndata/)
})

test('F45: four-byte characters survive any cut', async (t) => {
  for (const chunkSize of [1, 2, 3]) {
    const simulator = await open(t)
    simulator.script('a', faults.F45.reply({ chunkSize, text: 'see' }))
    assert.match(spelt(await (await ask(simulator, { stream: true })).text()), /^see 😀 👩‍👩‍👧 🇫🇷 𝒳 漢字$/)
  }
})

test('F50 to F54: every way of saying when to come back', async (t) => {
  const header = async (id: FaultId, variant: string): Promise<string> => text(await played(t, id, { variant, afterSeconds: 1.2 }))
  assert.match(await header('F50', 'seconds'), /^HTTP\/1\.1 429 .*retry-after: 2\r\n/s)
  assert.match(await header('F52', 'milliseconds'), /retry-after-ms: 1200\r\n/)
  assert.match(await header('F53', 'body-text'), /Please try again in 1\.2s\./)
  assert.match(await header('F53', 'retry-info'), /"retryDelay":"1\.2s"/)
  assert.match(await header('F53', 'reset-header'), /x-ratelimit-reset-requests: 1\.2s/)
  assert.match(await header('F54', 'two-headers'), /retry-after: 3\r\nretry-after: 9\r\n/)
  assert.match(await header('F54', 'empty'), /retry-after: \r\n/)
})

test('F51: the date is off, and the wait is right only beside it', async (t) => {
  const clock = new ManualClock()
  const simulator = await open(t, { clock })
  simulator.script('a', faults.F51.reply({ variant: 'behind', afterSeconds: 30, skewSeconds: 240 }))
  const { headers } = await ask(simulator)
  const date = Date.parse(headers.get('date') ?? '')
  assert.equal(date, clock.wallNow() - 240_000)
  assert.equal(Date.parse(headers.get('retry-after') ?? '') - date, 30_000)
})

test('F55 to F59: refusals have their status', async (t) => {
  const status = async (id: FaultId): Promise<string[]> => {
    const all = faults[id].variants.map(async (variant) => text(await played(t, id, { variant })).slice(9, 12))
    return Promise.all(all)
  }
  assert.deepEqual(await status('F55'), ['429', '402', '400'])
  assert.deepEqual(await status('F57'), ['503', '529'])
  assert.deepEqual(await status('F58'), ['401', '403', '400'])
  assert.deepEqual(await status('F59'), ['400', '400'])
})
