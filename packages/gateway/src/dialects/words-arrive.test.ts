/** Every recorded request, written for every provider: its words, its pictures and its calls arrive, or it is refused by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { DialectName } from '../domain/operation.ts'
import type { CanonicalRequest, Tool, Turn } from './canonical/request.ts'
import type { WireRequest } from './dialect.ts'
import { withoutRecordings } from './harness.test.ts'
import { allDialects, dialectOf } from './list.ts'
import { parsed } from './recorded/json.test.ts'
import type { Json } from './recorded/json.test.ts'
import { recordedRequests, requestOf } from './recorded/recorded-requests.test.ts'
import type { RecordedRequest } from './recorded/recorded-requests.test.ts'

/** Models that take as much as any of their providers. */
const models: Readonly<Partial<Record<DialectName, string>>> = {
  'openai-chat': 'gpt-5.5',
  'openai-responses': 'gpt-5.5',
  'anthropic-messages': 'claude-sonnet-4-5',
  'bedrock-converse': 'us.anthropic.claude-sonnet-4-5-v1:0',
  'gemini-generate': 'gemini-3-pro-preview',
  'mistral-chat': 'mistral-large-latest',
  'cohere-chat': 'command-a-03-2025',
  'ollama-chat': 'qwen3',
}

/** What only some can be asked, by the field that is named to the others. */
const bound: readonly { readonly ids: RegExp; readonly param: RegExp; readonly why: string }[] = [
  { ids: /citations-document-stream$/, param: /^messages/, why: 'sources for what is said of a document' },
  {
    ids: /(?:code-execution|client-tool-search|file-search|google-search-grounding|pause-turn|web-search-annotations)/,
    param: /^tools/,
    why: 'tools that one vendor runs',
  },
  { ids: /cached-content-usage$/, param: /^cachedContent$/, why: 'a text that one vendor keeps' },
  {
    ids: /(?:multimodalRequest|vision-image-url|error-400-unsupported-image)/,
    param: /^messages/,
    why: 'pictures by their address, which the gateway fetches before it writes',
  },
  { ids: /error-400-tool-content-audio$/, param: /^messages/, why: 'sound' },
  { ids: /nMultipleCompletionsParam/, param: /^n$/, why: 'several answers' },
]

/** Of which the writer's form is not one that the reader for tests knows. */
const unread = 'openai/openai-chat/error-400-tool-content-audio to mistral-chat'

for (const { name, provider } of allDialects) {
  if (provider === undefined) continue
  test(`the words, pictures and calls of recorded requests arrive at a provider of ${name}`, { skip: withoutRecordings }, async (t) => {
    for (const recording of recordedRequests()) {
      const { id, file, dialect } = recording
      if (dialectOf(dialect).caller === undefined || id.endsWith('error-400-bad-messages')) continue
      await t.test(`${id} ${file}`, () => {
        const tried = translated(recording, name)
        if (tried instanceof RefusedCall) isBound(id, tried)
        else if (`${id} to ${name}` !== unread) arrives(tried, name)
      })
    }
  })
}

interface Translated {
  readonly request: CanonicalRequest
  readonly wire: WireRequest
}

function translated({ dialect, body }: RecordedRequest, to: DialectName): Translated | RefusedCall {
  const { provider } = dialectOf(to)
  assert.ok(provider !== undefined)
  try {
    const request = requestOf(dialect, body)
    const target = { provider: 'p', model: models[to] ?? 'm', dialect: to, keyId: 'k', quirks: {} }
    return { request, wire: provider.writeRequest(request, target) }
  } catch (error) {
    if (error instanceof RefusedCall) return error
    throw error
  }
}

function isBound(id: string, { failure, details }: RefusedCall): void {
  const { param = '' } = details
  const isListed = bound.some((each) => each.ids.test(id) && each.param.test(param))
  assert.ok(failure.reason === 'unsupported' && isListed, `${param}: ${failure.message}`)
}

function arrives({ request, wire }: Translated, to: DialectName): void {
  const got = requestOf(to, JSON.parse(wire.body.toString()) as Json)
  const said = textsIn(got.turns).join('\n')
  for (const text of textsIn(request.turns)) assert.ok(said.includes(text), `${text} is in ${said}`)
  assert.deepEqual(countsIn(got.turns), countsIn(request.turns))
  assert.deepEqual(got.tools.map(nameOf), request.tools.map(nameOf))
  if (!wire.losses.includes('toolChoice')) assert.deepEqual(choiceIn(got), choiceIn(request))
}

/** One of these must be called, or may be; a tool that must be called can also be the only one that is offered. */
function choiceIn({ tools, toolChoice = { is: 'auto' } }: CanonicalRequest): readonly unknown[] {
  const isForced = toolChoice.is === 'required' || (toolChoice.is === 'allowed' && toolChoice.required)
  return [toolChoice.is === 'none', isForced, toolChoice.is === 'allowed' ? toolChoice.names : tools.map(nameOf)]
}

function textsIn(turns: readonly Turn[]): string[] {
  return turns.flatMap((turn) => {
    if (turn.role === 'assistant') return turn.blocks.flatMap((block) => (block.is === 'text' ? block.text.trim() : []))
    const parts = turn.role === 'tool' ? turn.results.flatMap((result) => result.parts) : turn.parts
    return parts.flatMap((part) => {
      if (part.is === 'text') return part.text
      return part.is === 'file' && part.source.is === 'text' ? part.source.text : []
    })
  })
}

/** Pictures, calls, and the calls that are answered. */
function countsIn(turns: readonly Turn[]): readonly unknown[] {
  const images = turns.flatMap((turn) => (turn.role === 'user' ? turn.parts.filter(({ is }) => is === 'image') : []))
  const calls = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks.filter((block) => block.is === 'tool-call') : []))
  const answered = turns.flatMap((turn) => (turn.role === 'tool' ? turn.results.map(({ callId }) => callId) : []))
  return [
    images.length,
    calls.map(({ name, argumentsText }) => [name, parsed(argumentsText)]),
    answered.map((id) => calls.findLastIndex((call) => call.id === id)).toSorted((left, right) => left - right),
  ]
}

function nameOf(tool: Tool): string {
  return tool.is === 'server' ? tool.type : tool.name
}
