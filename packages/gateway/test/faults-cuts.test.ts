/** P1: a stream that is cut at any byte never looks complete, and what came before the cut arrives. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply, Step } from '@keywheel/simulator'
import { hear } from './faults/hear.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'

/** A short stream with what real ones have: a comment, the role, text beyond ASCII, CRLF, a tool call, the finish, the usage. */
const events = [
  ': OPENROUTER PROCESSING\n\n',
  eventOf({ role: 'assistant', content: '' }),
  eventOf({ content: 'Gr' }),
  eventOf({ content: 'üße 😀' }),
  `id: 7\r\n${eventOf({ content: ' {"data: [DONE]"}' }).replaceAll('\n', '\r\n')}`,
  eventOf({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"error":' } }] }),
  eventOf({}, 'stop'),
  'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n',
  'data: [DONE]\n\n',
]
const bytes = Buffer.from(events.join(''))
const finishEndsAt = Buffer.byteLength(events.slice(0, 7).join(''))
const doneSaidAt = bytes.lastIndexOf('[DONE]') + '[DONE]'.length
const contentEndsAt = Buffer.byteLength(events.slice(0, 3).join(''))

function eventOf(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
}

type Framing = 'chunked' | 'close-delimited'

function cutAt(at: number, framing: Framing, end: 'fin' | 'reset'): Reply {
  const part = bytes.subarray(0, at)
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${framing === 'chunked' ? 'transfer-encoding: chunked' : 'connection: close'}\r\n\r\n`
  const framed = framing === 'chunked' && at > 0 ? Buffer.concat([Buffer.from(`${at.toString(16)}\r\n`), part, Buffer.from('\r\n')]) : part
  const steps: Step[] = [{ do: 'write', bytes: Buffer.concat([Buffer.from(head), framed]) }, { do: end }]
  return { is: 'wire', steps }
}

/** The data of the events that are complete at the cut. A clean end stands for a blank line that was left out. */
function completeBefore(at: number, isClean: boolean): string[] {
  const complete: string[] = []
  let end = 0
  for (const event of events.slice(0, 7)) {
    end += Buffer.byteLength(event)
    const enough = isClean ? end - event.length + event.trimEnd().length : end
    if (at >= enough && event.includes('data:')) complete.push(dataIn(event))
  }
  return complete
}

function dataIn(event: string): string {
  return JSON.stringify(JSON.parse(event.slice(event.indexOf('data:') + 5)))
}

/** [DONE] has come, or a clean end behind the finish with nothing but whole events before it. */
function mayEndCleanly(at: number, isClean: boolean): boolean {
  if (at >= bytes.length || (isClean && at >= doneSaidAt)) return true
  if (!isClean || at < finishEndsAt - 2) return false
  const [, last = ''] = /([^\n]*)\n*$/.exec(bytes.toString('utf8', finishEndsAt - 1, at)) ?? []
  return 'data: '.startsWith(last) || last.endsWith('}}')
}

const knownLines = new Set(events.join('').split(/\r\n|\n/))

async function checkCut(stand: Stand, at: number, isClean: boolean): Promise<void> {
  const { status, body, finished } = await stand.hear({ model: 'alpha/m', stream: true })
  const where = `cut at ${at}`
  if (status !== 200) return assert.ok(at < contentEndsAt, where)
  const heard = hear(body)
  const told = heard.events.filter((event) => event !== heard.events.at(-1) || heard.error === undefined)
  assert.deepEqual(
    told.map((event) => JSON.stringify(event)),
    completeBefore(at, isClean),
    where,
  )
  for (const line of body.toString().split(/\r\n|\r|\n/)) assert.ok(knownLines.has(line) || line.startsWith('data: {"error":'), where)
  const whole = mayEndCleanly(at, isClean)
  assert.deepEqual([heard.done, finished, heard.error === undefined], [whole, whole, whole], where)
  if (!whole) assert.equal(heard.error?.code, 'answer_truncated', where)
}

for (const [framing, end] of [
  ['chunked', 'fin'],
  ['chunked', 'reset'],
  ['close-delimited', 'fin'],
  ['close-delimited', 'reset'],
] as const) {
  test(`P1 a stream cut at every byte (${framing}, ${end}) is never ended cleanly, and no half event gets through`, async (t) => {
    const settings = 'retry: { max_attempts_per_key: 1 }'
    const stand = await openStand(t, { settings })
    for (let at = 0; at <= bytes.length; at++) {
      stand.alpha.script('*', cutAt(at, framing, end))
      await checkCut(stand, at, framing === 'close-delimited')
      stand.clock.advance(600_000)
    }
    assert.equal(stand.gateway.keyring.inFlight, 0)
    assert.equal(stand.beta.calls.length, 0)
  })
}

test('P1 a stream that is cut before content is an error answer, not an empty stream', async (t) => {
  const stand = await openStand(t, { settings: 'retry: { max_attempts_per_key: 1 }' })
  stand.alpha.script('*', cutAt(Buffer.byteLength(events.slice(0, 2).join('')), 'chunked', 'fin'))
  const { status, body } = await stand.hear({ model: 'alpha/m', stream: true })
  assert.equal(status, 502)
  assert.match(body.toString(), /"code":"answer_truncated"/)
  await leaves(stand, 'failed 502 truncated')
})
