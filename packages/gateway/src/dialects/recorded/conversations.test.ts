/** Recorded conversations, and how a client of any dialect would hold them through here. */
import assert from 'node:assert/strict'
import type { DialectName } from '../../domain/operation.ts'
import type { Quirks, TranslationTarget } from '../../domain/quirks.ts'
import type { ConversationMemory } from '../bridge.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { collect } from '../canonical/collect.ts'
import { replay } from '../canonical/replay.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { textOf } from '../canonical/turns.ts'
import { bareAsk } from '../dialect.ts'
import type { CallerSide, Dialect, ProviderSide, Sketch } from '../dialect.ts'
import { recorded, withoutRecordings } from '../harness.test.ts'
import { dialectOf } from '../list.ts'
import { list } from './json.test.ts'
import type { Json } from './json.test.ts'
import { clients } from './next-turn.test.ts'
import type { Client, SaidCall } from './next-turn.test.ts'
import { dialectNames, differences, idsIn, modelOf, requestOf, saidIn } from './recorded-requests.test.ts'

interface RecordedTurn {
  readonly request: Json
  readonly answer: Buffer
  readonly isStream: boolean
}

export interface Conversation {
  readonly name: string
  readonly provider: string
  readonly dialect: DialectName
  readonly model: string
  readonly turns: readonly RecordedTurn[]
}

/** What cannot be held again, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'groq/openai-chat/tool-use-failed-400': 'the first answer is an error',
  'groq/openai-chat/tool-use-failed-mid-stream': 'the first answer breaks off with an error',
  'aws-bedrock/bedrock-invoke/claude-invoke-tools-stream': 'nobody speaks this dialect',
  '_matrix/multimodalRequest/chat-completions': 'the answer ended before it said anything',
  '_matrix/multimodalRequest/responses': 'the answer ended before it said anything; the recorder put words into its place',
  '_matrix/nMultipleCompletionsParam/chat-completions': 'two answers at once are not translated',
}

/** How providers depart from their dialects, as far as these conversations go. */
const quirks: Readonly<Record<string, Quirks>> = {
  ollama: { wantsReasoningBack: 'in-tool-loop' },
}

interface Entry {
  readonly id: string
  readonly group?: string
  readonly provider: string
  readonly dialect: string
  readonly files: Readonly<Record<string, string>>
}

export function conversations(): Conversation[] {
  if (withoutRecordings !== false) return []
  const { entries } = JSON.parse(recorded('MANIFEST.json').toString()) as { entries: Entry[] }
  const numbered = entries.filter(({ id, files }) => /-t\d+$/.test(id) && files['request'] !== undefined)
  const long = [...Map.groupBy(numbered, ({ group = '' }) => group)].map(([name, turns]) => conversation(name, byId(turns), turnOf))
  const pairs = entries.filter(({ files }) => files['followup-request'] !== undefined && files['response'] !== undefined)
  const short = pairs.map((entry) => conversation(entry.id, [entry, entry], pairOf))
  return [...long, ...short].filter((held) => held !== undefined)
}

function byId(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((left, right) => left.id.localeCompare(right.id))
}

type Reading = (entry: Entry, place: number) => RecordedTurn

function conversation(name: string, entries: readonly Entry[], read: Reading): Conversation | undefined {
  const [first] = entries
  const dialect = dialectNames[first?.dialect ?? '']
  if (first === undefined || dialect === undefined || leftOut[name] !== undefined) return undefined
  const turns = entries.map(read)
  return { name, provider: first.provider, dialect, model: modelOf(turns[0]?.request ?? {}, first.files['meta']), turns }
}

function turnOf({ files }: Entry): RecordedTurn {
  const answer = recorded(files['response'] ?? '')
  const isObject = answer.toString('latin1').trimStart().startsWith('{')
  return { request: jsonIn(files['request']), answer, isStream: !isObject }
}

/** Two requests, with one answer between them. */
function pairOf({ files }: Entry, place: number): RecordedTurn {
  const request = jsonIn(files[place === 0 ? 'request' : 'followup-request'])
  return { request, answer: recorded(files['response'] ?? ''), isStream: false }
}

function jsonIn(file: string | undefined): Json {
  return JSON.parse(recorded(file ?? '').toString()) as Json
}

export interface Holding {
  readonly caller: DialectName
  readonly isStream: boolean
  readonly memory?: ConversationMemory
  /** Fields that the client does not know, and leaves out of what it sends back. */
  readonly forgets?: readonly string[]
}

/** What is asked of the provider from the second turn on, beside what its own client had asked. */
export interface HeldTurn {
  /** Paths of what is said, from the first answer on. */
  readonly differences: readonly string[]
  readonly ids: { readonly want: readonly string[]; readonly got: readonly string[] }
  readonly asked: CanonicalRequest
  readonly wanted: CanonicalRequest
}

