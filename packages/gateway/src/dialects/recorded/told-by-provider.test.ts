/** What a recorded answer says, added up from the provider's own JSON in the plainest way: the measure for what callers get. */
import type { DialectName } from '../../domain/operation.ts'
import type { Finish } from '../canonical/answer.ts'
import { isRecord, textIn } from '../wire.ts'
import { at, list, parsed, string } from './json.test.ts'
import type { Json } from './json.test.ts'

export interface ToldCall {
  readonly name: string
  /** Parsed, or the text where it is cut off. */
  readonly given: unknown
}

export interface Told {
  readonly text: string
  readonly thinking: string
  readonly refusal: string
  readonly calls: readonly ToldCall[]
  /** undefined: the model has not said why it stopped. */
  readonly finish: Finish | undefined
  readonly rawFinish: string
  readonly stopSequence: string | undefined
  /** All tokens of the prompt, from a cache or not. */
  readonly input: number | undefined
  /** All tokens of the answer, thinking included. */
  readonly output: number | undefined
  readonly fails: boolean
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** Each told piece in its turn; what comes last counts for all but the texts. */
class Sum {
  text = ''
  thinking = ''
  refusal = ''
  raw: string | undefined
  stopSequence: string | undefined
  usage: { input: number; output: number } | undefined
  fails = false
  /** Calls in order, their arguments in pieces. */
  readonly calls: { readonly key: unknown; name: string; text: string }[] = []

