/** An answer as the strictest of Anthropic's clients read it: they keep state by the order of events. */
import assert from 'node:assert/strict'
import { eventsIn, nothing, number, record } from './heard.test.ts'
import type { HeardAnswer, Mutable } from './heard.test.ts'
import type { Json } from './json.test.ts'
import { at, list, parsed, string } from './json.test.ts'

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
}

/** Keeps state as the SDK does, and refuses what it would stumble over. */
class MessageListener {
  readonly heard = nothing()
  #hasBegun = false
  #open: unknown
  #input = ''
  #blocks = 0

  /** By the names of events. */
  readonly #rules: Readonly<Record<string, (json: Json) => void>> = {
    message_start: (json) => this.#begin(json['message']),
    content_block_start: (json) => this.#start(json),
    content_block_delta: (json) => this.#grow(json),
    content_block_stop: (json) => this.#stop(json),
    message_delta: (json) => this.#finish(json),
    message_stop: () => assert.ok(this.heard.finish !== undefined),
    error: (json) => this.#fail(json['error']),
  }

  hear(name: string, json: Json): void {
    const rule = this.#rules[name]
    assert.ok(rule !== undefined, name)
    assert.equal(name === 'message_start' || name === 'error', !this.#hasBegun || name === 'error')
    rule(json)
  }

  #begin(message: unknown): void {
    this.#hasBegun = true
    const fields = ['role', 'content', 'stop_reason', 'model'].map((name) => at(message, name))
    assert.deepEqual(fields, ['assistant', [], null, 'm'])
  }

  #start({ index, content_block: block }: Json): void {
    assert.ok(this.#open === undefined, 'one block is open at a time')
    assert.equal(index, this.#blocks++)
    this.#open = block
    this.#input = ''
    if (at(block, 'type') === 'tool_use') assert.deepEqual(at(block, 'input'), {})
  }

  #grow({ index, delta }: Json): void {
    assert.equal(index, this.#blocks - 1)
    const type = string(at(this.#open, 'type'))
    assert.ok(deltasOf[type]?.includes(string(at(delta, 'type'))), `${JSON.stringify(delta)} in ${type}`)
    this.heard.text += string(at(delta, 'text'))
    this.heard.thinking += string(at(delta, 'thinking'))
    this.#input += string(at(delta, 'partial_json'))
  }

  #stop({ index }: Json): void {
    const open = this.#open
    assert.ok(open !== undefined)
    assert.equal(index, this.#blocks - 1)
    this.#open = undefined
    if (at(open, 'type') !== 'tool_use') return
    this.heard.calls.push({ id: string(at(open, 'id')), name: string(at(open, 'name')), given: parsed(this.#input) })
  }

  #finish({ delta, usage }: Json): void {
    assert.ok(this.#open === undefined && this.heard.finish === undefined)
    this.heard.finish = string(at(delta, 'stop_reason'))
    assert.equal(typeof at(delta, 'stop_sequence') === 'string', this.heard.finish === 'stop_sequence')
    countMessage(this.heard, usage)
  }

  #fail(error: unknown): void {
    assert.equal(this.heard.finish, undefined)
    for (const field of ['type', 'message']) assert.notEqual(string(at(error, field)), '')
    this.heard.fails = true
  }
}

export function messagesStream(text: string): HeardAnswer {
  const listener = new MessageListener()
  const names = eventsIn(text).map(({ name = '', json }) => {
    assert.equal(name, json['type'])
    listener.hear(name, json)
    return name
  })
  const ends = names.filter((name) => /^(?:message_delta|message_stop|error)$/.test(name))
  const tail = listener.heard.fails ? ['error'] : ['message_delta', 'message_stop']
  assert.deepEqual(ends, names.length === 0 ? [] : tail)
  if (names.length > 0) assert.deepEqual(names.slice(-tail.length), tail)
  return listener.heard
}

function countMessage(heard: Mutable<HeardAnswer>, usage: unknown): void {
  const [input, read, written] = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'].map((name) =>
    number(at(usage, name)),
  )
  heard.input = (input ?? 0) + (read ?? 0) + (written ?? 0)
  heard.output = number(at(usage, 'output_tokens'))
}

export function messagesWhole(text: string): HeardAnswer {
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
