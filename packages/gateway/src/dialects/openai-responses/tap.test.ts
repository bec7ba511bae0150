import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hear, piecesOf } from '../harness.test.ts'
import { isRecord } from '../wire.ts'
import { completed, created, eventsIn, responseIn, sketchOf, streamOf } from './samples.test.ts'
import { amendmentOf } from './stored.ts'
import { ResponsesTap } from './tap.ts'

const text = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'a' }

test('bytes go through untouched in every cut, and usage comes from the last event', () => {
  const bytes = streamOf([created, text, completed()])
  const whole = hear(new ResponsesTap(), [bytes])
  assert.equal(whole.out, bytes.toString('latin1'))
  assert.deepEqual([whole.ended, whole.hasContent, whole.usage?.cacheReadTokens], ['done', true, 30])
  for (let at = 1; at < bytes.length; at++) {
    assert.deepEqual(hear(new ResponsesTap(), [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))]), whole)
  }
})

test('the type is found wherever it stands, and never in what the model says', () => {
  const tap = new ResponsesTap()
  const hidden = '{"delta":"\\"type\\":\\"response.failed\\"","item":{"type":"error"},"type":"response.output_text.delta"}'
  tap.take(Buffer.from(`data: ${hidden}\nevent: response.output_text.delta\n\n`))
  assert.equal(tap.failure, undefined)
  assert.equal(tap.hasContent, true)
})

test('beginnings are no content: a model that only thinks has said nothing yet', () => {
  const tap = new ResponsesTap()
  const item = { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs', summary: [] } }
  tap.take(streamOf([created, { type: 'response.in_progress', response: {} }, item]))
  assert.deepEqual([tap.hasContent, tap.dataEvents], [false, 3])
})

test('those who do not name their events are waited for, because `[DONE]` is still to come', () => {
  const nameless = streamOf([created, text, completed()])
    .toString()
    .replaceAll(/^event: .*\n/gm, '')
  const tap = new ResponsesTap()
  tap.take(Buffer.from(`: OPENROUTER PROCESSING\n\n${nameless}`))
  assert.equal(tap.ended, 'finish')
  assert.equal(tap.take(Buffer.from('data: [DONE]\n\n'))?.toString(), 'data: [DONE]\n\n')
  assert.equal(tap.ended, 'done')
})

test('an error of the provider is a failure, and is told by an event of our own under the next number', () => {
  const tap = new ResponsesTap()
  const error = { type: 'error', error: { code: 'server_error', message: 'Oops.' } }
  const out = tap.take(streamOf([created, text, error])) ?? Buffer.alloc(0)
  assert.equal(eventsIn(out.toString()).length, 2)
  assert.equal(tap.failure?.reason, 'upstream-broken')
  const [event] = eventsIn(tap.breakOff({ reason: 'context-too-long', message: 'Too long.', sent: 'yes' }).toString())
  assert.deepEqual([event?.['type'], event?.['sequence_number'], responseIn(event)['id']], ['response.failed', 2, 'resp_1'])
  assert.deepEqual(responseIn(event)['error'], { code: 'context_length_exceeded', message: 'Too long.' })
})

function codeOf(reason: 'rate-limited' | 'billing' | 'truncated' | 'stalled' | 'budget-spent'): unknown {
  const [event] = eventsIn(new ResponsesTap().breakOff({ reason, message: 'x', sent: 'yes' }).toString())
  const { error } = responseIn(event)
  return isRecord(error) && error['code']
}

test('codes of our own failures are those that Codex acts on', () => {
  assert.deepEqual(
    [codeOf('rate-limited'), codeOf('billing'), codeOf('budget-spent'), codeOf('truncated'), codeOf('stalled')],
    ['rate_limit_exceeded', 'insufficient_quota', 'insufficient_quota', 'server_error', 'server_error'],
  )
})

test('a stream that ends before its last event has not ended, and one cut in an event is truncated', () => {
  assert.equal(hear(new ResponsesTap(), [streamOf([created, text])]).ended, 'no')
  assert.equal(hear(new ResponsesTap(), [streamOf([created, text]), Buffer.from('data: {"type":"response.outp')]).reason, 'truncated')
})

test('several lines of data are one event', () => {
  const lines = streamOf([completed()]).toString().replace('"response":', '\ndata: "response":')
  const tap = new ResponsesTap()
  const out = tap.take(Buffer.from(lines))?.toString() ?? ''
  assert.equal(eventsIn(out).length, 1)
  assert.deepEqual([tap.ended, tap.usage?.outputTokens], ['done', 9])
})

test('of a kept answer the caller hears that it is kept, and what came before it', () => {
  const sketch = sketchOf({ previous_response_id: 'resp_0', input: 'x' })
  const stream = streamOf([created, text, completed([], { store: false, previous_response_id: null })])
  for (const pieces of [[stream], piecesOf(stream, 5)]) {
    const tap = new ResponsesTap(amendmentOf(sketch))
    const told = eventsIn(pieces.map((piece) => tap.take(piece)?.toString() ?? '').join(''))
    assert.deepEqual(
      [told[0], told[2]].map((event) => {
        const { store, previous_response_id: previous } = responseIn(event)
        return [store, previous, event?.['sequence_number']]
      }),
      [
        [true, 'resp_0', 0],
        [true, 'resp_0', 2],
      ],
    )
    assert.equal(tap.whole?.['previous_response_id'], 'resp_0')
  }
})
