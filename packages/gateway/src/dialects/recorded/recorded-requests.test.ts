/** Requests as they were recorded, in the canonical form, and laid bare so that two of them can be compared. */
import { isDeepStrictEqual } from 'node:util'
import type { DialectName } from '../../domain/operation.ts'
import type { Block, ReasoningBlock, ToolCallBlock } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Tool, ToolResult, Turn } from '../canonical/request.ts'
import { bareAsk } from '../dialect.ts'
import { recorded, withoutRecordings } from '../harness.test.ts'
import { dialectOf } from '../list.ts'
import { isRecord, parseJson } from '../wire.ts'
import type { Json } from './json.test.ts'
import { at, list, string } from './json.test.ts'

/** Dialects as the recordings name them. */
export const dialectNames: Readonly<Record<string, DialectName>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic-messages',
  gemini: 'gemini-generate',
  'bedrock-converse': 'bedrock-converse',
  'cohere-v2': 'cohere-chat',
  mistral: 'mistral-chat',
  ollama: 'ollama-chat',
}

export interface RecordedRequest {
  readonly id: string
  /** The first one, or the one that follows the answer. */
  readonly file: 'request' | 'followup-request'
  readonly provider: string
  readonly dialect: DialectName
  readonly model: string
  readonly body: Json
}

interface Entry {
  readonly id: string
  readonly provider: string
  readonly dialect: string
  readonly files: Readonly<Record<string, string>>
}

export function recordedRequests(): RecordedRequest[] {
  if (withoutRecordings !== false) return []
  const { entries } = JSON.parse(recorded('MANIFEST.json').toString()) as { entries: Entry[] }
  return entries.flatMap(({ id, provider, dialect: named, files }) => {
    const dialect = dialectNames[named]
    if (dialect === undefined) return []
    return (['request', 'followup-request'] as const).flatMap((file): RecordedRequest[] => {
      if (files[file] === undefined) return []
      const body = JSON.parse(recorded(files[file]).toString()) as Json
      return [{ id, file, provider, dialect, model: modelOf(body, files['meta']), body }]
    })
  })
}

