/** What callers hear of an answer, and what the strict readers of it share. */
import assert from 'node:assert/strict'
import { isRecord } from '../wire.ts'
import type { Json } from './json.test.ts'
import { parsed } from './json.test.ts'
import type { ToldCall } from './told-by-provider.test.ts'

export interface HeardCall extends ToldCall {
  /** Empty where the dialect has none. */
  readonly id: string
}

export interface HeardAnswer {
  readonly text: string
  readonly thinking: string
  /** Where the dialect tells it from text. */
  readonly refusal: string
  readonly calls: readonly HeardCall[]
  /** The dialect's own word, where it says that the answer is complete. */
  readonly finish: string | undefined
  /** All tokens; undefined where none are told. */
  readonly input: number | undefined
  readonly output: number | undefined
  readonly fails: boolean
}

export type Mutable<Of> = { -readonly [Name in keyof Of]: Of[Name] }

export function nothing(): Mutable<HeardAnswer> & { calls: HeardCall[] } {
  return { text: '', thinking: '', refusal: '', calls: [], finish: undefined, input: undefined, output: undefined, fails: false }
}

export interface SseEvent {
  readonly name: string | undefined
  readonly json: Json
}

/** One `data:` line an event, LF, a blank line behind it, and nothing else at all. */
export function eventsIn(text: string, terminator = ''): SseEvent[] {
  if (text === '') return []
  assert.ok(text.endsWith('\n\n'), 'the last event has its end')
  const events = text.slice(0, -2).split('\n\n')
  if (terminator !== '' && events.at(-1) === terminator) events.pop()
  return events.map((event) => {
    const found = /^(?:event: (?<name>[^\n]+)\n)?data: (?<data>[^\n]+)$/.exec(event)?.groups
    assert.ok(found?.['data'] !== undefined, `no event: ${event.slice(0, 200)}`)
    return { name: found['name'], json: record(found['data']) }
  })
}

export function record(text: string): Json {
  const json: unknown = JSON.parse(text)
  assert.ok(isRecord(json), text)
  return json
}

export function number(value: unknown): number {
  assert.ok(typeof value === 'number' && Number.isInteger(value) && value >= 0, `${String(value)} is no count`)
  return value
}

/** Arguments are JSON of their own, and never nothing. */
export function whole(text: string): unknown {
  assert.notEqual(text, '')
  return parsed(text)
}
