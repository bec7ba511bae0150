/**
 * Whatever JSON a caller sends is read or refused, and whatever JSON a provider sends becomes an answer or a failure: valid requests
 * and answers in which any value can be any other, for every pair of dialects.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RefusedCall } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import { frameBytes } from './bedrock-converse/frame-bytes.test.ts'
import { FrameReader } from './bedrock-converse/frames.ts'
import { bridge, BridgedCall, canBridge } from './bridge.ts'
import type { Bridge } from './bridge.ts'
import { bareAsk } from './dialect.ts'
import type { Dialect, StreamTap } from './dialect.ts'
import { fixtureText } from './harness.test.ts'
import { allDialects } from './list.ts'
import { parseJson } from './wire.ts'

/** A request in each dialect that uses all that the dialect has. */
const wideRequests = JSON.parse(fixtureText('wide-requests.json')) as Partial<Record<DialectName, Readonly<Record<string, unknown>>>>
const runs = Number(process.env['ROBUSTNESS_RUNS'] ?? 60)

/** The same values in every run; others are tried with ROBUSTNESS_SEED. */
const seed = Number(process.env['ROBUSTNESS_SEED'] ?? 17)

// Values that nobody expects.

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: [deep(levels - 1)] })
/** Valid JSON inside of a text, deeper than anything that recurs into it may follow. */
const deepText = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
/** Stands for it, so that a counterexample can be printed. */
const deepMark = 'deepText'
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e308,
    '',
    'x',
    '\ud800',
    'constructor',
    '__proto__',
    'a\r\nb: c\u2028',
    deepMark,
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], [{}], [''], { type: null }, { type: 'x' }, [{ type: 'text' }], deep(10)),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":{"type":"text"},"constructor":1}'),
    'data:;base64,',
    'data:image/png;base64,!',
    'http://[',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

interface Change {
  /** Which of all values, counted round. */
  readonly at: number
  readonly how: 'replace' | 'remove' | 'repeat' | 'swap' | 'add'
  readonly value: unknown
  /** Another of all values. */
  readonly other: number
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    at: fc.nat(500),
    how: fc.constantFrom<Change['how'][]>('replace', 'replace', 'replace', 'remove', 'repeat', 'swap', 'add'),
    value: odd,
    other: fc.nat(500),
  }),
  { minLength: 1, maxLength: 4 },
)

type Holder = Record<string, unknown> | unknown[]

interface Spot {
  readonly holder: Holder
  readonly key: string
}

function spotsIn(value: unknown): Spot[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Holder
  const spots: Spot[] = []
  for (const key of Object.keys(holder)) spots.push({ holder, key }, ...spotsIn(Reflect.get(holder, key)))
  return spots
}

