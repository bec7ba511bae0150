/** Whole answers and their streams, and what is done to both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { StopWatch } from '../stop-watch.ts'
import type { CanonicalAnswer } from './answer.ts'
import { anyAnswer } from './arbitraries.test.ts'
import { collect } from './collect.ts'
import { dataUrl, mediaTypeOf, parseDataUrl } from './data-url.ts'
import type { CanonicalEvent } from './events.ts'
import { belongsTo, holdsSeal, seal, unseal } from './opaque.ts'
import type { Opaque } from './opaque.ts'
import { replay } from './replay.ts'
import { Sequencer } from './sequential.ts'
import { stopAt } from './stop-at.ts'

const start = (index: number): CanonicalEvent => ({ is: 'tool-call-start', index, id: `c${index}`, name: 'f' })
const delta = (index: number, argumentsText: string): CanonicalEvent => ({ is: 'tool-call-delta', index, argumentsText })
const end = (index: number): CanonicalEvent => ({ is: 'tool-call-end', index })

test('whatever the answer, told as a stream and put together it is the same', () => {
  fc.assert(
    fc.property(anyAnswer, (answer) => assert.deepEqual(collect(replay(answer)), answer)),
    { seed: 3, numRuns: 500 },
  )
})

test('calls that come side by side are told one after the other, with nothing lost', () => {
  const events = [start(0), start(1), delta(1, '{"a'), delta(0, '{'), start(2), end(1), delta(0, '}'), end(0), delta(2, 'x'), end(2)]
  const sequencer = new Sequencer()
  const told = events.flatMap((event) => sequencer.take(event))
  assert.deepEqual(told, [
    start(0),
    delta(0, '{'),
    delta(0, '}'),
    end(0),
    start(1),
    delta(1, '{"a'),
    end(1),
    start(2),
    delta(2, 'x'),
    end(2),
  ])
})

test('whatever the order in which blocks interleave, each comes in one piece and in the order of opening', () => {
  const order = fc.array(fc.nat(3), { maxLength: 40 })
  fc.assert(
    fc.property(order, (picks) => {
      const events = interleaved(picks)
      const sequencer = new Sequencer()
      const told = [...events, { is: 'finish', finish: 'tool-calls' } as const].flatMap((event) => sequencer.take(event)).slice(0, -1)
      assert.deepEqual(collect(told).blocks, collect(events).blocks)
      const visited = told.flatMap((event) => ('index' in event ? [event.index] : []))
      assert.deepEqual(
        visited,
        visited.toSorted((left, right) => left - right),
      )
    }),
    { seed: 5, numRuns: 300 },
  )
})

/** Four calls opened in turn, whose further pieces come in the order of the picks, and which end in the order 3, 1, 0, 2. */
function interleaved(picks: readonly number[]): CanonicalEvent[] {
  return [...[0, 1, 2, 3].map(start), ...picks.map((index, at) => delta(index, `${at} `)), ...[3, 1, 0, 2].map(end)]
}

test('a stop text is found however the text is cut, and nothing of it gets out', () => {
  const text = 'One.\n### User: two'
  for (const stops of [['###'], ['### User', '\n\n'], ['##', '###']]) {
    for (let size = 1; size <= text.length; size++) {
      const watch = new StopWatch(stops)
      let out = ''
      let met: string | undefined
      for (let at = 0; at < text.length && met === undefined; at += size) {
        const seen = watch.take(text.slice(at, at + size))
        out += seen.text
        met = seen.met
      }
      assert.equal(out, 'One.\n', `pieces of ${size}`)
      assert.ok(met !== undefined && stops.includes(met))
    }
  }
})

test('what only looked like a stop text comes out at the end of the block', () => {
  const watch = new StopWatch(['STOP'])
  assert.deepEqual(watch.take('a ST'), { text: 'a ' })
  assert.equal(watch.rest(), 'ST')
})

test('a whole answer is cut at the first stop text, and what follows is gone', () => {
  const answer: CanonicalAnswer = {
    blocks: [
      { is: 'reasoning', text: 'END is only thought of' },
      { is: 'text', text: 'a END b STOP' },
      { is: 'text', text: 'c' },
    ],
    finish: 'length',
  }
  assert.deepEqual(stopAt(answer, ['STOP', 'END', '']), {
    blocks: [
      { is: 'reasoning', text: 'END is only thought of' },
      { is: 'text', text: 'a ' },
    ],
    finish: 'stop-sequence',
    stopSequence: 'END',
  })
  assert.equal(stopAt(answer, ['never']), answer)
})

test('a sealed value comes back as it went, and goes only where it belongs', () => {
  const opaque: Opaque = { origin: { dialect: 'openai-responses', provider: 'openai', keyId: 'k' }, data: 'gAAAA==', id: 'rs_1' }
  const sealed = seal(opaque)
  assert.match(sealed, /^kw1\.[\w-]+$/)
  assert.deepEqual(unseal(sealed, 'anthropic-messages'), opaque)
  assert.ok(holdsSeal(Buffer.from(JSON.stringify({ signature: sealed }))))
  assert.ok(!holdsSeal(Buffer.from('{"text":"kw1 is a mark"}')))
  assert.ok(belongsTo(opaque, { dialect: 'openai-responses', provider: 'openai' }))
  assert.ok(!belongsTo(opaque, { dialect: 'openai-responses', provider: 'xai' }))
  assert.ok(!belongsTo(opaque, { dialect: 'anthropic-messages', provider: 'anthropic' }))
  const signature: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 's' }
  assert.ok(belongsTo(signature, { dialect: 'bedrock-converse', provider: 'bedrock' }))
  assert.ok(!belongsTo({ ...signature, data: '' }, { dialect: 'anthropic-messages', provider: 'anthropic' }))
})

test('a value that nobody sealed is the vendor’s own, and junk behind the mark is no seal', () => {
  assert.deepEqual(unseal('EqQBCg==', 'anthropic-messages'), { origin: { dialect: 'anthropic-messages' }, data: 'EqQBCg==' })
  for (const junk of ['kw1.', 'kw1.e30', 'kw1.%%%']) assert.equal(unseal(junk, 'openai-chat').data, junk)
})

test('data URLs are read as clients write them', () => {
  assert.deepEqual(parseDataUrl('data:image/png;base64,iVBORw0KGgo='), { mediaType: 'image/png', data: 'iVBORw0KGgo=' })
  assert.deepEqual(parseDataUrl('DATA:Image/JPEG;charset=x;BASE64,_9j-\n AA'), { mediaType: 'image/jpeg', data: '/9j+AA' })
  assert.equal(parseDataUrl('data:;base64,iVBORw0KGgo=')?.mediaType, 'image/png')
  for (const none of ['data:text/plain,hello', 'https://example.org/a.png', 'data:', '']) assert.equal(parseDataUrl(none), undefined)
  assert.equal(dataUrl({ is: 'base64', mediaType: 'image/gif', data: 'R0lGOD' }), 'data:image/gif;base64,R0lGOD')
  assert.equal(mediaTypeOf('R0lGODlh'), 'image/gif')
  assert.equal(mediaTypeOf('AAAA'), undefined)
})
