/** What the tests of the reader of chat streams share: chunks, streams of them, and what is read of them at every cut. */
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { ToolCallBlock } from '../canonical/blocks.ts'
import { collect } from '../canonical/collect.ts'
import type { Origin } from '../canonical/opaque.ts'
import { sameAtEveryCut } from '../reading.test.ts'
import type { ReadStream } from '../reading.test.ts'
import type { ChatReading } from './chat-answer.ts'
import { ChatStreamReader } from './chat-reader.ts'

export const origin: Origin = { dialect: 'openai-chat', provider: 'p' }

export type Fields = Record<string, unknown>

export function choice(delta: Fields, finish: string | null = null): Fields {
  return { id: 'chatcmpl-1', created: 7, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] }
}

export function call(fields: Fields): Fields {
  return choice({ tool_calls: [fields] })
}

export const stop: Fields = choice({}, 'stop')
/** The end of a stream. */
export const done = '[DONE]'

/** One event a chunk; a text goes as it is. */
export function stream(...events: (Fields | string)[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''))
}

export function read(bytes: Buffer, reading: Partial<ChatReading> = {}): ReadStream {
  return sameAtEveryCut(() => new ChatStreamReader({ origin, ...reading }), bytes)
}

export function answer(events: readonly (Fields | string)[], reading: Partial<ChatReading> = {}): CanonicalAnswer {
  return collect(read(stream(...events, done), reading).events)
}

export function calls({ blocks }: CanonicalAnswer): Pick<ToolCallBlock, 'id' | 'name' | 'argumentsText'>[] {
  return blocks.flatMap((block) =>
    block.is === 'tool-call' ? [{ id: block.id, name: block.name, argumentsText: block.argumentsText }] : [],
  )
}
