/**
 * The same request, recorded in several dialects: read in one and written in another it asks for what was asked for there. What it
 * does not is in one table.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import type { Quirks } from '../domain/quirks.ts'
import type { MediaSource } from './canonical/parts.ts'
import type { CanonicalRequest, Turn } from './canonical/request.ts'
import type { WireRequest } from './dialect.ts'
import { recorded, withoutRecordings } from './harness.test.ts'
import { dialectOf } from './list.ts'
import { string } from './recorded/json.test.ts'
import type { Json } from './recorded/json.test.ts'
import { differences, requestOf, saidIn } from './recorded/recorded-requests.test.ts'

/** One request as it was recorded. */
interface Variant {
  readonly case: string
  /** As the recordings name it; Claude is spoken to in three ways. */
  readonly variant: string
  readonly dialect: DialectName
  readonly model: string
  readonly body: Json
  /** The provider would not have it. */
  readonly isRefused: boolean
}

const dialects: Readonly<Record<string, DialectName>> = {
  anthropic: 'anthropic-messages',
  'bedrock-anthropic': 'anthropic-messages',
  'vertex-anthropic': 'anthropic-messages',
  bedrock: 'bedrock-converse',
  'chat-completions': 'openai-chat',
  google: 'gemini-generate',
  responses: 'openai-responses',
}

interface Difference {
  readonly cases: readonly string[]
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly paths: RegExp
  readonly why: string
}

const claudes = ['anthropic', 'bedrock-anthropic', 'vertex-anthropic']
const others = ['bedrock', 'chat-completions', 'google', 'responses']
const plainCases = ['reasoningWithOutput', 'toolCallRequest', 'toolChoiceAnyParam']

/** All that differs, and why that is so. */
const expected: readonly Difference[] = [
  { cases: plainCases, from: claudes, to: others, paths: /^maxTokens$/, why: 'Anthropic makes every caller give a limit' },
  { cases: plainCases, from: others, to: claudes, paths: /^maxTokens$/, why: 'Anthropic wants a limit where the caller has none' },
  {
    cases: ['toolCallRequest'],
    to: claudes,
    paths: /^extras\.anthropic_version$/,
    why: 'the clouds that sell Claude want it in the body; that is added and removed by their providers, not by the dialect',
  },
  { cases: ['reasoningWithOutput'], to: ['responses'], paths: /^reasoning$/, why: 'only this one of the recorded requests wants thinking' },
  {
    cases: ['reasoningWithOutput'],
    from: ['responses'],
    paths: /^reasoning$/,
    why: 'only this one of the recorded requests wants thinking',
  },
  {
    cases: ['multimodalRequest'],
    from: ['anthropic', 'google', 'bedrock'],
    to: ['anthropic', 'bedrock', 'chat-completions', 'google', 'responses'],
    paths: /^turns\.0\.parts\.1\.source$/,
    why: 'the picture is another one, or another copy',
  },
  {
    cases: ['multimodalRequest'],
    from: ['chat-completions', 'responses'],
    to: ['anthropic'],
    paths: /^turns\.0\.parts\.1\.source$/,
    why: 'the picture is given by its address',
  },
  {
    cases: ['multimodalRequest'],
    from: ['responses'],
    to: ['chat-completions'],
    paths: /^turns\.0\.parts\.1\.detail$/,
    why: 'the recorded request leaves out what is meant anyway',
  },
  {
    cases: ['toolCallRequest'],
    from: ['responses'],
    to: ['chat-completions'],
    paths: /^tools\.0\.strict$/,
    why: 'the recorded request leaves out what is meant anyway',
  },
]

/** What is translated for nobody, and the field that is named. */
const refusals: Readonly<Record<string, { readonly param: string; readonly why: string }>> = {
  nMultipleCompletionsParam: { param: 'n', why: 'one answer is translated at a time; requests for several only pass through' },
}

/** What a provider refused of one model and takes of others: that is left to it. */
const refusedByProvider: Readonly<Record<string, string>> = {
  anthropicMidConversationSystemMessage: 'recorded before this model took system messages in the middle, which it does since',
  functionToolsWithReasoningEffortParam: 'a model that thinks over tools behind another path only, which its provider tells',
}

interface Entry {
  readonly id: string
  readonly files: Readonly<Record<string, string>>
}

function variants(): Variant[] {
  if (withoutRecordings !== false) return []
  const { entries } = JSON.parse(recorded('MANIFEST.json').toString()) as { entries: Entry[] }
  return entries.flatMap(({ id, files }): Variant[] => {
    const [folder, name, variant = ''] = id.split('/')
    const dialect = dialects[variant]
    if (folder !== '_matrix' || name === undefined || dialect === undefined) return []
    const body = JSON.parse(recorded(files['request'] ?? '').toString()) as Json
    const model = string(body['model']) || string(body['modelId']) || usualModels[dialect] || 'm'
    return [{ case: name, variant, dialect, model, body, isRefused: files['error'] !== undefined }]
  })
}

