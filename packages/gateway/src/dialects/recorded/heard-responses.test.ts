/** An answer as the strictest clients of the Responses API read it. */
import assert from 'node:assert/strict'
import { isRecord } from '../wire.ts'
import { eventsIn, nothing, number, whole } from './heard.test.ts'
import type { HeardAnswer } from './heard.test.ts'
import type { Json } from './json.test.ts'
import { at, list, string } from './json.test.ts'

const opening = ['response.created', 'response.in_progress']
const terminals: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

export function responsesStream(text: string): HeardAnswer {
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

/** Items and their parts are opened, filled and closed, and their texts are the same in each place. */
function followItems(events: readonly Json[]): { items: unknown[]; texts: string[] } {
  const follower = new ItemFollower()
  for (const event of events) follower.hear(event)
  return follower
}

class ItemFollower {
  readonly items: unknown[] = []
  readonly texts: string[] = []
  /** The item at each place, and the text of each part so far. */
  readonly #open = new Map<unknown, unknown>()
  readonly #parts = new Map<string, string>()

  hear(event: Json): void {
    const type = string(event['type'])
    const { output_index: place, item } = event
    if (type === 'response.output_item.added') {
      assert.equal(place, this.#open.size, 'places are dense')
      this.#open.set(place, at(item, 'id'))
    } else if (type === 'response.output_item.done') {
      assert.equal(at(item, 'id'), this.#open.get(place))
      this.items[number(place)] = item
    } else if (event['item_id'] !== undefined) this.#hearPart(type, event)
  }

  #hearPart(type: string, event: Json): void {
    assert.equal(event['item_id'], this.#open.get(event['output_index']), type)
    const key = ['item_id', 'content_index', 'summary_index'].map((name) => String(event[name])).join(' ')
    const text = this.#parts.get(key) ?? ''
    if (type.endsWith('.delta')) this.#parts.set(key, text + string(event['delta']))
    if (/^response\.(?:output_text|refusal)\.delta$/.test(type)) this.texts.push(string(event['delta']))
    if (/(?:_text|refusal|arguments|input)\.done$/.test(type)) assert.equal(doneText(event), text, type)
  }
}

function doneText(event: Json): unknown {
  return event['text'] ?? event['refusal'] ?? event['arguments'] ?? event['input']
}

export function wholeResponse(response: unknown): HeardAnswer {
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