  call(key: unknown, name: string, text: string, isNew = false): void {
    const known = isNew ? undefined : this.calls.find((call) => call.key === key)
    if (known === undefined) this.calls.push({ key, name, text })
    else known.text += text
  }
}

type Hear = (sum: Sum, event: Json) => void

const chat: Hear = (sum, event) => {
  const choice = list(event['choices']).find(({ index }) => (index ?? 0) === 0)
  if (choice !== undefined) hearChoice(sum, choice)
  countChat(sum, event['usage'] ?? at(event, 'x_groq', 'usage'))
  if (isRecord(event['error']) || (event['code'] !== undefined && choice === undefined)) sum.fails = true
}

/** Perplexity repeats the whole message beside each delta. */
function hearChoice(sum: Sum, { delta, message, finish_reason: finish }: Json): void {
  hearMessage(sum, delta ?? message, delta === undefined)
  sum.raw = textIn(finish) ?? sum.raw
}

function hearMessage(sum: Sum, said: unknown, isWhole: boolean): void {
  const content = at(said, 'content')
  sum.text += string(content)
  for (const part of list(content)) {
    if (part['type'] === 'text') sum.text += string(part['text'])
    for (const thought of list(part['thinking'])) sum.thinking += string(thought['text'])
  }
  sum.thinking += string(at(said, 'reasoning_content') ?? at(said, 'reasoning'))
  sum.refusal += string(at(said, 'refusal'))
  const old = at(said, 'function_call')
  if (isRecord(old)) sum.call('old', string(old['name']), string(old['arguments']))
  list(at(said, 'tool_calls')).forEach((call, place) => {
    const key = isWhole ? place : (call['index'] ?? call['id'])
    sum.call(key, string(at(call, 'function', 'name')), string(at(call, 'function', 'arguments')))
  })
}

function countChat(sum: Sum, usage: unknown): void {
  if (!isRecord(usage)) return
  const input = count(usage['prompt_tokens'])
  const completion = count(usage['completion_tokens'])
  const thought = count(at(usage, 'completion_tokens_details', 'reasoning_tokens'))
  // xAI counts thinking beside the answer, and its total says so.
  const isBeside = usage['total_tokens'] === input + completion + thought
  sum.usage = { input, output: completion + (isBeside ? thought : 0) }
}

const responses: Hear = (sum, event) => {
  const type = string(event['type'])
  if (type === 'response.output_text.delta') sum.text += string(event['delta'])
  if (type === 'response.refusal.delta') sum.refusal += string(event['delta'])
  if (/^response\.reasoning(?:_summary)?_text\.delta$/.test(type)) sum.thinking += string(event['delta'])
  if (type === 'response.output_item.added' && at(event, 'item', 'type') === 'function_call') {
    sum.call(event['output_index'], string(at(event, 'item', 'name')), '')
  }
  if (type === 'response.function_call_arguments.delta') sum.call(event['output_index'], '', string(event['delta']))
  endEvent(sum, type, event)
}

function endEvent(sum: Sum, type: string, event: Json): void {
  if (/^response\.(?:completed|incomplete)$/.test(type)) endResponse(sum, event['response'])
  if (type === 'error' || type === 'response.failed') sum.fails = true
  if (event['object'] === 'response') wholeResponse(sum, event)
}

function calledItem(sum: Sum, item: unknown): void {
  if (at(item, 'type') === 'function_call') sum.call(sum, string(at(item, 'name')), string(at(item, 'arguments')), true)
}

function wholeResponse(sum: Sum, response: Json): void {
  for (const item of list(response['output'])) {
    calledItem(sum, item)
    for (const part of list(item['summary'])) sum.thinking += string(part['text'])
    for (const part of list(item['content'])) {
      if (part['type'] === 'output_text') sum.text += string(part['text'])
      if (part['type'] === 'refusal') sum.refusal += string(part['refusal'])
      if (part['type'] === 'reasoning_text' && list(item['summary']).length === 0) sum.thinking += string(part['text'])
    }
  }
  endResponse(sum, response)
}

function endResponse(sum: Sum, response: unknown): void {
  sum.raw = textIn(at(response, 'incomplete_details', 'reason')) ?? string(at(response, 'status'))
  const usage = at(response, 'usage')
  if (isRecord(usage)) sum.usage = { input: count(usage['input_tokens']), output: count(usage['output_tokens']) }
}

const anthropic = (): Hear => {
  const counts: Record<string, number> = {}
  let rounds: readonly Json[] = []
  const countAll = (sum: Sum, usage: unknown): void => {
    if (!isRecord(usage)) return
    for (const [name, value] of Object.entries(usage)) if (typeof value === 'number') counts[name] = value
    if (list(usage['iterations']).length > 0) rounds = list(usage['iterations'])
    const added = (name: string): number =>
      rounds.length === 0 ? count(counts[name]) : rounds.reduce((all, one) => all + count(one[name]), 0)
    const input = added('input_tokens') + added('cache_read_input_tokens') + added('cache_creation_input_tokens')
    sum.usage = { input, output: added('output_tokens') }
  }
  return (sum, event) => {
    const delta = event['delta']
    switch (event['type']) {
      case 'message_start':
        countAll(sum, at(event, 'message', 'usage'))
        return
      case 'content_block_start':
        startBlock(sum, event['index'], event['content_block'])
        return
      case 'content_block_delta':
        sum.text += string(at(delta, 'text'))
        sum.thinking += string(at(delta, 'thinking'))
        if (sum.calls.some(({ key }) => key === event['index'])) sum.call(event['index'], '', string(at(delta, 'partial_json')))
        return
      case 'message_delta':
        stop(sum, delta)
        countAll(sum, event['usage'])
        return
      case 'error':
        sum.fails = true
        return
      case 'message':
        list(event['content']).forEach((block, place) => startBlock(sum, place, block))
        stop(sum, event)
        countAll(sum, event['usage'])
    }
  }
}

function startBlock(sum: Sum, key: unknown, block: unknown): void {
  const type = at(block, 'type')
  if (type === 'text') sum.text += string(at(block, 'text'))
  if (type === 'thinking') sum.thinking += string(at(block, 'thinking'))
  const input = at(block, 'input')
  const told = isRecord(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : ''
  if (type === 'tool_use') sum.call(key, string(at(block, 'name')), told)
}

function stop(sum: Sum, value: unknown): void {
  sum.raw = textIn(at(value, 'stop_reason')) ?? sum.raw
  sum.stopSequence = textIn(at(value, 'stop_sequence')) ?? sum.stopSequence
}

const bedrock: Hear = (sum, event) => {
  const delta = at(event, 'contentBlockDelta', 'delta')
  const key = at(event, 'contentBlockStart', 'contentBlockIndex') ?? at(event, 'contentBlockDelta', 'contentBlockIndex')
  sum.text += string(at(delta, 'text'))
  sum.thinking += string(at(delta, 'reasoningContent', 'text'))
  const called = at(event, 'contentBlockStart', 'start', 'toolUse')
  if (isRecord(called)) sum.call(key, string(called['name']), '')
  if (at(delta, 'toolUse') !== undefined) sum.call(key, '', string(at(delta, 'toolUse', 'input')))
  for (const block of list(at(event, 'output', 'message', 'content'))) {
    sum.text += string(block['text'])
    sum.thinking += string(at(block, 'reasoningContent', 'reasoningText', 'text'))
    if (isRecord(block['toolUse'])) sum.call(sum, string(block['toolUse']['name']), JSON.stringify(block['toolUse']['input']), true)
  }
  sum.raw = textIn(at(event, 'messageStop', 'stopReason') ?? event['stopReason']) ?? sum.raw
  const usage = at(event, 'metadata', 'usage') ?? event['usage']
  if (isRecord(usage)) {
    const input = count(usage['inputTokens']) + count(usage['cacheReadInputTokens']) + count(usage['cacheWriteInputTokens'])
    sum.usage = { input, output: count(usage['outputTokens']) }
  }
}

const cohere: Hear = (sum, event) => {
  const said = at(event, 'delta', 'message') ?? event['message']
  const content = at(said, 'content')
  for (const part of isRecord(content) ? [content] : list(content)) {
    sum.text += string(part['text'])
    sum.thinking += string(part['thinking'])
  }
  sum.thinking += string(at(said, 'tool_plan'))
  const calls = at(said, 'tool_calls')
  const key = event['index']
  if (isRecord(calls)) sum.call(key, string(at(calls, 'function', 'name')), string(at(calls, 'function', 'arguments')))
  for (const call of list(calls)) sum.call(sum, string(at(call, 'function', 'name')), string(at(call, 'function', 'arguments')), true)
  sum.raw = textIn(at(event, 'delta', 'finish_reason') ?? event['finish_reason']) ?? sum.raw
  const usage = at(event, 'delta', 'usage') ?? event['usage']
  // Cohere's count of the prompt holds what came from the cache.
  if (isRecord(usage))
    sum.usage = { input: count(at(usage, 'tokens', 'input_tokens')), output: count(at(usage, 'tokens', 'output_tokens')) }
}

const gemini: Hear = (sum, event) => {
  const candidate = at(event, 'candidates', 0)
  for (const part of list(at(candidate, 'content', 'parts'))) {
    if (part['thought'] === true) sum.thinking += string(part['text'])
    else sum.text += string(part['text'])
    callPart(sum, part['functionCall'])
  }
  sum.raw = textIn(at(candidate, 'finishReason') ?? at(event, 'promptFeedback', 'blockReason')) ?? sum.raw
  const usage = event['usageMetadata']
  if (isRecord(usage) && typeof usage['promptTokenCount'] === 'number') {
    const input = usage['promptTokenCount'] + count(usage['toolUsePromptTokenCount'])
    sum.usage = { input, output: count(usage['candidatesTokenCount']) + count(usage['thoughtsTokenCount']) }
  }
  if (isRecord(event['error'])) sum.fails = true
}

/** In pieces, only texts at the top have been recorded. */
function callPart(sum: Sum, call: unknown): void {
  if (!isRecord(call)) return
  const name = string(call['name'])
  if (name !== '') sum.call(sum, name, JSON.stringify(call['args'] ?? {}), true)
  const last = sum.calls.at(-1)
  for (const { jsonPath, stringValue } of list(call['partialArgs'])) {
    const given = parsed(last?.text ?? '') as Record<string, string>
    const field = string(jsonPath).slice('$.'.length)
    given[field] = (given[field] ?? '') + string(stringValue)
    if (last !== undefined) last.text = JSON.stringify(given)
  }
}

const ollama: Hear = (sum, event) => {
  const said = event['message']
  sum.text += string(at(said, 'content'))
  sum.thinking += string(at(said, 'thinking'))
  for (const call of list(at(said, 'tool_calls'))) {
    sum.call(sum, string(at(call, 'function', 'name')), JSON.stringify(at(call, 'function', 'arguments')), true)
  }
  if (event['done'] !== true) return
  sum.raw = string(event['done_reason'])
  sum.usage = { input: count(event['prompt_eval_count']), output: count(event['eval_count']) }
}

const ways: Readonly<Partial<Record<DialectName, () => Hear>>> = {
  'openai-chat': () => chat,
  'mistral-chat': () => chat,
  'openai-responses': () => responses,
  'anthropic-messages': anthropic,
  'bedrock-converse': () => bedrock,
  'cohere-chat': () => cohere,
  'gemini-generate': () => gemini,
  'ollama-chat': () => ollama,
}

/** Reasons to stop in all dialects' words (dialects, section 5); they do not contradict each other. */
const finishes: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  end_turn: 'stop',
  STOP: 'stop',
  COMPLETE: 'stop',
  completed: 'stop',
  stop_sequence: 'stop-sequence',
  STOP_SEQUENCE: 'stop-sequence',
  length: 'length',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  max_output_tokens: 'length',
  model_context_window_exceeded: 'context-full',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  tool_use: 'tool-calls',
  TOOL_CALL: 'tool-calls',
  content_filter: 'content-filter',
  refusal: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SAFETY: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  pause_turn: 'pause',
}

export function toldBy(dialect: DialectName, events: readonly Json[]): Told {
  const sum = new Sum()
  const hear = ways[dialect]?.()
  if (hear === undefined) throw new Error(`no way to add up ${dialect}`)
  for (const event of events) hear(sum, event)
  const calls = sum.calls.map(({ name, text }) => ({ name, given: parsed(text) }))
  const { text, thinking, refusal, stopSequence, usage, fails } = sum
  const ending = { finish: finishOf(sum), rawFinish: sum.raw ?? '', stopSequence, fails }
  return { text, thinking, refusal, calls, ...ending, input: usage?.input, output: usage?.output }
}

/** A call that the caller has to carry out decides, unless the model was cut off. */
function finishOf({ raw, calls }: Sum): Finish | undefined {
  if (raw === undefined) return undefined
  const finish = finishes[raw] ?? 'other'
  return calls.length > 0 && finish === 'stop' ? 'tool-calls' : finish
}
