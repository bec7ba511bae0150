/** What a caller makes of an answer in its dialect, read as strictly as the pickiest of its clients. */
import assert from 'node:assert/strict'
import type { DialectName } from '../domain/operation.ts'
import type { Json } from './recorded-answers.test.ts'
import { at, list, parsed, string } from './told-by-provider.test.ts'
import type { ToldCall } from './told-by-provider.test.ts'
import { isRecord } from './wire.ts'

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

type Mutable<Of> = { -readonly [Name in keyof Of]: Of[Name] }

function nothing(): Mutable<HeardAnswer> & { calls: HeardCall[] } {
  return { text: '', thinking: '', refusal: '', calls: [], finish: undefined, input: undefined, output: undefined, fails: false }
}

interface SseEvent {
  readonly name: string | undefined
  readonly json: Json
}

/** One `data:` line an event, LF, a blank line behind it, and nothing else at all. */
function eventsIn(text: string, terminator = ''): SseEvent[] {
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

function record(text: string): Json {
  const json: unknown = JSON.parse(text)
  assert.ok(isRecord(json), text)
  return json
}

function number(value: unknown): number {
  assert.ok(typeof value === 'number' && Number.isInteger(value) && value >= 0, `${String(value)} is no count`)
  return value
}

// Chat.

const done = 'data: [DONE]'

function chatStream(text: string): HeardAnswer {
  const heard = nothing()
  const texts: string[] = []
  const events = eventsIn(text, done)
  assert.equal(text.split(done).length - 1, text.endsWith(`${done}\n\n`) ? 1 : 0, 'one terminator, at the end')
  events.forEach(({ name, json }, turn) => {
    assert.equal(name, undefined)
    if (json['error'] !== undefined) {
      assert.equal(turn, events.length - 1, 'nothing comes after an error')
      heard.fails = true
      return
    }
    assert.equal(json['object'], 'chat.completion.chunk')
    assert.deepEqual([json['id'], json['model']], [events[0]?.json['id'], 'm'])
    assert.equal(typeof json['created'], 'number')
    const choices = list(json['choices'])
    if (choices.length === 0) return countChat(heard, json['usage'])
    assert.equal(heard.finish, undefined, 'nothing comes after the finish')
    assert.equal(choices.length, 1)
    hearDelta(heard, choices[0] ?? {}, { texts, isFirst: turn === 0 })
  })
  const read = heard.finish === undefined ? parsed : whole
  texts.forEach((given, place) => (heard.calls[place] = { ...callAt(heard, place), given: read(given) }))
  assert.equal(text.endsWith(`${done}\n\n`), heard.finish !== undefined, 'the terminator and a reason to stop go together')
  return heard
}

/** Arguments are JSON of their own, and never nothing. */
function whole(text: string): unknown {
  assert.notEqual(text, '')
  return parsed(text)
}

function callAt({ calls }: { readonly calls: readonly HeardCall[] }, place: number): HeardCall {
  const call = calls[place]
  assert.ok(call !== undefined, `no call ${place}`)
  return call
}

function hearDelta(heard: ReturnType<typeof nothing>, choice: Json, { texts, isFirst }: { texts: string[]; isFirst: boolean }): void {
  const delta = choice['delta']
  assert.equal(choice['index'], 0)
  assert.equal(at(delta, 'role'), isFirst ? 'assistant' : undefined)
  heard.text += string(at(delta, 'content'))
  heard.thinking += string(at(delta, 'reasoning_content'))
  heard.refusal += string(at(delta, 'refusal'))
  for (const call of list(at(delta, 'tool_calls'))) {
    const place = number(call['index'])
    assert.ok(place <= heard.calls.length, 'indexes of calls are dense from 0')
    if (place === heard.calls.length) {
      assert.equal(call['type'], 'function')
      heard.calls.push({ id: string(call['id']), name: string(at(call, 'function', 'name')), given: '' })
      texts.push('')
    } else assert.equal(call['id'], undefined)
    texts[place] = (texts[place] ?? '') + string(at(call, 'function', 'arguments'))
  }
  if (choice['finish_reason'] === null) return
  heard.finish = string(choice['finish_reason'])
  assert.deepEqual(delta, {})
}

function countChat(heard: Mutable<HeardAnswer>, usage: unknown): void {
  heard.input = number(at(usage, 'prompt_tokens'))
  heard.output = number(at(usage, 'completion_tokens'))
  assert.equal(at(usage, 'total_tokens'), heard.input + heard.output)
}

function chatWhole(text: string): HeardAnswer {
  const heard = nothing()
  const json = record(text)
  assert.deepEqual([json['object'], json['model']], ['chat.completion', 'm'])
  const [choice, ...more] = list(json['choices'])
  assert.deepEqual([more.length, choice?.['index'], at(choice, 'message', 'role')], [0, 0, 'assistant'])
  const message = at(choice, 'message')
  const content = at(message, 'content')
  assert.ok(content === null || typeof content === 'string')
  heard.text = string(content)
  heard.thinking = string(at(message, 'reasoning_content'))
  heard.refusal = string(at(message, 'refusal'))
  heard.finish = string(choice?.['finish_reason'])
  heard.calls = list(at(message, 'tool_calls')).map((call) => ({
    id: string(call['id']),
    name: string(at(call, 'function', 'name')),
    given: whole(string(at(call, 'function', 'arguments'))),
  }))
  if (json['usage'] !== undefined && json['usage'] !== null) countChat(heard, json['usage'])
  return heard
}

// The Responses API.

const opening = ['response.created', 'response.in_progress']
const terminals: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

function responsesStream(text: string): HeardAnswer {
  const events = eventsIn(text).map(({ name, json }, turn) => {
    assert.deepEqual([json['type'], json['sequence_number']], [name, turn], 'events are numbered one by one')
    return json
  })
  if (events.length === 0) return nothing()
  const types = events.map(({ type }) => string(type))
  assert.deepEqual(types.slice(0, 2), opening)
  const ends = types.flatMap((type, turn) => (terminals.has(type) ? [turn] : []))
  assert.ok(ends.length === 0 || (ends.length === 1 && ends[0] === events.length - 1), 'one terminal event, the last')
  const { items, texts } = followItems(events)
  const last = events.at(-1)
  if (types.at(-1) === 'response.failed' || types.includes('error')) {
    assert.ok(isRecord(at(last, 'response', 'error')), 'a failure says what failed')
    const { calls } = wholeResponse({ object: 'response', model: 'm', error: null, output: items.filter(isRecord), usage: null })
    return { ...nothing(), text: texts.join(''), calls, fails: true }
  }
  assert.equal(types.at(-1), `response.${string(at(last, 'response', 'status'))}`)
  const heard = wholeResponse(at(last, 'response'))
  assert.deepEqual(at(last, 'response', 'output'), items, 'the last event tells all items')
  assert.equal(texts.join(''), heard.text + heard.refusal)
  return heard
}

interface Part {
  text: string
  readonly done: string[]
}

/** Items and their parts are opened, filled and closed, and their texts are the same in each place. */
function followItems(events: readonly Json[]): { items: unknown[]; texts: string[] } {
  const items: unknown[] = []
  const parts = new Map<string, Part>()
  const open = new Map<unknown, unknown>()
  for (const event of events) {
    const type = string(event['type']).slice('response.'.length)
    const place = event['output_index']
    const key = ['item_id', 'content_index', 'summary_index'].map((name) => String(event[name])).join(' ')
    if (type === 'output_item.added') {
      assert.equal(place, open.size, 'places are dense')
      open.set(place, at(event, 'item', 'id'))
    } else if (type === 'output_item.done') {
      assert.equal(at(event, 'item', 'id'), open.get(place))
      items[number(place)] = event['item']
    } else if (event['item_id'] !== undefined) assert.equal(event['item_id'], open.get(place), type)
    if (/\.delta$/.test(type)) {
      const part = parts.get(key) ?? { text: '', done: [] }
      part.text += string(event['delta'])
      parts.set(key, part)
    }
    if (/(?:_text|refusal|arguments|input)\.done$/.test(type)) {
      assert.equal(event['text'] ?? event['refusal'] ?? event['arguments'] ?? event['input'], parts.get(key)?.text ?? '', type)
    }
  }
  const texts = events
    .filter(({ type }) => /^response\.(?:output_text|refusal)\.delta$/.test(string(type)))
    .map(({ delta }) => string(delta))
  return { items, texts }
}

function wholeResponse(response: unknown): HeardAnswer {
  const heard = nothing()
  assert.deepEqual([at(response, 'object'), at(response, 'model'), at(response, 'error')], ['response', 'm', null])
  for (const item of list(at(response, 'output'))) {
    if (item['type'] === 'function_call') {
      heard.calls.push({ id: string(item['call_id']), name: string(item['name']), given: whole(string(item['arguments'])) })
    }
    for (const part of list(item['summary'])) heard.thinking += string(part['text'])
    for (const part of list(item['content'])) {
      if (part['type'] === 'refusal') heard.refusal += string(part['refusal'])
      else heard.text += string(part['text'])
    }
  }
  const reason = at(response, 'incomplete_details', 'reason')
  heard.finish = reason === undefined ? string(at(response, 'status')) : `${string(at(response, 'status'))} ${string(reason)}`
  const usage = at(response, 'usage')
  if (usage === null) return heard
  heard.input = number(at(usage, 'input_tokens'))
  heard.output = number(at(usage, 'output_tokens'))
  assert.equal(at(usage, 'total_tokens'), heard.input + heard.output)
  return heard
}

// Anthropic.

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
}

