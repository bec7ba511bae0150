/** What a caller makes of an answer in its dialect, read as strictly as the pickiest of its clients. */
import assert from 'node:assert/strict'
import type { DialectName } from '../../domain/operation.ts'
import { isRecord } from '../wire.ts'
import { chatStream, chatWhole } from './heard-chat.test.ts'
import { messagesStream, messagesWhole } from './heard-messages.test.ts'
import { responsesStream, wholeResponse } from './heard-responses.test.ts'
import { eventsIn, nothing, number, record } from './heard.test.ts'
import type { HeardAnswer } from './heard.test.ts'
import type { Json } from './json.test.ts'
import { at, list, string } from './json.test.ts'

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

export interface Reading {
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
