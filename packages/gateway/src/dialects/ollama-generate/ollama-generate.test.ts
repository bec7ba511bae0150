import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalRequest } from '../canonical/request.ts'
import { replay } from '../canonical/replay.ts'
import { bareAsk } from '../dialect.ts'
import { hear, piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import { ollamaGenerate } from './index.ts'

function read(body: object): CanonicalRequest {
  const sketch = ollamaGenerate.sketch(Buffer.from(JSON.stringify({ model: 'm', ...body })), bareAsk)
  return ollamaGenerate.caller?.readRequest(sketch) ?? assert.fail()
}

test('the prompt is what the user says, behind the system’s text', () => {
  const { turns, stream, extras } = read({ prompt: 'Why?', system: 'Be brief.', context: [], suffix: '', raw: true, stream: false })
  assert.deepEqual(turns, [
    { role: 'system', parts: [{ is: 'text', text: 'Be brief.' }] },
    { role: 'user', parts: [{ is: 'text', text: 'Why?' }] },
  ])
  assert.equal(stream, false)
  assert.deepEqual(extras, { raw: true })
})

test('what only a model on the own machine can do is refused', () => {
  assert.throws(() => read({ prompt: 'def f():', suffix: 'return 1' }), /`suffix`.*\/v1\/completions/)
  assert.throws(() => read({ prompt: 'Go on.', context: [1, 2] }), /`context`.*\/api\/chat/)
  assert.throws(() => read({}), /`prompt` is missing/)
})

test('text and thinking come in fields of their own, and the last line is empty', () => {
  const request = read({ prompt: 'a' })
  const sketch = ollamaGenerate.sketch(Buffer.from('{"model":"m"}'), bareAsk)
  const ask = { callId: 'c', model: 'm', createdAt: 0, sketch, request }
  const answer = { blocks: [{ is: 'reasoning', text: 'Hm.' } as const, { is: 'text', text: 'Because.' } as const], finish: 'stop' } as const
  const whole = JSON.parse(ollamaGenerate.caller?.writeAnswer(answer, ask).toString() ?? '')
  assert.deepEqual([whole.response, whole.thinking, whole.done, whole.done_reason], ['Because.', 'Hm.', true, 'stop'])
  const writer = ollamaGenerate.caller?.openWriter(ask)
  const lines = replay(answer)
    .map((event) => writer?.write(event) ?? '')
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ response, thinking, done }) => [response, thinking, done]),
    [
      ['', 'Hm.', false],
      ['Because.', undefined, false],
      ['', undefined, true],
    ],
  )
})

test('recordings go through line by line', { skip: withoutRecordings }, () => {
  const [recording] = recordings('ollama-generate', 'stream')
  assert.ok(recording !== undefined)
  const bytes = recorded(recording.file)
  const sketch = ollamaGenerate.sketch(Buffer.from('{"model":"m"}'), bareAsk)
  for (const size of [1, 11, bytes.length]) {
    const heard = hear(ollamaGenerate.openTap?.(sketch) ?? assert.fail(), piecesOf(bytes, size))
    assert.equal(heard.out.trimEnd(), bytes.toString('latin1').trimEnd())
    assert.deepEqual([heard.ended, heard.usage?.outputTokens], ['done', 71])
  }
})