function messagesStream(text: string): HeardAnswer {
  const events = eventsIn(text)
  const heard = nothing()
  let message: Json | undefined
  let open: Json | undefined
  let input = ''
  let blocks = 0
  events.forEach(({ name, json }, turn) => {
    assert.equal(name, json['type'])
    assert.ok(turn === 0 || message !== undefined || name === 'error')
    const isLast = turn === events.length - 1
    switch (name) {
      case 'message_start':
        assert.equal(turn, 0)
        message = json['message'] as Json
        assert.deepEqual([message['role'], message['content'], message['stop_reason'], message['model']], ['assistant', [], null, 'm'])
        return
      case 'content_block_start':
        assert.ok(open === undefined, 'one block is open at a time')
        assert.equal(json['index'], blocks++)
        open = json['content_block'] as Json
        input = ''
        if (open['type'] === 'tool_use') assert.deepEqual(open['input'], {})
        return
      case 'content_block_delta': {
        assert.equal(json['index'], blocks - 1)
        const delta = json['delta']
        assert.ok(
          deltasOf[string(open?.['type'])]?.includes(string(at(delta, 'type'))),
          `${JSON.stringify(delta)} in ${String(open?.['type'])}`,
        )
        heard.text += string(at(delta, 'text'))
        heard.thinking += string(at(delta, 'thinking'))
        input += string(at(delta, 'partial_json'))
        return
      }
      case 'content_block_stop':
        assert.ok(open !== undefined)
        assert.equal(json['index'], blocks - 1)
        if (open['type'] === 'tool_use') heard.calls.push({ id: string(open['id']), name: string(open['name']), given: parsed(input) })
        open = undefined
        return
      case 'message_delta':
        assert.ok(open === undefined && heard.finish === undefined)
        heard.finish = string(at(json, 'delta', 'stop_reason'))
        assert.equal(typeof at(json, 'delta', 'stop_sequence') === 'string', heard.finish === 'stop_sequence')
        countMessage(heard, json['usage'])
        assert.equal(events[turn + 1]?.name, 'message_stop')
        return
      case 'message_stop':
        assert.ok(isLast && heard.finish !== undefined)
        return
      default:
        assert.equal(name, 'error')
        assert.ok(isLast && heard.finish === undefined && textAt(json, 'error', 'message') && textAt(json, 'error', 'type'))
        heard.fails = true
    }
  })
  return heard
}

