/** A whole answer as a `chat.completion`. */
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Block, ToolCallBlock } from '../canonical/blocks.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { WriterAsk } from '../dialect.ts'
import { chatUsage } from '../openai/write-usage.ts'
import { annotationsOf, detailOf, extraContent, finishOf, logprobsOf, mannersOf } from './write-parts.ts'
import type { Fields, Manners } from './write-parts.ts'

export function writeChatAnswer(answer: CanonicalAnswer, ask: WriterAsk): Buffer {
  const manners = mannersOf(ask)
  const choice = {
    index: 0,
    message: messageOf(answer.blocks, manners),
    logprobs: answer.logprobs === undefined ? null : logprobsOf(answer.logprobs),
    finish_reason: finishOf(answer.finish, manners),
  }
  const body = {
    id: answer.id ?? `chatcmpl-${ask.callId}`,
    object: 'chat.completion',
    created: answer.createdAt ?? ask.createdAt,
    model: ask.model,
    choices: [choice],
    ...(answer.usage !== undefined && { usage: chatUsage(answer.usage) }),
  }
  return Buffer.from(JSON.stringify(body))
}

function messageOf(blocks: readonly Block[], manners: Manners): Fields {
  const content = joined(blocks, 'text')
  const refusal = joined(blocks, 'refusal')
  const images = blocks.filter((block) => block.is === 'image')
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(manners.hidesReasoning ? {} : reasoningOf(blocks)),
    ...citedIn(blocks),
    ...(images.length > 0 && { images: images.map(({ source }) => ({ type: 'image_url', image_url: { url: dataUrl(source) } })) }),
    ...callsOf(blocks, manners),
    ...extraContent(blocks.map((block) => (block.is === 'text' ? block.opaque : undefined)).find((opaque) => opaque !== undefined)),
  }
}

function joined(blocks: readonly Block[], is: 'text' | 'refusal' | 'reasoning'): string {
  return blocks.map((block) => (block.is === is ? block.text : '')).join('')
}

function reasoningOf(blocks: readonly Block[]): Fields {
  const thoughts = blocks.filter((block) => block.is === 'reasoning')
  const text = joined(thoughts, 'reasoning')
  const marked = thoughts.some(({ opaque }) => opaque !== undefined)
  return {
    ...(text !== '' && { reasoning_content: text }),
    // Details tell all of the thinking or none of it: who reads them does not read the text beside them.
    ...(marked && { reasoning_details: thoughts.map((thought, index) => detailOf(thought.text, thought.opaque, index)) }),
  }
}

function citedIn(blocks: readonly Block[]): Fields {
  const annotations: Fields[] = []
  let from = 0
  for (const block of blocks) {
    if (block.is !== 'text') continue
    annotations.push(...annotationsOf(block.citations ?? [], from))
    from += block.text.length
  }
  return annotations.length === 0 ? {} : { annotations }
}

function callsOf(blocks: readonly Block[], { legacy }: Manners): Fields {
  const calls = blocks.filter((block) => block.is === 'tool-call')
  const [first] = calls
  if (first === undefined) return {}
  if (legacy) return { function_call: { name: first.name, arguments: first.argumentsText } }
  return { tool_calls: calls.map(callOf) }
}

function callOf({ id, name, argumentsText, custom, opaque }: ToolCallBlock): Fields {
  const extra = extraContent(opaque)
  if (custom === true) return { id, type: 'custom', custom: { name, input: argumentsText }, ...extra }
  return { id, type: 'function', function: { name, arguments: argumentsText === '' ? '{}' : argumentsText }, ...extra }
}