/** Of requests that name it elsewhere. */
const usualModels: Readonly<Partial<Record<DialectName, string>>> = {
  'gemini-generate': 'gemini-3-flash-preview',
  'anthropic-messages': 'claude-sonnet-4-5',
}

/** OpenAI's own, to which these requests of chat went. */
const quirks: Readonly<Partial<Record<DialectName, Quirks>>> = {
  'openai-chat': { thinking: 'reasoning-effort', maxTokensField: 'max_completion_tokens' },
}

function asked({ dialect, body, model }: Variant): CanonicalRequest {
  return requestOf(dialect, body, model)
}

function written(request: CanonicalRequest, dialect: DialectName, model: string): WireRequest {
  const { provider } = dialectOf(dialect)
  assert.ok(provider)
  const sent = provider.fetchesNoImages === true ? withFetchedImages(request) : request
  return provider.writeRequest(sent, { provider: 'p', model, dialect, keyId: 'k', quirks: quirks[dialect] ?? {} })
}

/** The pixel that other recordings of the case hold: by then the gateway has fetched what stands at the address. */
function withFetchedImages(request: CanonicalRequest): CanonicalRequest {
  const turns = request.turns.map((turn): Turn => {
    if (turn.role !== 'user') return turn
    return { ...turn, parts: turn.parts.map((part) => (part.is === 'image' ? { ...part, source: fetched(part.source) } : part)) }
  })
  return { ...request, turns }
}

function fetched(source: MediaSource): MediaSource {
  return source.is === 'url' ? { is: 'base64', mediaType: 'image/jpeg', data: pixel() } : source
}

function pixel(): string {
  const google = variants().find((each) => each.case === 'multimodalRequest' && each.variant === 'google')
  const [turn] = google === undefined ? [] : asked(google).turns
  const image = turn?.role === 'user' ? turn.parts.find((part) => part.is === 'image') : undefined
  return image?.source.is === 'base64' ? image.source.data : ''
}

/** All that a request asks for; who asks, and of which model, is another matter. */
function meaning({ turns, from: _from, model: _model, reasoning, ...rest }: CanonicalRequest): Json {
  return { ...rest, turns: saidIn(turns), reasoning }
}

/** Every pair of recorded requests for the same, one of them read and written as the other. */
function pairs(): (readonly [Variant, Variant])[] {
  const all = variants()
  const read = all.filter(({ dialect }) => dialectOf(dialect).caller !== undefined)
  return read.flatMap((from) => all.filter((to) => to.case === from.case).map((to) => [from, to] as const))
}

function differing([from, to]: readonly [Variant, Variant]): readonly string[] {
  const { body } = written(asked(from), to.dialect, to.model)
  return differences(meaning(asked(to)), meaning(requestOf(to.dialect, JSON.parse(body.toString()) as Json, to.model)))
}

function isMeant({ cases, from, to, paths }: Difference, pair: readonly [Variant, Variant], path: string): boolean {
  const [asking, wanted] = pair
  const isFrom = from === undefined || from.includes(asking.variant)
  return cases.includes(asking.case) && isFrom && (to === undefined || to.includes(wanted.variant)) && paths.test(path)
}

function isRefusedFor(param: string): (error: unknown) => boolean {
  return (error) => error instanceof RefusedCall && error.failure.reason === 'unsupported' && error.details.param === param
}

test('a request written in another dialect asks for what the recorded one asks for', { skip: withoutRecordings }, async (t) => {
  for (const pair of pairs()) {
    const [from, to] = pair
    await t.test(`${from.case}: ${from.variant} to ${to.variant}`, () => {
      const refusal = refusals[from.case]
      if (refusal !== undefined) assert.throws(() => differing(pair), isRefusedFor(refusal.param))
      else
        assert.deepEqual(
          differing(pair).filter((path) => !expected.some((each) => isMeant(each, pair, path))),
          [],
        )
    })
  }
})

test('every difference between recorded requests that is expected is there', { skip: withoutRecordings }, () => {
  const found = new Set(
    pairs()
      .filter(([from]) => refusals[from.case] === undefined)
      .flatMap((pair) => differing(pair).flatMap((path) => expected.filter((each) => isMeant(each, pair, path)))),
  )
  const unseen = expected.filter((each) => !found.has(each))
  assert.deepEqual(unseen, [])
})

test('what a provider refused of a recorded request is refused here, or left to it for a reason', { skip: withoutRecordings }, () => {
  const refused = variants().filter(({ isRefused }) => isRefused)
  assert.deepEqual(refused.map((each) => each.case).toSorted(), Object.keys(refusedByProvider).toSorted())
})
