/** Gemini's streams that pass through: byte for byte where the form is the caller's, and the same objects where it is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAsk } from '../dialect.ts'
import type { Sketch, StreamTap } from '../dialect.ts'
import { hear, piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import type { Heard, Recording } from '../harness.test.ts'
import { geminiGenerate } from './index.ts'

function sketchOf(query: string, body: string = '{"contents":[]}'): Sketch {
  return geminiGenerate.sketch(Buffer.from(body), { ...bareAsk, model: 'm', stream: true, query })
}

function open(query: string): StreamTap {
  const tap = geminiGenerate.openTap?.(sketchOf(query))
  assert.ok(tap)
  return tap
}

/** The same in every cut. */
function heard(query: string, text: string): Heard {
  const bytes = Buffer.from(text)
  const whole = hear(open(query), [bytes])
  for (let size = 1; size < Math.min(bytes.length, 40); size++) assert.deepEqual(hear(open(query), piecesOf(bytes, size)), whole)
  for (let at = 1; at < bytes.length; at++) assert.deepEqual(hear(open(query), [bytes.subarray(0, at), bytes.subarray(at)]), whole)
  return { ...whole, out: Buffer.from(whole.out, 'latin1').toString() }
}

const usage = (output: number): string =>
  `"usageMetadata":{"promptTokenCount":42,"candidatesTokenCount":${output},"cachedContentTokenCount":30}`
const first = `{"candidates":[{"content":{"parts":[{"text":"Grüße 👋🏽"}],"role":"model"}}],${usage(4)}}`
const last = `{"candidates":[{"content":{"parts":[{"text":" to you."}],"role":"model"},"finishReason":"STOP"}],${usage(9)}}`
const asEvents = (...objects: string[]): string => objects.map((object) => `data: ${object}\r\n\r\n`).join('')
const asArray = (...objects: string[]): string => `[${objects.join('\n,\r\n')}\n]\n`
const counted = { inputTokens: 12, cacheReadTokens: 30, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0, source: 'provider' }

test('events go through as they came, and the last usage is the one that counts (dialects U3)', () => {
  const text = asEvents(first, last)
  const { out, ended, usage: told, contentEvents } = heard('alt=sse', text)
  assert.equal(out, text)
  assert.deepEqual([ended, told, contentEvents], ['done', counted, 2])
})

test('an array goes through as it came to whoever did not ask for events', () => {
  const text = asArray(first, last)
  const { out, ended, usage: told } = heard('', text)
  assert.equal(out, text)
  assert.deepEqual([ended, told], ['done', counted])
})

test('events become an array and an array events where the caller reads the other form', () => {
  const array = heard('', asEvents(first, last))
  assert.deepEqual(JSON.parse(array.out), [JSON.parse(first), JSON.parse(last)])
  assert.deepEqual([array.ended, array.usage], ['done', counted])
  const events = heard('alt=sse', asArray(first, last))
  assert.equal(events.out, asEvents(first, last))
})

test('comments and names of events do not get into an array, and OpenAI’s mark of the end reaches nobody (dialects S4, S9)', () => {
  const text = `: ping, [1]\r\nevent: a, b\r\n${asEvents(first)}: ping\r\n\r\n${asEvents(last)}data: [DONE]\n\n`
  const array = heard('', text)
  assert.deepEqual(JSON.parse(array.out), [JSON.parse(first), JSON.parse(last)])
  const events = heard('alt=sse', text)
  assert.equal(events.out, text.replace('data: [DONE]\n\n', ''))
  assert.deepEqual([array.ended, events.ended, events.reason], ['done', 'done', undefined])
})

test('an object on several lines becomes one line', () => {
  const pretty = JSON.stringify(JSON.parse(first), undefined, 2)
  const { out } = heard('alt=sse', asArray(pretty, last))
  const lines = out.split('\r\n\r\n').filter((line) => line !== '')
  assert.ok(lines.every((line) => line.startsWith('data: ') && !/[\r\n]/.test(line)))
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line.slice('data: '.length))),
    [JSON.parse(first), JSON.parse(last)],
  )
})

test('a stream that does not say why it stopped has not ended, however tidy its end (dialects T1)', () => {
  for (const [query, text] of [
    ['alt=sse', asEvents(first)],
    ['', asArray(first)],
  ] as const) {
    const { ended, out } = heard(query, text)
    assert.equal(ended, 'no')
    assert.doesNotMatch(out, /\]\s*$/)
  }
})

