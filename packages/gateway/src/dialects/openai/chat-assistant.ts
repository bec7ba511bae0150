/** An assistant's turn as one chat message: text, thinking, refusals and tool calls are fields of it. */
import type { Block, ToolCallBlock } from '../canonical/blocks.ts'
import { dataUrl } from '../canonical/data-url.ts'
import { belongsTo } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { AssistantTurn } from '../canonical/request.ts'
import { wrapCustomInput } from '../canonical/tool-names.ts'
import { thinkingOf } from './chat-thinking-back.ts'
import type { ThinkingBack } from './chat-thinking-back.ts'
import { takes } from './chat-writing.ts'
import type { ChatWriting } from './chat-writing.ts'

export type Message = Record<string, unknown>

/** @param inLoop whether the turn belongs to the tool calls that are under way. */
export function writeAssistant(turn: AssistantTurn, inLoop: boolean, writing: ChatWriting): Message {
  const calls = turn.blocks.filter((block) => block.is === 'tool-call')
  const thinking = thinkingOf(turn, inLoop, writing)
  const refusal = writing.isSame ? refusalIn(turn) : ''
  return {
    role: 'assistant',
    content: contentOf(saidIn(turn, writing), calls.length > 0 || refusal !== '', thinking, writing),
    ...thinking.fields,
    ...(refusal !== '' && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls.map((call) => writeCall(call, writing)) }),
    ...(turn.name !== undefined && { name: turn.name }),
    ...signed(
      turn.blocks.map(textSignature).find((opaque) => opaque !== undefined),
      writing,
    ),
    ...pictures(turn, writing),
  }
}

function contentOf(text: string, saysElse: boolean, { parts }: ThinkingBack, { style }: ChatWriting): unknown {
  if (parts.length > 0) return text === '' ? parts : [...parts, { type: 'text', text }]
  // Mistral wants a text there, be it empty.
  return text === '' && saysElse && style.thinkingParts !== true ? null : text
}

/** Texts that stood side by side are one: blocks are cut where sources are cited. */
function saidIn({ blocks }: AssistantTurn, { isSame, losses }: ChatWriting): string {
  let text = ''
  for (const block of blocks) {
    if (block.is === 'text') {
      text += block.text
      if (block.cache !== undefined) losses.lose('cacheMarks')
    } else if (block.is === 'refusal' && !isSame) text += block.text
    else if (block.is === 'opaque') losses.lose('serverTools')
  }
  return text
}

function refusalIn({ blocks }: AssistantTurn): string {
  return blocks.map((block) => (block.is === 'refusal' ? block.text : '')).join('')
}

function textSignature(block: Block): Opaque | undefined {
  return block.is === 'text' ? block.opaque : undefined
}

function writeCall(call: ToolCallBlock, writing: ChatWriting): Message {
  const { id, argumentsText } = call
  const name = writing.names.out(call.name)
  const extra = signed(call.opaque, writing)
  if (call.custom === true && takes(writing, 'custom-tools'))
    return { id, type: 'custom', custom: { name, input: argumentsText }, ...extra }
  const given = call.custom === true ? wrapCustomInput(argumentsText) : argumentsText === '' ? '{}' : argumentsText
  return { id, type: 'function', function: { name, arguments: given }, ...extra }
}

/** Google's signatures, through its OpenAI-compatible path. */
function signed(opaque: Opaque | undefined, { target, style }: ChatWriting): Message {
  if (opaque === undefined || !belongsTo(opaque, { dialect: style.dialect, provider: target.provider })) return {}
  return { extra_content: { google: { thought_signature: opaque.data } } }
}

/** Pictures that a model made; only where they came from in the same form is there a place for them. */
function pictures({ blocks }: AssistantTurn, { isSame, losses }: ChatWriting): Message {
  const images = blocks.filter((block) => block.is === 'image')
  if (images.length === 0) return {}
  if (isSame) return { images: images.map(({ source }) => ({ type: 'image_url', image_url: { url: dataUrl(source) } })) }
  losses.lose('assistantImages')
  return {}
}
