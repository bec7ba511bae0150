/** What the tests of the writer of chat requests share: a plain request, a tool loop, and what a provider is asked. */
import assert from 'node:assert/strict'
import type { Quirks, TranslationTarget } from '../../domain/quirks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { openAiChat } from './index.ts'

export type Fields = Record<string, unknown>

export const plain: CanonicalRequest = {
  from: 'anthropic-messages',
  model: 'asked',
  stream: false,
  turns: [{ role: 'user', parts: [{ is: 'text', text: 'Hi' }] }],
  tools: [],
  sampling: {},
  extras: {},
}

export interface Written {
  readonly body: Fields
  readonly messages: readonly Fields[]
  readonly losses: readonly string[]
}

export function write(request: Partial<CanonicalRequest>, target: Partial<TranslationTarget> = {}): Written {
  const to: TranslationTarget = { provider: 'p', model: 'm', dialect: 'openai-chat', keyId: 'k', quirks: {}, ...target }
  const wire = openAiChat.provider?.writeRequest({ ...plain, ...request }, to)
  assert.ok(wire)
  const body = JSON.parse(wire.body.toString()) as Fields & { messages: Fields[] }
  return { body, messages: body.messages, losses: wire.losses }
}

export function withQuirks(request: Partial<CanonicalRequest>, quirks: Quirks, reasoning?: boolean): Fields {
  return write(request, { quirks, ...(reasoning !== undefined && { reasoning }) }).body
}

export function user(...parts: Part[]): Turn {
  return { role: 'user', parts }
}

export const loop: readonly Turn[] = [
  user({ is: 'text', text: 'Weather?' }),
  {
    role: 'assistant',
    blocks: [
      { is: 'text', text: 'Let me look.' },
      { is: 'tool-call', id: 'a', name: 'f', argumentsText: '' },
    ],
  },
  { role: 'tool', results: [{ callId: 'a', parts: [{ is: 'text', text: 'Rain' }], isError: false }] },
]

export function system(text: string): Turn {
  return { role: 'system', parts: [{ is: 'text', text }] }
}