function textAt(json: Json, ...path: readonly string[]): boolean {
  return string(at(json, ...path)) !== ''
}

function countMessage(heard: Mutable<HeardAnswer>, usage: unknown): void {
  const [input, read, written] = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'].map((name) =>
    number(at(usage, name)),
  )
  heard.input = (input ?? 0) + (read ?? 0) + (written ?? 0)
  heard.output = number(at(usage, 'output_tokens'))
}

function messagesWhole(text: string): HeardAnswer {
  const heard = nothing()
  const message = record(text)
  assert.deepEqual([message['type'], message['role'], message['model']], ['message', 'assistant', 'm'])
  for (const block of list(message['content'])) {
    if (block['type'] === 'text') heard.text += string(block['text'])
    if (block['type'] === 'thinking') heard.thinking += string(block['thinking'])
    if (block['type'] === 'tool_use') heard.calls.push({ id: string(block['id']), name: string(block['name']), given: block['input'] })
  }
  heard.finish = string(message['stop_reason'])
  countMessage(heard, message['usage'])
  return heard
}

// Gemini.

function geminiStream(text: string): HeardAnswer {
  const heard = nothing()
  for (const { name, json } of eventsIn(text)) {
    assert.equal(name, undefined)
    assert.ok(heard.finish === undefined && !heard.fails, 'nothing comes after the end')
    hearGemini(heard, json)
  }
  return heard
}

