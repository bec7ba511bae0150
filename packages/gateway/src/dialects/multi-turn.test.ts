/**
 * Recorded conversations, held by a client of every dialect: what the client sends back of the recorded answers arrives at the provider
 * as the provider's own client had sent it.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { DialectName } from '../domain/operation.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import { collect } from './canonical/collect.ts'
import type { CanonicalAnswer } from './canonical/answer.ts'
import { replay } from './canonical/replay.ts'
import type { CanonicalRequest, Turn } from './canonical/request.ts'
import { textOf } from './canonical/turns.ts'
import { bareAsk } from './dialect.ts'
import type { WriterAsk } from './dialect.ts'
import { recorded, withoutRecordings } from './harness.test.ts'
import { dialectOf } from './list.ts'
import { at, string } from './recorded/json.test.ts'
import type { Json } from './recorded/json.test.ts'
import { clients } from './recorded/next-turn.test.ts'
import type { Client, SaidCall } from './recorded/next-turn.test.ts'
import { differences, idsIn, requestOf, saidIn } from './recorded/recorded-requests.test.ts'
import { isRecord, parseJson } from './wire.ts'

interface RecordedTurn {
  readonly request: Json
  readonly answer: Buffer
  readonly isStream: boolean
}

interface Conversation {
  readonly name: string
  readonly provider: string
  readonly dialect: DialectName
  readonly model: string
  readonly turns: readonly RecordedTurn[]
}

/** Dialects as the recordings name them. */
const dialects: Readonly<Record<string, DialectName>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic-messages',
  gemini: 'gemini-generate',
  'bedrock-converse': 'bedrock-converse',
  'cohere-v2': 'cohere-chat',
  mistral: 'mistral-chat',
}

const skipped: Readonly<Record<string, string>> = {
  'groq/openai-chat/tool-use-failed-400': 'the first answer is an error',
  'groq/openai-chat/tool-use-failed-mid-stream': 'the first answer breaks off with an error',
  'aws-bedrock/bedrock-invoke/claude-invoke-tools-stream': 'a dialect that is not spoken to',
}

interface Entry {
  readonly id: string
  readonly group?: string
  readonly provider: string
  readonly dialect: string
  readonly files: Readonly<Record<string, string>>
}

function conversations(): Conversation[] {
  if (withoutRecordings !== false) return []
  const { entries } = JSON.parse(recorded('MANIFEST.json').toString()) as { entries: Entry[] }
  const groups = Map.groupBy(
    entries.filter(({ group, id }) => group !== undefined && !id.startsWith('_matrix')),
    ({ group }) => group ?? '',
  )
  const long = [...groups.entries()].flatMap(([name, turns]) => conversation(name, turns.toSorted((a, b) => a.id.localeCompare(b.id)), turnOf))
  const pairs = entries.filter(({ files }) => files['followup-request'] !== undefined && files['response'] !== undefined)
  return [...long, ...pairs.flatMap((entry) => conversation(entry.id, [entry, entry], pairOf))]
}

