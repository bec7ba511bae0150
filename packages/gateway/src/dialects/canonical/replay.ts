/** Tells a whole answer as the events of a stream. */
import type { CanonicalAnswer } from './answer.ts'
import type { Block, TextBlock, ToolCallBlock } from './blocks.ts'
import type { CanonicalEvent } from './events.ts'
import type { Opaque } from './opaque.ts'

/** Each text comes in one delta; an empty one in none. */
export function replay({
  id,
  model,
  createdAt,
  blocks,
  finish,
  rawFinish,
  stopSequence,
  usage,
  logprobs,
}: CanonicalAnswer): CanonicalEvent[] {
  return [
    { is: 'answer-start', id, model, createdAt },
    ...blocks.flatMap((block, index) => eventsOf(block, index)),
    ...(logprobs === undefined ? [] : [{ is: 'logprobs', content: logprobs } as const]),
    ...(usage === undefined ? [] : [{ is: 'usage', usage } as const]),
    { is: 'finish', finish, raw: rawFinish, stopSequence },
  ]
}

function eventsOf(block: Block, index: number): readonly CanonicalEvent[] {
  switch (block.is) {
    case 'text':
      return textEvents(block, index)
    case 'reasoning':
      return [
        { is: 'reasoning-start', index },
        ...deltas(block.text, (text) => ({ is: 'reasoning-delta', index, text })),
        { is: 'reasoning-end', index, ...markOf(block.opaque) },
      ]
    case 'refusal':
      return [
        { is: 'refusal-start', index },
        ...deltas(block.text, (text) => ({ is: 'refusal-delta', index, text })),
        { is: 'refusal-end', index },
      ]
    case 'tool-call':
      return toolCallEvents(block, index)
    case 'image':
    case 'opaque':
      return [{ is: 'block', index, block }]
  }
}

function textEvents({ text, citations = [], opaque }: TextBlock, index: number): readonly CanonicalEvent[] {
  return [
    { is: 'text-start', index },
    ...deltas(text, (piece) => ({ is: 'text-delta', index, text: piece })),
    ...citations.map((citation): CanonicalEvent => ({ is: 'citation', index, citation })),
    { is: 'text-end', index, ...markOf(opaque) },
  ]
}

function toolCallEvents({ id, name, argumentsText, custom, opaque }: ToolCallBlock, index: number): readonly CanonicalEvent[] {
  return [
    { is: 'tool-call-start', index, id, name, ...(custom === true && { custom: true }) },
    ...deltas(argumentsText, (piece) => ({ is: 'tool-call-delta', index, argumentsText: piece })),
    { is: 'tool-call-end', index, ...markOf(opaque) },
  ]
}

function markOf(opaque: Opaque | undefined): { readonly opaque?: Opaque } {
  return opaque === undefined ? {} : { opaque }
}

function deltas(text: string, delta: (text: string) => CanonicalEvent): CanonicalEvent[] {
  return text === '' ? [] : [delta(text)]
}