function hearGemini(heard: ReturnType<typeof nothing>, json: Json): HeardAnswer {
  if (isRecord(json['error'])) {
    heard.fails = true
    return heard
  }
  const candidate = at(json, 'candidates', 0)
  for (const part of list(at(candidate, 'content', 'parts'))) {
    if (part['thought'] === true) heard.thinking += string(part['text'])
    else heard.text += string(part['text'])
    const call = part['functionCall']
    if (!isRecord(call)) continue
    assert.ok(isRecord(call['args']), 'arguments are an object')
    heard.calls.push({ id: string(call['id']), name: string(call['name']), given: call['args'] })
  }
  const finish = string(at(candidate, 'finishReason'))
  if (finish !== '') heard.finish = finish
  const usage = json['usageMetadata']
  if (usage === undefined) return heard
  heard.input = number(at(usage, 'promptTokenCount'))
  heard.output = number(at(usage, 'candidatesTokenCount')) + number(at(usage, 'thoughtsTokenCount') ?? 0)
  assert.equal(at(usage, 'totalTokenCount'), heard.input + heard.output)
  return heard
}

// Ollama.

function ollamaStream(text: string): HeardAnswer {
  const heard = nothing()
  assert.ok(text === '' || text.endsWith('\n'))
  for (const line of text.split('\n').slice(0, -1)) {
    assert.ok(heard.finish === undefined && !heard.fails, 'nothing comes after the end')
    hearOllama(heard, record(line))
  }
  return heard
}

function hearOllama(heard: ReturnType<typeof nothing>, json: Json): HeardAnswer {
  if (json['error'] !== undefined) {
    assert.equal(typeof json['error'], 'string')
    heard.fails = true
    return heard
  }
  assert.deepEqual([json['model'], at(json, 'message', 'role'), typeof json['done']], ['m', 'assistant', 'boolean'])
  heard.text += string(at(json, 'message', 'content'))
  heard.thinking += string(at(json, 'message', 'thinking'))
  for (const call of list(at(json, 'message', 'tool_calls'))) {
    const given = at(call, 'function', 'arguments')
    assert.ok(isRecord(given), 'arguments are an object')
    assert.equal(at(call, 'function', 'index'), heard.calls.length)
    heard.calls.push({ id: string(call['id']), name: string(at(call, 'function', 'name')), given })
  }
  if (json['done'] !== true) return heard
  heard.finish = string(json['done_reason'])
  if (json['eval_count'] !== undefined) heard.output = number(json['eval_count'])
  if (json['prompt_eval_count'] !== undefined) heard.input = number(json['prompt_eval_count'])
  return heard
}

// KoboldAI.

function koboldStream(text: string): HeardAnswer {
  const heard = nothing()
  // An error is told by the connection; what is written is a comment.
  const shown = text.replace(/^: error: [^\n]*\n\n$/m, '')
  heard.fails = shown !== text
  for (const { name, json } of eventsIn(shown)) {
    assert.equal(name, 'message')
    assert.equal(heard.finish, undefined, 'nothing comes after the end')
    heard.text += string(json['token'])
    if (json['finish_reason'] !== null) heard.finish = string(json['finish_reason'])
  }
  return heard
}

function koboldWhole(text: string): HeardAnswer {
  const result = at(record(text), 'results', 0)
  return { ...nothing(), text: string(at(result, 'text')), finish: string(at(result, 'finish_reason')) }
}

interface Reading {
  stream(text: string): HeardAnswer
  whole(text: string): HeardAnswer
}

export const readings: Readonly<Partial<Record<DialectName, Reading>>> = {
  'openai-chat': { stream: chatStream, whole: chatWhole },
  'openai-responses': { stream: responsesStream, whole: (text) => wholeResponse(record(text)) },
  'anthropic-messages': { stream: messagesStream, whole: messagesWhole },
  'gemini-generate': { stream: geminiStream, whole: (text) => hearGemini(nothing(), record(text)) },
  'ollama-chat': { stream: ollamaStream, whole: (text) => hearOllama(nothing(), record(text)) },
  kobold: { stream: koboldStream, whole: koboldWhole },
}
