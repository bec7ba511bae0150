/** What the tests of the writers of chat answers share: a caller, and what it is told whole and in chunks. */
import type { Usage } from '../../domain/usage.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { bareAsk } from '../dialect.ts'
import type { WriterAsk } from '../dialect.ts'
import { openAiChat } from './index.ts'
import { readChatRequest } from './read-request.ts'
import { ChatStreamWriter } from './stream-writer.ts'
import { writeChatAnswer } from './write-answer.ts'

export type Fields = Record<string, unknown>

export function askOf(fields: Fields = {}): WriterAsk {
  const body = { model: 'asked', messages: [{ role: 'user', content: 'Hi' }], stream_options: { include_usage: true }, ...fields }
  const sketch = openAiChat.sketch(Buffer.from(JSON.stringify(body)), bareAsk)
  return { callId: 'call-1', model: 'asked', createdAt: 7, sketch, request: readChatRequest(sketch) }
}

export function streamed(events: readonly CanonicalEvent[], ask: WriterAsk = askOf()): string {
  const writer = new ChatStreamWriter(ask)
  return events.map((event) => writer.write(event)).join('')
}

export function chunksOf(text: string): Fields[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as Fields)
}

export function choicesOf(text: string): Fields[] {
  return chunksOf(text).flatMap(({ choices }) => choices as Fields[])
}

export function deltasOf(events: readonly CanonicalEvent[], ask?: WriterAsk): Fields[] {
  return choicesOf(streamed(events, ask)).map(({ delta }) => delta as Fields)
}

export function messageOf(answer: CanonicalAnswer, ask: WriterAsk = askOf()): { message: Fields; choice: Fields; body: Fields } {
  const body = JSON.parse(writeChatAnswer(answer, ask).toString()) as Fields
  const [choice = {}] = body['choices'] as Fields[]
  return { body, choice, message: choice['message'] as Fields }
}

export const usage: Usage = {
  inputTokens: 12,
  cacheReadTokens: 30,
  cacheWriteTokens: 0,
  outputTokens: 9,
  reasoningTokens: 4,
  source: 'provider',
} as const
export const opaque: Opaque = { origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'sig' }
export const said: CanonicalAnswer = { id: 'x', model: 'm', createdAt: 5, blocks: [{ is: 'text', text: 'Hi' }], finish: 'stop', usage }
