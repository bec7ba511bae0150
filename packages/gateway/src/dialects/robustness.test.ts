/**
 * Whatever JSON a caller sends is read or refused, and whatever JSON a provider sends becomes an answer or a failure: valid requests
 * and answers in which any value can be any other, for every pair of dialects.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
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
import { allDialects } from './list.ts'
import { isRecord, parseJson } from './wire.ts'

const runs = Number(process.env['ROBUSTNESS_RUNS'] ?? 60)

// Values that nobody expects.

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: [deep(levels - 1)] })
/** Valid JSON inside of a text, deeper than anything that recurs into it may follow. */
const deepText = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 0.5, 1e308, '', 'x', '\ud800', 'constructor', '__proto__', 'a\r\nb: c\u2028', deepText),
  fc.constantFrom<unknown>([], {}, [[]], [null], [{}], [''], { type: null }, { type: 'x' }, [{ type: 'text' }], deep(10)),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"type":"text"},"constructor":1}'), 'data:;base64,', 'data:image/png;base64,!', 'http://['),
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
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...spotsIn(Reflect.get(holder, key))])
}

function put({ holder, key }: Spot, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function changed(template: unknown, wanted: readonly Change[]): unknown {
  const value: unknown = structuredClone(template)
  for (const { at, how, value: given, other } of wanted) {
    const spots = spotsIn(value)
    const spot = spots[at % spots.length]
    const from = spots[other % spots.length]
    if (spot === undefined || from === undefined) return value
    const { holder, key } = spot
    if (how === 'replace') put(spot, given)
    else if (how === 'swap') put(spot, structuredClone(Reflect.get(from.holder, from.key)))
    else if (how === 'add') put({ holder, key: Array.isArray(holder) ? String(holder.length) : `${from.key}_` }, given)
    else if (Array.isArray(holder) && how === 'repeat') holder.splice(Number(key), 0, structuredClone(holder[Number(key)]))
    else if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else Reflect.deleteProperty(holder, key)
  }
  return value
}

const targets = (provider: Dialect): readonly Dialect[] => [provider]
console.log(targets, readdirSync, FrameReader, frameBytes)