function conversation(name: string, entries: readonly Entry[], turn: (entry: Entry, place: number) => RecordedTurn): Conversation[] {
  const [first] = entries
  const dialect = dialects[first?.dialect ?? '']
  if (first === undefined || dialect === undefined || skipped[name] !== undefined) return []
  const turns = entries.map(turn)
  const meta = first.files['meta'] === undefined ? '' : recorded(first.files['meta']).toString()
  const inPath = /models?\/([^/:"]+)/.exec(decodeURIComponent(meta.replaceAll('%', '%25').replaceAll('%253A', ':')))?.[1]
  const model = string(turns[0]?.request['model']) || string(turns[0]?.request['modelId']) || inPath || 'gemini-3-flash-preview'
  return [{ name, provider: first.provider, dialect, model, turns }]
}

function turnOf({ files }: Entry): RecordedTurn {
  const file = files['response'] ?? ''
  return { request: jsonIn(files['request']), answer: recorded(file), isStream: !file.endsWith('.json') || isArray(file) }
}

function isArray(file: string): boolean {
  return recorded(file).toString('utf8', 0, 10).trimStart().startsWith('[')
}

function pairOf({ files }: Entry, place: number): RecordedTurn {
  const isFirst = place === 0
  return { request: jsonIn(files[isFirst ? 'request' : 'followup-request']), answer: recorded(files['response'] ?? ''), isStream: false }
}

function jsonIn(file: string | undefined): Json {
  return JSON.parse(recorded(file ?? '').toString()) as Json
}

for (const held of conversations()) for (const [name, client] of Object.entries(clients)) for (const stream of [false, true]) {
  const x = name as DialectName
  try {
    hold(held, x, client, stream)
  } catch (e: any) { console.log(`## ${held.name} [${held.model}] via ${x} ${stream?'stream':'whole'} THROWS`, e.message, e.failure?.message, e.failure ? '' : e.stack?.split('\n').slice(1,4).join('|')) }
}

function hold({ name, provider, dialect, model, turns }: Conversation, caller: DialectName, client: Client, stream: boolean): void {
  const from = dialectOf(caller)
  const to = dialectOf(dialect)
  const target: TranslationTarget = { provider, model, dialect, keyId: 'k', quirks: {} }
  const origin = { dialect, provider, model, keyId: 'k' }
  let body: Json | undefined
  turns.slice(0, -1).forEach((turn, place) => {
    const wants = turns[place + 1]
    if (wants === undefined) return
    const recordedNow = requestOf(dialect, turn.request, model)
    const recordedNext = requestOf(dialect, wants.request, model)
    body ??= firstBody(recordedNow, caller, model)
    const sketch = from.sketch(Buffer.from(JSON.stringify(body)), { ...bareAsk, model: 'm', stream, query: 'alt=sse' })
    const asked = from.caller!.readRequest(sketch)
    const answer = readAnswer(turn)
    const ask: WriterAsk = { callId: 'req_' + place, model: 'm', createdAt: 7, sketch, request: asked }
    const said = stream ? client.stream(streamOf(answer)) : client.whole(from.caller!.writeAnswer(answer, ask).toString())
    function streamOf(a: CanonicalAnswer) { const w = from.caller!.openWriter(ask); return replay(a).map((e) => w.write(e)).join('') }
    function readAnswer(t: RecordedTurn): CanonicalAnswer {
      if (t.isStream) { const r = to.provider!.openReader(origin, target, asked); const events = [...r.take(t.answer), ...r.end()]; assert.equal(r.failure, undefined); return collect(events) }
      const read = to.provider!.readAnswer(t.answer, origin, target, asked)
      if (read.failure) throw new Error(read.failure.message)
      return read.answer
    }
    const tail = tailOf(recordedNow.turns, recordedNext.turns)
    const calls = client.callsIn(said)
    body = { ...body, [client.field]: [...(body[client.field] as Json[]), ...said, ...tail.flatMap((t) => tailIn(t, client, calls, recordedNext.turns))] }
    const sketch2 = from.sketch(Buffer.from(JSON.stringify(body)), { ...bareAsk, model: 'm', stream: false, query: '' })
    const request = from.caller!.readRequest(sketch2)
    const wire = to.provider!.writeRequest(request, target)
    const got = requestOf(dialect, JSON.parse(wire.body.toString()), model)
    const d = differences(saidIn(recordedNext.turns), saidIn(got.turns))
    const ids = differences(idsIn(recordedNext.turns), idsIn(got.turns))
    const r = (recordedNext.reasoning === undefined) === (got.reasoning === undefined) ? '' : `REASONING ${JSON.stringify(recordedNext.reasoning)} ${JSON.stringify(got.reasoning)}`
    console.log(`${d.length || r ? '##' : 'ok'} ${name} [${model}] t${place + 2} via ${caller} ${stream?'stream':'whole'}`, wire.losses.join(), ids.length ? 'IDS' : '', r)
    for (const p of d) { const pick = (v: unknown) => JSON.stringify(p.split('.').reduce<any>((o, k) => o?.[k], v))?.slice(0, 150); console.log('    ', p, 'want', pick(saidIn(recordedNext.turns)), 'got', pick(saidIn(got.turns))) }
  })
}

function firstBody(request: CanonicalRequest, caller: DialectName, model: string): Json {
  const to = dialectOf(caller)
  const wire = to.provider!.writeRequest({ ...request, stream: false }, { provider: 'p', model: caller === request.from ? model : 'm', dialect: caller, keyId: 'k', quirks: { thinking: 'reasoning-effort' } })
  const body = JSON.parse(wire.body.toString()) as Json
  if (caller === 'openai-responses') return { ...body, include: ['reasoning.encrypted_content'], store: false }
  return body
}

/** What the recorded client put behind the answer. */
function tailOf(now: readonly Turn[], next: readonly Turn[]): readonly Turn[] {
  const answer = next.findLastIndex(({ role }) => role === 'assistant')
  return next.slice(answer + 1)
}

function tailIn(turn: Turn, client: Client, calls: readonly SaidCall[], turns: readonly Turn[]): Json[] {
  if (turn.role === 'user') return [client.user(textOf(turn.parts))]
  if (turn.role !== 'tool') return []
  const asked = turns.findLast(({ role }) => role === 'assistant')
  const ids = asked === undefined ? [] : idsIn([asked])
  return client.results(
    turn.results.map(({ callId, parts, isError }) => ({ ...(calls[ids.indexOf(callId)] ?? { id: '?', name: '?' }), text: textOf(parts), isError })),
  )
}
