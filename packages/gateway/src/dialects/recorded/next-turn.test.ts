/** The next turn of a conversation, built from an answer as the clients of each dialect build it. */
import type { DialectName } from '../../domain/operation.ts'
import { isRecord, parseJson } from '../wire.ts'
import { at, list, string } from './json.test.ts'
import type { Json } from './json.test.ts'
import { eventsIn, record } from './heard.test.ts'

export interface SaidCall {
  readonly id: string
  readonly name: string
}

export interface GivenResult extends SaidCall {
  readonly text: string
  readonly isError: boolean
}

/** A dialect as its clients handle it. */
export interface Client {
  /** The field that holds the conversation. */
  readonly field: string
  /** What goes into the conversation of a whole answer, and of one that came as a stream. */
  whole(answer: string): Json[]
  stream(answer: string): Json[]
  callsIn(said: readonly Json[]): SaidCall[]
  results(results: readonly GivenResult[]): Json[]
  user(text: string): Json
}

const chat: Client = {
  field: 'messages',
  whole: (answer) => list(record(answer)['choices']).flatMap(({ message }) => (isRecord(message) ? [message] : [])),
  stream: (answer) => [
    eventsIn(answer, 'data: [DONE]')
      .map(({ json }) => at(json, 'choices', 0, 'delta'))
      .reduce<Json>((message, delta) => (isRecord(delta) ? grown(message, delta) : message), {}),
  ],
  callsIn: (said) =>
    said
      .flatMap((message) => list(message['tool_calls']))
      .map((call) => ({ id: string(call['id']), name: string(at(call, 'function', 'name')) })),
  results: (results) => results.map(({ id, text }) => ({ role: 'tool', tool_call_id: id, content: text })),
  user: (content) => ({ role: 'user', content }),
}

/** As OpenAI's own clients put deltas together: texts are appended, entries of lists are found by their index. */
function grown(whole: Json, delta: Json): Json {
  const result = { ...whole }
  for (const [name, value] of Object.entries(delta)) result[name] = fixed.has(name) ? value : joined(result[name], value)
  return result
}

/** Told again and again, and no text that grows. */
const fixed: ReadonlySet<string> = new Set(['index', 'type'])

function joined(before: unknown, value: unknown): unknown {
  if (value === null) return before ?? null
  if (typeof value === 'string') return string(before) + value
  if (Array.isArray(value)) return grownList(list(before), list(value))
  return isRecord(value) && isRecord(before) ? grown(before, value) : value
}

function grownList(whole: readonly Json[], deltas: readonly Json[]): Json[] {
  const result = [...whole]
  for (const delta of deltas) {
    const place = result.findIndex(({ index }) => index === delta['index'])
    if (place === -1) result.push(delta)
    else result[place] = grown(result[place] ?? {}, delta)
  }
  return result
}

const terminals: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])

const responses: Client = {
  field: 'input',
  whole: (answer) => list(record(answer)['output']),
  stream: (answer) => eventsIn(answer).flatMap(({ name = '', json }) => (terminals.has(name) ? list(at(json, 'response', 'output')) : [])),
  callsIn: (said) =>
    said.filter(({ type }) => type === 'function_call').map((call) => ({ id: string(call['call_id']), name: string(call['name']) })),
  results: (results) => results.map(({ id, text }) => ({ type: 'function_call_output', call_id: id, output: text })),
  user: (content) => ({ role: 'user', content }),
}

const messages: Client = {
  field: 'messages',
  whole: (answer) => [{ role: 'assistant', content: list(record(answer)['content']) }],
  stream: (answer) => [{ role: 'assistant', content: blocksIn(answer) }],
  callsIn: (said) =>
    said
      .flatMap(({ content }) => list(content))
      .filter(({ type }) => type === 'tool_use')
      .map((call) => ({ id: string(call['id']), name: string(call['name']) })),
  results: (results) => [
    {
      role: 'user',
      content: results.map(({ id, text, isError }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: [{ type: 'text', text }],
        ...(isError && { is_error: true }),
      })),
    },
  ],
  user: (content) => ({ role: 'user', content }),
}

/** As Anthropic's own clients keep a message while it comes. */
function blocksIn(stream: string): Json[] {
  const blocks: Json[] = []
  const inputs: string[] = []
  for (const { name, json } of eventsIn(stream)) {
    const index = Number(json['index'])
    const block = blocks[index]
    if (name === 'content_block_start' && isRecord(json['content_block'])) blocks.push({ ...json['content_block'] })
    else if (name === 'content_block_delta' && block !== undefined && isRecord(json['delta']))
      hearDelta(block, json['delta'], inputs, index)
  }
  inputs.forEach((input, index) => Object.assign(blocks[index] ?? {}, { input: parseJson(input) ?? {} }))
  return blocks
}

function hearDelta(block: Json, delta: Json, inputs: string[], index: number): void {
  for (const name of ['text', 'thinking', 'signature'])
    if (typeof delta[name] === 'string') block[name] = string(block[name]) + string(delta[name])
  if (delta['citation'] !== undefined) block['citations'] = [...list(block['citations']), delta['citation']]
  if (delta['partial_json'] !== undefined && delta['partial_json'] !== '')
    inputs[index] = (inputs[index] ?? '') + string(delta['partial_json'])
}

const gemini: Client = {
  field: 'contents',
  whole: (answer) => [{ role: 'model', parts: list(at(record(answer), 'candidates', 0, 'content', 'parts')) }],
  // The pieces stay parts.
  stream: (answer) => [
    { role: 'model', parts: eventsIn(answer).flatMap(({ json }) => list(at(json, 'candidates', 0, 'content', 'parts'))) },
  ],
  callsIn: (said) =>
    said
      .flatMap(({ parts }) => list(parts))
      .flatMap(({ functionCall }) =>
        isRecord(functionCall) ? [{ id: string(functionCall['id']), name: string(functionCall['name']) }] : [],
      ),
  results: (results) => [
    {
      role: 'user',
      parts: results.map(({ id, name, text, isError }) => ({
        functionResponse: { ...(id !== '' && { id }), name, response: isError ? { error: text } : objectOf(text) },
      })),
    },
  ],
  user: (text) => ({ role: 'user', parts: [{ text }] }),
}

function objectOf(text: string): Json {
  const json = parseJson(text)
  return isRecord(json) ? json : { output: text }
}

const ollama: Client = {
  field: 'messages',
  whole: (answer) => [at(record(answer), 'message')].filter(isRecord),
  stream: (answer) => [
    answer
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => at(record(line), 'message'))
      .reduce<Json>(
        (message, piece) => ({
          role: 'assistant',
          content: string(message['content']) + string(at(piece, 'content')),
          thinking: string(message['thinking']) + string(at(piece, 'thinking')),
          tool_calls: [...list(message['tool_calls']), ...list(at(piece, 'tool_calls'))],
        }),
        {},
      ),
  ],
  callsIn: (said) => chat.callsIn(said),
  results: (results) => results.map(({ name, text }) => ({ role: 'tool', tool_name: name, content: text })),
  user: (text) => chat.user(text),
}

export const clients: Readonly<Partial<Record<DialectName, Client>>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  'gemini-generate': gemini,
  'ollama-chat': ollama,
}

export const callersWithClients: readonly DialectName[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
  'ollama-chat',
]
