/**
 * Every recorded answer of every provider, translated for callers of every dialect, and read there as strictly as clients read: all that
 * was said arrives, and nothing else.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DialectName } from '../domain/operation.ts'
import type { Finish } from './canonical/answer.ts'
import type { Dialect } from './dialect.ts'
import { piecesOf, withoutRecordings } from './harness.test.ts'
import { readings } from './recorded/heard-by-caller.test.ts'
import type { Reading } from './recorded/heard-by-caller.test.ts'
import type { HeardAnswer } from './recorded/heard.test.ts'
import { recordedStreams, recordedWholes } from './recorded/recorded-answers.test.ts'
import type { RecordedAnswer } from './recorded/recorded-answers.test.ts'
import { toldBy } from './recorded/told-by-provider.test.ts'
import type { Told, ToldCall } from './recorded/told-by-provider.test.ts'
import { bridgeFor, callers, run, spoken, unusable } from './recorded/translated-answer.test.ts'

const upstreamOnly = /(?<!\\)"(?:obfuscation|p|x_groq|latency_checkpoint)":/

test('all that a recorded stream says arrives at every caller, in whatever pieces it comes', { skip: withoutRecordings }, async (t) => {
  for (const recording of spoken(recordedStreams())) {
    await t.test(recording.id, () => forEachCaller((caller, reading) => arrives(recording, caller, reading)))
  }
})

test('a stream that is cut anywhere is no complete answer for any caller', { skip: withoutRecordings }, async (t) => {
  for (const recording of spoken(recordedStreams())) {
    await t.test(recording.id, () => {
      const { bytes, dialect } = recording
      const { calls } = toldBy(dialect, recording.events(bytes))
      for (const length of cutsOf(bytes)) {
        const beginning = Buffer.from(bytes.subarray(0, length))
        const told = toldBy(dialect, recording.events(beginning))
        forEachCaller((caller, reading) => {
          const { out, failure } = run(caller, bridgeFor(caller, recording), [beginning])
          const heard = reading.stream(out)
          const hint = `cut at ${length}: ${out.slice(-300)}`
          assert.equal(heard.fails, failure !== undefined, hint)
          isNoMoreThanSaid(told, heard, hint)
          // Chat tells calls as they come; all others close them, and what is closed must be whole.
          if (caller.name === 'openai-chat') return
          assert.deepEqual(heard.calls.map(said), calls.slice(0, heard.calls.length).map(said), hint)
        })
      }
    })
  }
})

test('an event that comes twice breaks no rule of any dialect', { skip: withoutRecordings }, async (t) => {
  for (const recording of spoken(recordedStreams())) {
    await t.test(recording.id, () => forEachCaller((caller, reading) => bearsRepetition(recording, caller, reading)))
  }
})

test('all that a recorded whole answer says arrives at every caller, and half of it is none', { skip: withoutRecordings }, async (t) => {
  for (const recording of spoken(recordedWholes())) {
    await t.test(recording.id, () => forEachCaller((caller, reading) => arrivesWhole(recording, caller, reading)))
  }
})

function forEachCaller(check: (caller: Dialect, reading: Reading) => void): void {
  for (const caller of callers) {
    const reading = readings[caller.name]
    assert.ok(reading)
    try {
      check(caller, reading)
    } catch (error) {
      throw new Error(`for a caller of ${caller.name}`, { cause: error })
    }
  }
}

function arrives(recording: RecordedAnswer, caller: Dialect, reading: Reading): void {
  const { bytes, dialect, silence } = recording
  const made = bridgeFor(caller, recording)
  const { out, failure } = run(caller, made, [bytes])
  for (const size of pieceSizes(bytes)) {
    assert.ok(run(caller, made, piecesOf(bytes, size)).out === out, `pieces of ${size} tell the same`)
  }
  if (silence !== '') {
    const spaced = recording.pieces(bytes).flatMap((piece) => [Buffer.from(silence), piece])
    assert.ok(run(caller, made, spaced).out === out, 'what says nothing changes nothing')
  }
  assert.doesNotMatch(out, upstreamOnly)
  const heard = reading.stream(out)
  const told = toldBy(dialect, recording.events(bytes))
  if (unusable[recording.id] === undefined) compare(told, heard, caller.name)
  else assert.deepEqual([heard.fails, heard.finish], [true, undefined])
  assert.equal(heard.fails, failure !== undefined)
}

/** @param told in the beginning of a stream. */
function isNoMoreThanSaid(told: Told, heard: HeardAnswer, hint: string): void {
  if (heard.fails) assert.equal(heard.finish, undefined, hint)
  else assert.ok(told.finish !== undefined && !told.fails, hint)
  // Less than what was said, where the last piece of it was cut, and never more.
  assert.ok((told.text + told.refusal).startsWith(heard.text + heard.refusal), hint)
  assert.ok(heard.calls.length <= told.calls.length, hint)
}

function bearsRepetition(recording: RecordedAnswer, caller: Dialect, reading: Reading): void {
  const made = bridgeFor(caller, recording)
  const pieces = recording.pieces(recording.bytes)
  for (const at of [0, 1, 2, Math.floor(pieces.length / 2), pieces.length - 3, pieces.length - 2, pieces.length - 1]) {
    const twice = pieces[at]
    if (twice === undefined) continue
    const { out, failure } = run(caller, made, pieces.toSpliced(at, 0, twice))
    const { fails, finish } = reading.stream(out)
    assert.deepEqual([fails, finish === undefined], [failure !== undefined, failure !== undefined], `event ${at}`)
  }
}

