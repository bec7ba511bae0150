/** An answer as the strictest of chat's clients reads it. */
import assert from 'node:assert/strict'
import { eventsIn, nothing, number, record, whole } from './heard.test.ts'
import type { HeardAnswer, HeardCall, Mutable } from './heard.test.ts'
import type { Json } from './json.test.ts'
import { at, list, parsed, string } from './json.test.ts'

const done = 'data: [DONE]'

export function chatStream(text: string): HeardAnswer {
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

export function chatWhole(text: string): HeardAnswer {
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
