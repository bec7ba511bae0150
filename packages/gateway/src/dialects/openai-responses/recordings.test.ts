import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collect } from '../canonical/collect.ts'
import { bareAsk } from '../dialect.ts'
import { hear, piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { promisesAreKept, readPieces } from '../reading.test.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { openAiResponses } from './index.ts'
import { blocksOf } from './read-blocks.ts'
import { readResponsesAnswer } from './read-answer.ts'
import { origin } from './samples.test.ts'
import { ResponsesReader } from './stream-reader.ts'

/** Recorded errors and what they mean. */
const meanings: Readonly<Record<string, string>> = {
  'openai/openai-responses/error-400-context-length': 'context-too-long',
  'openai/openai-responses/error-400-reasoning-item-orphaned': 'bad-request',
  'openai/openai-responses/error-429-insufficient-quota-body': 'billing',
}

test('recorded streams go through byte for byte', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-responses', 'stream')) {
    await t.test(recording.id, () => {
      const bytes = streamOf(recording)
      const sketch = openAiResponses.sketch(Buffer.from('{"model":"m","stream":true,"store":false}'), bareAsk)
      for (const size of [1, 3, 1000, bytes.length]) {
        const tap = openAiResponses.openTap?.(sketch)
        assert.ok(tap)
        const { out, ended, reason, usage, hasContent } = hear(tap, piecesOf(bytes, size))
        assert.equal(out, bytes.toString('latin1'))
        assert.deepEqual([ended, reason, hasContent], ['done', undefined, true])
        const told = lastResponse(bytes)['usage']
        // Zeros all over come from a server that did not count.
        if (isRecord(told) && told['total_tokens'] !== 0) assert.equal(usage?.outputTokens, told['output_tokens'])
      }
    })
  }
})

test('recorded streams are read into the very blocks that their last event tells', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-responses', 'stream')) {
    await t.test(recording.id, () => {
      const bytes = streamOf(recording)
      const read = readPieces(new ResponsesReader(origin), [bytes])
      for (const size of [1, 7, 1500]) assert.deepEqual(readPieces(new ResponsesReader(origin), piecesOf(bytes, size)), read)
      promisesAreKept(read.events)
      assert.equal(read.ended, 'done')
      const output = lastResponse(bytes)['output']
      const expected = Array.isArray(output) ? output.filter(isRecord).flatMap((item) => blocksOf(item, origin)) : []
      if (expected.length > 0) assert.deepEqual(plain(collect(read.events).blocks), plain(expected))
    })
  }
})

test('recorded answers are answers, and their usage is read', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-responses', 'response')) {
    await t.test(recording.id, () => {
      const body = recorded(recording.file)
      assert.equal(openAiResponses.readAnswer(body).failure, undefined)
      const read = readResponsesAnswer(body, origin)
      assert.ok(read.failure === undefined)
      assert.notEqual(read.answer.blocks.length, 0)
      const { usage } = JSON.parse(body.toString()) as { usage: { input_tokens: number; output_tokens: number } }
      const { inputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0, outputTokens } = read.answer.usage ?? {}
      assert.deepEqual([inputTokens + cacheReadTokens + cacheWriteTokens, outputTokens], [usage.input_tokens, usage.output_tokens])
    })
  }
})

test('recorded errors mean what they meant', { skip: withoutRecordings }, () => {
  for (const { id, status, file } of recordings('openai-responses', 'error')) {
    const { reason } = openAiResponses.readFailure({ status, headers: {}, body: recorded(file), wallNow: 0 })
    assert.equal(reason, meanings[id], id)
  }
})

/** Encrypted thinking is another text in each event, and one provider's ids are too. */
function plain(blocks: readonly object[]): unknown {
  return blocks.map((block) =>
    'opaque' in block ? { ...block, opaque: 'opaque' } : 'value' in block ? { ...block, value: 'value' } : block,
  )
}

const ends: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete'])

/** Some recordings were stored without their framing. */
function streamOf({ file, framing }: Recording): Buffer {
  const bytes = recorded(file)
  if (framing === 'sse') return bytes
  const text = bytes.toString()
  const events: unknown[] = framing.startsWith('json-lines')
    ? text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parseJson)
    : JSON.parse(text)
  // One of them is two answers in a row.
  const end = events.findIndex((event) => isRecord(event) && ends.has(event['type']))
  return Buffer.from(
    events
      .slice(0, end + 1)
      .map((event) => `event: ${isRecord(event) ? textIn(event['type']) : ''}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  )
}

function lastResponse(bytes: Buffer): Record<string, unknown> {
  const line = bytes
    .toString()
    .split('\n')
    .findLast((each) => each.startsWith('data: {') && /"type":"response\.(?:completed|incomplete)"/.test(each))
  const event = parseJson(line?.slice('data: '.length) ?? '')
  return isRecord(event) && isRecord(event['response']) ? event['response'] : {}
}