/** @throws RefusedCall where the conversation cannot even be begun in the caller's dialect. */
export function hold(held: Conversation, holding: Holding): HeldTurn[] {
  const call = openCall(held, holding)
  const requests = held.turns.map(({ request }) => requestOf(held.dialect, request, held.model))
  let body = firstBody(requests[0], held, call)
  return held.turns.slice(0, -1).flatMap((turn, place): HeldTurn[] => {
    const wanted = requests[place + 1]
    if (wanted === undefined) return []
    const said = without(holding.forgets ?? [], sayAs(call, body, answerOf(call, body, turn)))
    const behind = tailOf(wanted.turns, call.client, call.client.callsIn(said))
    body = { ...body, [call.client.field]: [...listIn(body[call.client.field]), ...said, ...behind] }
    const request = readBody(call, body).request
    const recalled = holding.memory?.recall(request, call.target) ?? request
    const wire = call.provider.writeRequest(recalled, call.target)
    const asked = requestOf(held.dialect, JSON.parse(wire.body.toString()) as Json, held.model)
    return [
      {
        differences: differences(plain(fromFirstAnswer(wanted.turns)), plain(fromFirstAnswer(asked.turns))),
        ids: { want: idsIn(wanted.turns), got: idsIn(asked.turns) },
        asked,
        wanted,
      },
    ]
  })
}

function without(forgotten: readonly string[], said: readonly Json[]): Json[] {
  return list(JSON.parse(JSON.stringify(said), (name, value: unknown) => (forgotten.includes(name) ? undefined : value)))
}

interface Call {
  readonly from: Dialect
  readonly caller: CallerSide
  readonly client: Client
  readonly provider: ProviderSide
  readonly target: TranslationTarget
  readonly holding: Holding
}

function openCall({ provider, dialect, model }: Conversation, holding: Holding): Call {
  const from = dialectOf(holding.caller)
  const to = dialectOf(dialect)
  const client = clients[holding.caller]
  assert.ok(from.caller !== undefined && to.provider !== undefined && client !== undefined)
  const target = { provider, model, dialect, keyId: 'k', quirks: quirks[provider] ?? {} }
  return { from, caller: from.caller, client, provider: to.provider, target, holding }
}

/** The conversation's beginning in the caller's dialect; whoever holds a conversation wants its thinking back where that must be asked for. */
function firstBody(request: CanonicalRequest | undefined, { dialect, model }: Conversation, { from, target }: Call): Json {
  assert.ok(request !== undefined && from.provider !== undefined)
  const named = { dialect: from.name, model: from.name === dialect ? model : 'm' }
  const beginning: TranslationTarget = { ...target, ...named, reasoning: true, quirks: { thinking: 'reasoning-effort' } }
  const body = JSON.parse(from.provider.writeRequest({ ...request, stream: false }, beginning).body.toString()) as Json
  return from.name === 'openai-responses' ? { ...body, include: ['reasoning.encrypted_content'] } : body
}

function readBody({ from, caller }: Call, body: Json): { readonly sketch: Sketch; readonly request: CanonicalRequest } {
  const sketch = from.sketch(Buffer.from(JSON.stringify(body)), { ...bareAsk, model: 'm', query: 'alt=sse' })
  return { sketch, request: caller.readRequest(sketch) }
}

function answerOf(call: Call, body: Json, { answer, isStream }: RecordedTurn): CanonicalAnswer {
  const { provider, target, holding } = call
  const { request } = readBody(call, body)
  const origin = { dialect: target.dialect, provider: target.provider, model: target.model, keyId: target.keyId }
  const listener = holding.memory?.listen(origin)
  if (!isStream) {
    const read = provider.readAnswer(answer, origin, target, request)
    assert.ok(read.failure === undefined)
    listener?.keep(read.answer)
    return read.answer
  }
  const reader = provider.openReader(origin, target, request)
  const events = [...reader.take(answer), ...reader.end()]
  assert.equal(reader.failure, undefined)
  for (const event of events) listener?.hear(event)
  return collect(events)
}

/** The answer as the client puts it into its conversation. */
function sayAs(call: Call, body: Json, answer: CanonicalAnswer): Json[] {
  const { caller, client, holding } = call
  const ask = { callId: `req_${listIn(body[client.field]).length}`, model: 'm', createdAt: 7, ...readBody(call, body) }
  if (!holding.isStream) return client.whole(caller.writeAnswer(answer, ask).toString())
  const writer = caller.openWriter(ask)
  return client.stream(
    replay(answer)
      .map((event) => writer.write(event))
      .join(''),
  )
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** What the recorded client put behind the answer: results and words of the user. */
function tailOf(turns: readonly Turn[], client: Client, calls: readonly SaidCall[]): Json[] {
  const last = turns.findLastIndex(({ role }) => role === 'assistant')
  const ids = idsIn(turns.slice(last, last + 1))
  return turns.slice(last + 1).flatMap((turn) => {
    if (turn.role === 'user') return [client.user(textOf(turn.parts))]
    if (turn.role !== 'tool') return []
    return client.results(
      turn.results.map(({ callId, parts, isError }) => {
        const call = calls[ids.indexOf(callId)]
        assert.ok(call, `a call for the result of ${callId}`)
        return { ...call, text: textOf(parts), isError }
      }),
    )
  })
}

/** Whatever stands before it was written by the same writer and is compared elsewhere. */
function fromFirstAnswer(turns: readonly Turn[]): unknown[] {
  const first = turns.findIndex(({ role }) => role === 'assistant')
  return first === -1 ? [] : saidIn(turns).slice(first)
}

/** Some recorders' clients wrote straight quotes for curved ones, and left out who called a tool. */
function plain(turns: readonly unknown[]): unknown {
  const straight = JSON.stringify(turns).replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '\\"').replaceAll('–', '-')
  return JSON.parse(straight, (name, value: unknown) => (name === 'caller' ? undefined : value)) as unknown
}
