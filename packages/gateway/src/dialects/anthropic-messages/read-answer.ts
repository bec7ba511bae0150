/** An Anthropic server's whole answer, read into the canonical form. */
import type { Block } from '../canonical/blocks.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { ReadAnswer } from '../dialect.ts'
import { isRecord, textIn } from '../wire.ts'
import { messageIn } from './answer.ts'
import { citationsFrom } from './citations.ts'
import { freeTextIn } from './open-block.ts'
import { finishFrom } from './stop-reason.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import { anthropicNames } from './tool-names.ts'
import { usageFromAnthropic } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>

export function readAnswer(body: Buffer, origin: Origin, request?: CanonicalRequest): ReadAnswer {
  const read = messageIn(body)
  if (read.failure !== undefined) return { failure: read.failure }
  const { content, usage: told, id, model, stop_reason: reason, stop_sequence: sequence } = read.message
  const names = anthropicNames(request)
  const blocks = content.filter(isRecord).flatMap((block) => readBlock(block, origin, names))
  const usage = usageFromAnthropic(told)
  const raw = textIn(reason)
  const stopSequence = textIn(sequence)
  const hasCalls = blocks.some(({ is }) => is === 'tool-call')
  return {
    answer: {
      ...(typeof id === 'string' && { id }),
      ...(typeof model === 'string' && { model }),
      blocks,
      finish: finishFrom(raw, hasCalls),
      ...(raw !== undefined && { rawFinish: raw }),
      ...(stopSequence !== undefined && { stopSequence }),
      ...(usage !== undefined && { usage }),
    },
  }
}

function readBlock(block: Fields, origin: Origin, names: ToolNames): readonly Block[] {
  switch (block['type']) {
    case 'text':
      return readText(block)
    case 'thinking':
      return readThinking(block, origin)
    case 'redacted_thinking':
      return [{ is: 'reasoning', text: '', opaque: { origin, data: textIn(block['data']) ?? '', redacted: true } }]
    case 'tool_use':
      return [readCall(block, names)]
    default:
      return [{ is: 'opaque', type: textIn(block['type']) ?? '', origin: 'anthropic-messages', value: block }]
  }
}

function readText(block: Fields): readonly Block[] {
  const text = textIn(block['text'])
  const citations = citationsFrom(block['citations'])
  return text === undefined ? [] : [{ is: 'text', text, ...(citations.length > 0 && { citations }) }]
}

function readThinking(block: Fields, origin: Origin): readonly Block[] {
  const text = textIn(block['thinking']) ?? ''
  const data = textIn(block['signature']) ?? ''
  return text === '' && data === '' ? [] : [{ is: 'reasoning', text, opaque: { origin, data } }]
}

function readCall(block: Fields, names: ToolNames): Block {
  const { id, name, input } = block
  const given = names.back(textIn(name) ?? '')
  const argumentsText = JSON.stringify(isRecord(input) ? input : {})
  const call = { is: 'tool-call', id: textIn(id) ?? '', name: given } as const
  return names.isCustom(given) ? { ...call, argumentsText: freeTextIn(argumentsText), custom: true } : { ...call, argumentsText }
}