function arrivesWhole(recording: RecordedAnswer, caller: Dialect, reading: Reading): void {
  const { bytes, dialect } = recording
  const made = bridgeFor(caller, recording)
  const read = made.readWhole(bytes, 'application/json')
  assert.equal(read.failure, undefined)
  const out = read.body.toString()
  assert.doesNotMatch(out, upstreamOnly)
  compare(toldBy(dialect, recording.events(bytes)), reading.whole(out), caller.name)
  for (const length of cutsOf(bytes)) {
    // The last line break of a body is nothing that could be missed.
    if (bytes.toString('utf8', length).trim() === '') continue
    assert.notEqual(made.readWhole(Buffer.from(bytes.subarray(0, length)), 'application/json').failure, undefined, `cut at ${length}`)
  }
}

function said({ name, given }: ToldCall): unknown {
  return typeof given === 'string' ? name : { name, given }
}

/** Byte by byte takes long where there are many. */
function pieceSizes({ length }: Buffer): readonly number[] {
  return length < 30_000 ? [1, 64] : [64]
}

/** Places all over the stream, others in each, the same in every run. */
function cutsOf({ length }: Buffer): readonly number[] {
  const cuts = length < 60_000 ? 20 : 4
  return Array.from({ length: cuts }, (_, at) => Math.floor(((at + ((length * 7919 + at * 104_729) % 1000) / 1000) / cuts) * length))
}

/** The words of each caller for why the model stopped (dialects, section 5). */
const finishes: Readonly<Partial<Record<DialectName, Readonly<Record<Finish, string>>>>> = {
  'openai-chat': {
    stop: 'stop',
    'stop-sequence': 'stop',
    length: 'length',
    'context-full': 'length',
    'tool-calls': 'tool_calls',
    'content-filter': 'content_filter',
    pause: 'stop',
    other: 'stop',
  },
  'openai-responses': {
    stop: 'completed',
    'stop-sequence': 'completed',
    length: 'incomplete max_output_tokens',
    'context-full': 'incomplete max_output_tokens',
    'tool-calls': 'completed',
    'content-filter': 'incomplete content_filter',
    pause: 'completed',
    other: 'completed',
  },
  'anthropic-messages': {
    stop: 'end_turn',
    'stop-sequence': 'stop_sequence',
    length: 'max_tokens',
    'context-full': 'model_context_window_exceeded',
    'tool-calls': 'tool_use',
    'content-filter': 'refusal',
    pause: 'pause_turn',
    other: 'end_turn',
  },
  'gemini-generate': {
    stop: 'STOP',
    'stop-sequence': 'STOP',
    length: 'MAX_TOKENS',
    'context-full': 'MAX_TOKENS',
    'tool-calls': 'STOP',
    'content-filter': 'SAFETY',
    pause: 'STOP',
    other: 'OTHER',
  },
  'ollama-chat': endsWith('stop', 'length'),
  kobold: endsWith('stop', 'length'),
}

function endsWith(stop: string, length: string): Readonly<Record<Finish, string>> {
  const stops = { stop, 'stop-sequence': stop, 'tool-calls': stop, 'content-filter': stop, pause: stop, other: stop }
  return { ...stops, length, 'context-full': length }
}

function expectedFinish(told: Told, caller: DialectName): string | undefined {
  const { finish, rawFinish } = told
  if (finish === undefined) return undefined
  if (caller === 'anthropic-messages') return ownStop(told) ?? finishes[caller]?.[finish]
  // Its own word for a block that comes back to a caller of its own.
  if (caller === 'gemini-generate' && finish === 'content-filter' && /^[A-Z_]+$/.test(rawFinish)) return rawFinish
  return finishes[caller]?.[finish]
}

/** Where Anthropic's callers learn more than from the table. */
function ownStop({ finish, rawFinish, stopSequence, refusal }: Told): string | undefined {
  if (rawFinish === 'compaction') return rawFinish
  if (finish === 'stop' && refusal !== '') return 'refusal'
  return finish === 'stop-sequence' && stopSequence === undefined ? 'end_turn' : undefined
}

/** Callers who see a refusal as text, or see no calls and counts at all. */
const refusalIsText: ReadonlySet<DialectName> = new Set(['anthropic-messages', 'gemini-generate', 'ollama-chat', 'kobold'])

function compare(told: Told, heard: HeardAnswer, caller: DialectName): void {
  if (refusalIsText.has(caller)) assert.equal(heard.text, told.text + told.refusal)
  else assert.deepEqual([heard.text, heard.refusal], [told.text, told.refusal])
  assert.equal(heard.fails, told.fails)
  assert.equal(heard.finish, told.fails ? undefined : expectedFinish(told, caller))
  if (caller === 'kobold' || told.fails) return
  compareCalls(told, heard)
  // Between thoughts each dialect has its own blank lines.
  assert.equal(bare(heard.thinking), bare(told.thinking))
  // Zeros all over come from servers that did not count.
  if (told.input === undefined || told.input + (told.output ?? 0) === 0) return
  assert.deepEqual([heard.input, heard.output], [told.input, told.output])
}

function bare(text: string): string {
  return text.replaceAll(/\s/g, '')
}

function compareCalls(told: Told, { calls }: HeardAnswer): void {
  assert.deepEqual(
    calls.map(({ name }) => name),
    told.calls.map(({ name }) => name),
  )
  calls.forEach(({ given }, place) => {
    const asked = told.calls[place]?.given
    // Where arguments are objects, a text that is cut off cannot be told as it is.
    if (typeof asked !== 'string' || typeof given === 'string') assert.deepEqual(given, asked)
  })
  const ids = calls.map(({ id }) => id).filter((id) => id !== '')
  for (const id of ids) assert.match(id, /^[\w-]+$/)
  assert.equal(new Set(ids).size, ids.length)
}