test('a refused prompt is an end as well', () => {
  const { ended, hasContent } = heard('alt=sse', asEvents('{"promptFeedback":{"blockReason":"SAFETY"}}'))
  assert.deepEqual([ended, hasContent], ['done', true])
})

const overloaded = '{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}'

test('an error inside a stream is a failure and does not reach the caller as it is', () => {
  const inEvents = heard('alt=sse', asEvents(first, overloaded))
  assert.equal(inEvents.reason, 'overloaded')
  assert.equal(inEvents.out, asEvents(first))
  const bare = heard('alt=sse', `${asEvents(first)}${overloaded}\r\n\r\n`)
  assert.deepEqual([bare.reason, bare.out], ['overloaded', asEvents(first)])
  const inArray = heard('', asArray(first, overloaded))
  assert.equal(inArray.reason, 'overloaded')
  assert.equal(inArray.out, `[${first}`)
  assert.equal(heard('alt=sse', overloaded).reason, 'overloaded')
})

test('a stream that is cut in an object, or is none at all, is a failure', () => {
  const text = asEvents(first, last)
  for (const cut of [text.slice(0, -20), text.slice(0, asEvents(first).length + 20)]) {
    assert.equal(heard('alt=sse', cut).reason, 'truncated', cut)
  }
  assert.equal(heard('', asArray(first, last).slice(0, -40)).reason, 'truncated')
  assert.equal(heard('alt=sse', 'data: hello\n\ndata: {}\n\n').reason, 'bad-answer')
})

test('what breaks off tells so in the form of the caller, behind what was sent already', () => {
  const failure = { reason: 'truncated', message: 'Gone.', sent: 'yes' } as const
  const events = open('alt=sse')
  events.take(Buffer.from(asEvents(first)))
  const event = events.breakOff?.(failure).toString() ?? ''
  assert.match(event, /^data: \{"error":\{"code":502,"message":"Gone\.","status":"UNAVAILABLE",.*\}\n\n$/)
  for (const sent of ['', asEvents(first)]) {
    const array = open('')
    const out = array.take(Buffer.from(sent)) ?? Buffer.alloc(0)
    assert.deepEqual(codesIn(`${out.toString()}${String(array.breakOff?.(failure))}`), sent === '' ? [502] : [undefined, 502])
  }
  assert.deepEqual(codesIn(geminiGenerate.writeStreamFailure(failure, sketchOf('')).toString()), [502])
})

function codesIn(array: string): (number | undefined)[] {
  return (JSON.parse(array) as { error?: { code: number } }[]).map(({ error }) => error?.code)
}

test('separators of lines that some readers know are escaped, and nothing else changes', () => {
  const odd = `{"candidates":[{"content":{"parts":[{"text":"a\u2028b\u2029c\u0085d"}]},"finishReason":"STOP"}]}`
  const { out } = heard('alt=sse', asEvents(odd))
  assert.equal(out, asEvents(odd.replaceAll(/[\u2028\u2029\u0085]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)))
})

test('recorded streams of Gemini go through byte for byte, and their counts add up', { skip: withoutRecordings }, async (t) => {
  for (const recording of [...recordings('gemini', 'stream'), ...recordings('gemini-generate', 'stream')]) {
    await t.test(recording.id, () => goesThrough(recording))
  }
})

function goesThrough({ file, framing }: Recording): void {
  const bytes = recorded(file)
  const text = framing.startsWith('json-lines')
    ? bytes
        .toString()
        .trim()
        .split('\n')
        .map((line) => `data: ${line}\r\n\r\n`)
        .join('')
    : bytes.toString()
  const query = text.startsWith('[') ? '' : 'alt=sse'
  const whole = hear(open(query), [Buffer.from(text)])
  for (const size of [1, 7, 64, 1000]) assert.deepEqual(hear(open(query), piecesOf(Buffer.from(text), size)), whole)
  assert.deepEqual([whole.reason, whole.ended, whole.hasContent], [undefined, 'done', true])
  const ending = query === '' || /\n\r?\n$/.test(text) ? '' : '\n'
  const out = Buffer.from(whole.out, 'latin1').toString()
  assert.equal(out, text + ending)
  const counts = [...text.matchAll(/"promptTokenCount":\s*(\d+)/g)].at(-1)?.[1]
  if (counts === undefined) return
  const { usage: told } = whole
  assert.ok(told)
  assert.ok(told.inputTokens + told.cacheReadTokens >= Number(counts))
}