/** Named in the body or in the path. */
export function modelOf({ model, modelId }: Json, meta: string | undefined): string {
  const named = string(model) || string(modelId)
  if (named !== '') return named
  const path = meta === undefined ? '' : recorded(meta).toString().replaceAll('%3A', '-')
  return /models?\/([^/:"]+)/.exec(path)?.[1] ?? 'gemini-3-flash-preview'
}

/** Providers whose requests look like chat's. */
const chatLike: ReadonlySet<DialectName> = new Set(['cohere-chat', 'mistral-chat'])

export function requestOf(dialect: DialectName, body: Json, model = 'm'): CanonicalRequest {
  if (dialect === 'bedrock-converse') return bedrockRequest(body, model)
  const from = dialectOf(chatLike.has(dialect) ? 'openai-chat' : dialect)
  const plain = dialect === 'cohere-chat' ? asChat(body) : body
  const bytes = Buffer.from(JSON.stringify(dialect === 'gemini-generate' ? body : { model, ...plain }))
  const read = from.caller?.readRequest(from.sketch(bytes, { ...bareAsk, model, stream: false }))
  if (read === undefined) throw new Error(`nobody calls in ${dialect}`)
  return read
}

/** Cohere shouts its words, and has a place of its own for what is said before a call. */
function asChat(body: Json): Json {
  const choice = body['tool_choice']
  const messages = list(body['messages']).map((message) => (message['tool_plan'] === undefined ? message : withPlan(message)))
  return { ...body, messages, ...(typeof choice === 'string' && { tool_choice: choice.toLowerCase() }) }
}

function withPlan({ tool_plan: content, ...message }: Json): Json {
  return { ...message, content }
}

// Bedrock's, which nobody sends to us.

function bedrockRequest(body: Json, model: string): CanonicalRequest {
  const system = list(body['system']).map((part) => ({ is: 'text', text: string(part['text']) }) as const)
  const choice = bedrockChoice(at(body, 'toolConfig', 'toolChoice'))
  const budgetTokens = at(body, 'additionalModelRequestFields', 'thinking', 'budget_tokens')
  const maxTokens = at(body, 'inferenceConfig', 'maxTokens')
  return {
    from: 'bedrock-converse',
    model,
    stream: false,
    turns: [...(system.length > 0 ? [{ role: 'system', parts: system } as const] : []), ...list(body['messages']).flatMap(bedrockTurns)],
    tools: list(at(body, 'toolConfig', 'tools')).map(bedrockTool),
    ...(choice !== undefined && { toolChoice: choice }),
    ...(typeof budgetTokens === 'number' && { reasoning: { budgetTokens } }),
    sampling: {},
    ...(typeof maxTokens === 'number' && { maxTokens }),
    extras: {},
  }
}

function bedrockTool(tool: Json): Tool {
  const description = at(tool, 'toolSpec', 'description')
  return {
    is: 'function',
    name: string(at(tool, 'toolSpec', 'name')),
    ...(typeof description === 'string' && { description }),
    parameters: at(tool, 'toolSpec', 'inputSchema', 'json'),
  }
}

function bedrockChoice(choice: unknown): CanonicalRequest['toolChoice'] {
  if (!isRecord(choice)) return undefined
  if (choice['any'] !== undefined) return { is: 'required' }
  const name = at(choice, 'tool', 'name')
  return name === undefined ? { is: 'auto' } : { is: 'allowed', names: [string(name)], required: true }
}

function bedrockTurns(message: Json): Turn[] {
  const content = list(message['content'])
  if (message['role'] === 'assistant') return [{ role: 'assistant', blocks: content.map(bedrockBlock) }]
  const results = content.filter(({ toolResult }) => isRecord(toolResult)).map(bedrockResult)
  const parts = content.filter(({ toolResult }) => toolResult === undefined).map(bedrockPart)
  return [
    ...(results.length > 0 ? [{ role: 'tool', results } as const] : []),
    ...(parts.length > 0 ? [{ role: 'user', parts } as const] : []),
  ]
}

function bedrockPart(part: Json): Part {
  if (part['text'] !== undefined) return { is: 'text', text: string(part['text']) }
  if (part['json'] !== undefined) return { is: 'text', text: JSON.stringify(part['json']) }
  if (part['image'] !== undefined) {
    const mediaType = `image/${string(at(part, 'image', 'format'))}`
    return { is: 'image', source: { is: 'base64', mediaType, data: bytesOf(at(part, 'image', 'source', 'bytes')) } }
  }
  const text = Buffer.from(bytesOf(at(part, 'document', 'source', 'bytes')), 'base64').toString()
  return { is: 'file', source: { is: 'text', text }, name: string(at(part, 'document', 'name')) }
}

/** The SDK holds bytes as such; what came of them when they were stored differs. */
function bytesOf(bytes: unknown): string {
  if (typeof bytes === 'string') return bytes
  const numbers = isRecord(bytes) && Array.isArray(bytes['data']) ? bytes['data'] : Object.values(isRecord(bytes) ? bytes : {})
  return Buffer.from(numbers.map(Number)).toString('base64')
}

function bedrockResult({ toolResult }: Json): ToolResult {
  return {
    callId: string(at(toolResult, 'toolUseId')),
    parts: list(at(toolResult, 'content')).map(bedrockPart),
    isError: at(toolResult, 'status') === 'error',
  }
}

function bedrockBlock(block: Json): Block {
  if (block['text'] !== undefined) return { is: 'text', text: string(block['text']) }
  const use = block['toolUse']
  if (use !== undefined) {
    const argumentsText = JSON.stringify(at(use, 'input'))
    return { is: 'tool-call', id: string(at(use, 'toolUseId')), name: string(at(use, 'name')), argumentsText }
  }
  const told = at(block, 'reasoningContent', 'reasoningText')
  const hidden = at(block, 'reasoningContent', 'redactedContent')
  const origin = { dialect: 'bedrock-converse' } as const
  if (hidden === undefined)
    return { is: 'reasoning', text: string(at(told, 'text')), opaque: { origin, data: string(at(told, 'signature')) } }
  return { is: 'reasoning', text: '', opaque: { origin, data: Buffer.from(string(hidden), 'base64').toString(), redacted: true } }
}

// What a request says.

/** Calls are counted: the same one has the same number, whatever its id is. */
class Numbers {
  readonly #calls: string[] = []

  called(id: string): number {
    return this.#calls.push(id) - 1
  }

  /** The latest call of this id; -1: nobody called. */
  answered(id: string): number {
    return this.#calls.lastIndexOf(id)
  }
}

/** Roles, texts, media, calls with their arguments as values, results by the number of their call, and what only the vendor understands. */
export function saidIn(turns: readonly Turn[]): unknown[] {
  const numbers = new Numbers()
  return turns.map((turn) => {
    switch (turn.role) {
      case 'system':
        return { role: turn.role, text: turn.parts.map(({ text }) => text).join('\n\n') }
      case 'user':
        return { role: turn.role, parts: turn.parts.map((part) => ({ ...part, cache: undefined })) }
      case 'tool':
        return { role: turn.role, results: turn.results.map((result) => resultSaid(result, numbers)) }
      case 'assistant':
        return { role: turn.role, ...assistantSaid(turn.blocks, numbers) }
    }
  })
}

function resultSaid({ callId, parts, isError }: ToolResult, numbers: Numbers): unknown {
  const text = parts.map((part) => (part.is === 'text' ? part.text : JSON.stringify(part))).join('\n\n')
  return { call: numbers.answered(callId), given: parseJson(text) ?? text, isError }
}

/** Texts of nothing but space say nothing: vendors write them, and most refuse to read them. */
function assistantSaid(blocks: readonly Block[], numbers: Numbers): Json {
  const said = blocks.filter((block) => block.is !== 'text' || block.text.trim() !== '' || block.opaque !== undefined)
  return {
    order: said.map(({ is }) => is).join(' '),
    texts: said.flatMap((block) => (block.is === 'text' ? [{ text: block.text, signature: block.opaque?.data }] : [])),
    reasoning: said.flatMap((block) => (block.is === 'reasoning' ? [reasoningSaid(block)] : [])),
    calls: said.flatMap((block) => (block.is === 'tool-call' ? [callSaid(block, numbers)] : [])),
    others: said.flatMap((block) =>
      block.is === 'opaque' ? [block.value] : block.is === 'image' || block.is === 'refusal' ? [block] : [],
    ),
  }
}

function reasoningSaid({ text, opaque }: ReasoningBlock): Json {
  return { text, signature: opaque?.data, redacted: opaque?.redacted }
}

function callSaid({ id, name, argumentsText, opaque }: ToolCallBlock, numbers: Numbers): Json {
  const given = argumentsText === '' ? {} : (parseJson(argumentsText) ?? argumentsText)
  return { call: numbers.called(id), name, given, signature: opaque?.data }
}

/** The ids of all calls, in order. */
export function idsIn(turns: readonly Turn[]): string[] {
  return turns.flatMap((turn) =>
    turn.role === 'assistant' ? turn.blocks.flatMap((block) => (block.is === 'tool-call' ? block.id : [])) : [],
  )
}

/** Fields that differ as a whole: what is inside hangs together. */
const whole = /(?:^|\.)(?:source|order|reasoning)$/

/** Where two values differ, as paths; what is undefined is not there. */
export function differences(want: unknown, got: unknown, path = ''): string[] {
  if (whole.test(path) || !isOpen(want) || !isOpen(got) || Array.isArray(want) !== Array.isArray(got)) {
    return isDeepStrictEqual(settled(want), settled(got)) ? [] : [path]
  }
  const names = new Set([...Object.keys(want), ...Object.keys(got)])
  return [...names].flatMap((name) => differences(want[name], got[name], path === '' ? name : `${path}.${name}`))
}

function isOpen(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function settled(value: unknown): unknown {
  return value === undefined ? undefined : parseJson(JSON.stringify(value))
}