function put({ holder, key }: Spot, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function changed(template: unknown, wanted: readonly Change[]): unknown {
  const value: unknown = structuredClone(template)
  for (const change of wanted) {
    const spots = spotsIn(value)
    const spot = spots[change.at % spots.length]
    const from = spots[change.other % spots.length]
    if (spot === undefined || from === undefined) return value
    changeAt(spot, change, from)
  }
  return value
}

function changeAt(spot: Spot, { how, value }: Change, from: Spot): void {
  const { holder } = spot
  switch (how) {
    case 'replace':
      return put(spot, value === deepMark ? deepText : structuredClone(value))
    case 'swap':
      return put(spot, structuredClone(Reflect.get(from.holder, from.key)))
    case 'add':
      return put({ holder, key: Array.isArray(holder) ? String(holder.length) : `${from.key}_` }, structuredClone(value))
    case 'repeat':
    case 'remove':
      return cutOrRepeat(spot, how)
  }
}

function cutOrRepeat({ holder, key }: Spot, how: 'repeat' | 'remove'): void {
  if (!Array.isArray(holder)) Reflect.deleteProperty(holder, key)
  else if (how === 'repeat') holder.splice(Number(key), 0, structuredClone(holder[Number(key)]))
  else holder.splice(Number(key), 1)
}

// Requests.

const providers = allDialects.filter(({ provider, embeddingProvider }) => provider !== undefined || embeddingProvider !== undefined)
const ask = { ...bareAsk, model: 'm', stream: true, query: 'alt=sse', defaultModel: () => 'm' }

/** Both ways a request can go to a provider; undefined: it is refused. */
function bridgeFor(caller: Dialect, to: Dialect, body: unknown, rebuilds: boolean): Bridge | undefined {
  try {
    const sketch = caller.sketch(Buffer.from(JSON.stringify(body)), ask)
    const call = new BridgedCall({ caller, sketch, callId: 'req_1', createdAt: 7, memory: undefined })
    const own = { model: 'm', maxTokens: 1000, removed: ['seed'], renamed: { user: 'user_id' }, defaults: { top_p: 1 } }
    return bridge(call, to, { provider: 'p', model: 'm', dialect: to.name, keyId: 'k', quirks: {}, changes: own, rebuilds })
  } catch (error) {
    if (error instanceof RefusedCall) return undefined
    throw error
  }
}

for (const caller of allDialects) {
  const template = wideRequests[caller.name]
  if (template === undefined) continue
  const ways = [caller, ...providers].filter((to) => canBridge(caller, to))

  test(`whatever stands in a request of ${caller.name}, it is read or refused, and what is sent on is JSON`, () => {
    fc.assert(
      fc.property(changes, (wanted) => {
        const body = changed(template, wanted)
        for (const [at, to] of ways.entries()) {
          const made = bridgeFor(caller, to, body, at > 0)
          if (made !== undefined) assert.notEqual(parseJson(made.wire.body.toString()), undefined)
        }
      }),
      { numRuns: runs, seed },
    )
  })
}

// Answers.

const contract = new URL('../../test/contract/', import.meta.url)

interface Kept {
  readonly events: readonly unknown[]
  readonly wholes: readonly unknown[]
}

interface FrameJson {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: unknown
}

function framesIn(bytes: Buffer): FrameJson[] {
  const frames: FrameJson[] = []
  new FrameReader(({ headers, payload }) => frames.push({ headers, payload: parseJson(payload.toString()) })).take(bytes)
  return frames
}

function eventsIn(name: DialectName, bytes: Buffer): unknown[] {
  if (name === 'bedrock-converse') return framesIn(bytes)
  return bytes
    .toString()
    .split('\n')
    .map((line) => parseJson(line.replace(/^data: ?/, '')))
    .filter((event) => event !== undefined)
}

function framed(name: DialectName, event: unknown): Buffer {
  if (name === 'ollama-chat') return Buffer.from(`${JSON.stringify(event)}\n`)
  if (name !== 'bedrock-converse') return Buffer.from(`data: ${JSON.stringify(event)}\n\n`)
  const { headers, payload } = (event ?? {}) as Partial<FrameJson>
  // A frame cannot hold a header longer than 32 KiB.
  const texts = Object.entries(headers ?? {}).filter(([, value]) => typeof value === 'string' && value.length < 1000)
  return frameBytes(Object.fromEntries(texts), JSON.stringify(payload ?? null))
}

function kept(name: DialectName): Kept[] {
  const folder = new URL(`${name}/`, contract)
  return ['text', 'tools', 'parallel-tools', 'reasoning'].map((file) => ({
    events: eventsIn(name, readFileSync(new URL(`${file}.stream`, folder))),
    wholes: [parseJson(readFileSync(new URL(`${file}.json`, folder), 'utf8'))],
  }))
}

/** As the exchange asks: until the tap says that all has come. */
function drain(tap: StreamTap, pieces: readonly Buffer[]): void {
  for (const piece of pieces) {
    if (tap.ended === 'done' || tap.failure !== undefined) break
    tap.take(piece)
  }
  if (tap.ended !== 'done' && tap.failure === undefined) tap.end()
  if (tap.failure !== undefined) tap.breakOff?.(tap.failure)
}

const chats = allDialects.filter(({ caller }) => caller !== undefined)

for (const provider of allDialects.filter(({ provider: side }) => side !== undefined)) {
  const answers = kept(provider.name)
  const which = fc.nat(answers.length - 1)

  for (const caller of chats) {
    const made = bridgeFor(caller, provider, wideOf(caller), caller.name !== provider.name)
    test(`whatever ${provider.name} sends, a caller of ${caller.name} gets an answer or a failure`, () => {
      assert.ok(made)
      fc.assert(
        fc.property(which, changes, (at, wanted) => {
          const { events, wholes } = answers[at] ?? assert.fail()
          const told = changed(events, wanted)
          const tap = made.openTap()
          if (tap !== undefined && Array.isArray(told))
            drain(
              tap,
              told.map((event) => framed(provider.name, event)),
            )
          const [whole] = changed(wholes, wanted) as unknown[]
          const body = Buffer.from(JSON.stringify(whole) ?? '')
          const read = made.readWhole(body, 'application/json')
          assert.ok(read.failure !== undefined || parseJson(read.body.toString()) !== undefined)
          made.readFailure({ status: 400, headers: {}, body, wallNow: 0 })
        }),
        { numRuns: runs, seed },
      )
    })
  }
}

/** Nothing that any provider refuses. */
function wideOf({ name }: Dialect): unknown {
  if (name === 'gemini-generate') return { contents: [{ parts: [{ text: 'Hello.' }] }] }
  const messages = [{ role: 'user', content: 'Hello.' }]
  return { model: 'm', max_tokens: 1000, messages, input: 'Hello.', prompt: 'Hello.', stop_sequence: ['END'] }
}
